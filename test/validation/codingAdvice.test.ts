import { describe, expect, it } from '@jest/globals';
import { findCodeSystems } from '../../server/fhir/boundSets.ts';
import { codingAdvice, systemsNamedIn } from '../../server/validation/codingAdvice.ts';
import { codeSystem, viewOf } from '../terminology/testTerminology.ts';

const view = viewOf(
  codeSystem('colour', [
    { code: 'red', display: 'Bright Red', designation: [{ language: 'de', value: 'Rot' }] },
    'green',
  ]),
  codeSystem('part', ['one'], { content: 'fragment' }),
  codeSystem('caseless', ['AbC'], { caseSensitive: false }),
);
const find = await findCodeSystems(view, [
  ...['http://t/colour', 'http://t/part', 'http://t/caseless', 'http://t/none', 'http://t/colour|2'],
]);

describe('codingAdvice', () => {
  it.each([
    [{ system: 'http://t/colour', code: 'red' }],
    [{ system: 'http://t/colour', code: 'red', display: 'Bright Red' }],
    [{ system: 'http://t/colour', code: 'red', display: ' bright  red' }],
    [{ system: 'http://t/colour', code: 'red', display: 'Rot' }],
    [{ system: 'http://t/colour', code: 'green', display: 'a code without a name' }],
    [{ system: 'http://t/colour', version: '2', code: 'infrared' }],
    [{ system: 'http://t/part', code: 'two' }],
    [{ system: 'http://t/none', code: 'two' }],
    [{ system: 'http://t/caseless', code: 'aBC' }],
    [{ code: 'two' }],
    [{ system: 'http://t/colour', display: 'red' }],
  ])('nothing about %j', (coding) => {
    expect(codingAdvice(coding, find)).toEqual([]);
  });

  it.each([
    [
      { system: 'http://t/colour', code: 'red', display: 'Blue' },
      "The display 'Blue' is not what http://t/colour calls 'red': 'Bright Red' or 'Rot'",
    ],
    [
      { system: 'http://t/colour', code: 'gren' },
      "The code system http://t/colour has no code 'gren'; did you mean 'green'?",
    ],
  ])('%j', (coding, advice) => {
    expect(codingAdvice(coding, find)).toEqual([advice]);
  });
});

describe('systemsNamedIn', () => {
  it('finds codings anywhere, and nothing else that has a system', () => {
    const resource = {
      code: {
        coding: [
          { system: 'a', code: '1' },
          { system: 'b', version: '2', code: '1' },
        ],
      },
      telecom: [{ system: 'phone', value: '1' }],
      contained: [{ valueCoding: { system: 'c', code: '1' } }],
    };
    expect([...systemsNamedIn(resource)]).toEqual(['a', 'b|2', 'c']);
  });
});
