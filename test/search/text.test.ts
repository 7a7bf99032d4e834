import { describe, expect, it } from '@jest/globals';
import { parseText } from '../../server/search/text.ts';

const query = (value: string, parameter = '_content') => parseText(parameter, value).query;

describe('parseText', () => {
  it.each([
    ['Knee PAIN', "('knee' & 'pain')"],
    ['(bone OR liver) and metastases', "(('bone' | 'liver') & 'metastases')"],
    ['"knee pain" left', "(('knee' <-> 'pain') & 'left')"],
    ['head* x-ray', "('head':* & ('x' <-> 'ray'))"],
    ['pain NOT (chest OR back)', "('pain' & !('chest' | 'back'))"],
    ['a,b c', "('a' | ('b' & 'c'))"],
    ['a\\,b', "('a' <-> 'b')"],
    ['東京都 京', "(('東京' <-> '京都') & '京':*)"],
    ["Robert'; -- :* & | ! \\", "'robert'"],
    ['- (…) OR knee', "'knee'"],
  ])('%s', (value, tsquery) => {
    expect(query(value)).toBe(tsquery);
  });

  it('looks into the narrative only for _text', () => {
    expect(query('knee pai*', '_text')).toBe("('knee':A & 'pai':*A)");
  });

  it('takes every word for a word with :text, the last one for a beginning', () => {
    expect(query('Type 2 OR dia', '_tag:text')).toBe("('type' & '2' & 'or' & 'dia':*)");
    expect(query('a,b', 'code:text')).toBe("('a':* | 'b':*)");
  });

  it.each([
    ['', 'needs a word'],
    ['a,', 'needs a word'],
    ['"…"', 'needs a word'],
    ['NOT a', 'without NOT'],
    ['a OR NOT b', 'without NOT'],
    ['a NOT', 'NOT needs a word'],
    ['(a', "'(' is not closed"],
    ['a)', "')' closes nothing"],
    ['"a', 'quotation mark'],
    ['('.repeat(10_000), 'too deeply'],
    ['NOT '.repeat(10_000), 'too deeply'],
    ['a '.repeat(101), 'at most 100 words'],
  ])('refuses %s', (value, message) => {
    expect(() => query(value)).toThrow(message);
  });
});
