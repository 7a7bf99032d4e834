import { describe, expect, it } from '@jest/globals';
import { narrativeText } from '../../server/search/narrativeText.ts';
import { splitWords } from '../../server/search/splitWords.ts';

describe('narrativeText', () => {
  it.each([
    ['<div xmlns="http://www.w3.org/1999/xhtml"><p>Knee</p><p>pain</p></div>', 'knee pain'],
    ['<td>a</td><td>b</td><br/>c', 'a b c'],
    ['H<sub>2</sub>O and <b>bo</b>ld', 'h2o and bold'],
    ['<img alt="x > hidden" title=\'>\'/>seen', 'seen'],
    ['<!-- <p>hidden</p> -->seen', 'seen'],
    ['a &lt; b &amp; c&nbsp;d', 'a b c d'],
    ['M&uuml;ller caf&#233; &#x42;ob &szlig; &Oslash; &beta;', 'muller cafe bob ss o β'],
    ['&#xD800; &#1114112; &#0; &unknown; done', 'done'],
    ['&lt;p&gt;shown', 'p shown'],
    ['a < b', 'a b'],
  ])('%s', (div, words) => {
    expect(splitWords(narrativeText(div)).join(' ')).toBe(words);
  });

  it('takes time in proportion to the text', () => {
    for (const part of ['<', '<!--', '<a "', "<a '", '&', '&#', '<p']) {
      expect(typeof narrativeText(part.repeat(200_000))).toBe('string');
    }
  });
});
