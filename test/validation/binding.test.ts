import { describe, expect, it } from '@jest/globals';
import { boundSetOf, unknownSet } from '../../server/terminology/boundSet.ts';
import { listed, union, unresolvedSet, wholeSystem } from '../../server/terminology/codeSets.ts';
import { type BindingStrength, type BoundSet, bindingProblems } from '../../server/validation/binding.ts';

const colours = listed(['red', 'green', 'blue'].map((code) => ({ system: 'http://t/colour', code })));
const reason = 'the codes of http://t/far are not held here';
const doubt = unresolvedSet({
  system: 'http://t/far',
  reason: 'code-system',
  subject: 'http://t/far',
  message: reason,
});
const closed = boundSetOf(colours, { url: 'http://t/vs/colours', name: 'Colours' });
const open = boundSetOf(union(colours, doubt), { url: 'http://t/vs/more' });
const unknown = unknownSet('http://t/vs/none', 'the value set http://t/vs/none is not known here');

const coding = (system: string | undefined, code: string) => ({ ...(system ? { system } : {}), code });
const concept = (...codings: object[]) => ({ coding: codings });
const quantity = (system: string, code: string) => ({ value: 1, unit: code, system, code });

type Case = [what: string, type: string, value: unknown, set: BoundSet];
const inside: Case[] = [
  ['a code', 'code', 'red', closed],
  ['a string', 'string', 'red', closed],
  ['a uri', 'uri', 'red', closed],
  ['a Coding', 'Coding', coding('http://t/colour', 'red'), closed],
  ['a CodeableConcept', 'CodeableConcept', concept(coding('http://t/colour', 'red')), closed],
  [
    'one coding of several',
    'CodeableConcept',
    concept(coding('http://t/other', 'x'), coding('http://t/colour', 'blue')),
    closed,
  ],
  [
    'one coding beside an undecided one',
    'CodeableConcept',
    concept(coding('http://t/far', 'x'), coding('http://t/colour', 'blue')),
    open,
  ],
  ['a Quantity', 'Quantity', quantity('http://t/colour', 'green'), closed],
  ['an Age', 'Age', quantity('http://t/colour', 'green'), closed],
  ['what cannot be bound', 'boolean', true, closed],
];
const outside: Case[] = [
  ['a code', 'code', 'mauve', closed],
  ['a string', 'string', 'mauve', closed],
  ['a code in capitals', 'code', 'RED', closed],
  ['a Coding', 'Coding', coding('http://t/colour', 'mauve'), closed],
  ['a code of another system', 'Coding', coding('http://t/other', 'red'), closed],
  ['a Coding without system', 'Coding', coding(undefined, 'red'), closed],
  ['a CodeableConcept', 'CodeableConcept', concept(coding('http://t/other', 'red')), closed],
  ['a certain one beside a doubtful system', 'Coding', coding('http://t/colour', 'mauve'), open],
  ['a Quantity', 'Quantity', quantity('http://t/colour', 'mauve'), closed],
];
const undecided: Case[] = [
  ['a code', 'code', 'mauve', open],
  ['a Coding', 'Coding', coding('http://t/far', 'x'), open],
  [
    'one coding of several',
    'CodeableConcept',
    concept(coding('http://t/other', 'x'), coding('http://t/far', 'x')),
    open,
  ],
  ['a Quantity', 'Quantity', quantity('http://t/far', 'x'), open],
  ['any code of an unknown set', 'code', 'red', unknown],
  ['any Coding of an unknown set', 'Coding', coding('http://t/colour', 'red'), unknown],
];
const textOnly: Case[] = [
  ['text', 'CodeableConcept', { text: 'reddish' }, closed],
  ['a coding without code', 'CodeableConcept', { coding: [{ display: 'Red' }], text: 'reddish' }, closed],
  ['a Coding', 'Coding', { display: 'reddish' }, closed],
  ['a Quantity', 'Quantity', { value: 1, unit: 'reddish' }, closed],
];

const severities = (value: unknown, type: string, set: BoundSet) =>
  (['required', 'extensible', 'preferred', 'example'] as BindingStrength[]).map((strength) =>
    bindingProblems(value, type, strength, set)
      .map(({ severity, code }) => `${severity} ${code}`)
      .join(),
  );

describe('bindingProblems, by strength', () => {
  it.each(inside)('inside: %s', (_, type, value, set) => {
    expect(severities(value, type, set)).toEqual(['', '', '', '']);
  });

  it.each(outside)('outside: %s', (_, type, value, set) => {
    const expected = ['error code-invalid', 'warning code-invalid', 'information code-invalid', ''];
    expect(severities(value, type, set)).toEqual(expected);
  });

  it.each(undecided)('not to be decided: %s', (_, type, value, set) => {
    expect(severities(value, type, set)).toEqual(['warning not-found', 'information not-found', '', '']);
  });

  it.each(textOnly)('without a code: %s', (_, type, value, set) => {
    expect(severities(value, type, set)).toEqual(['error code-invalid', 'information code-invalid', '', '']);
  });

  it('a uri may stand for what an extensible set lacks', () => {
    expect(severities('http://t/type/mauve', 'uri', closed)).toEqual(['error code-invalid', '', '', '']);
    expect(severities('mauve', 'uri', closed)[1]).toBe('warning code-invalid');
  });
});

describe('messages', () => {
  const message = (type: string, value: unknown, set: BoundSet) => {
    const [problem] = bindingProblems(value, type, 'required', set);
    return [problem?.message, problem?.path];
  };
  const colour = 'the value set Colours (http://t/vs/colours)';

  it('names what was meant, the right system, or what is allowed', () => {
    expect(message('code', 'gren', closed)).toEqual([
      `'gren' is not in ${colour}, as it has to be; did you mean 'green'?`,
      undefined,
    ]);
    expect(message('code', 'mauve', closed)[0]).toMatch(/; allowed: red, green, blue$/);
    expect(message('Coding', coding('http://t/other', 'red'), closed)).toEqual([
      `'http://t/other|red' is not in ${colour}, as it has to be; the set has 'red' of http://t/colour`,
      ['code'],
    ]);
    expect(message('Coding', coding(undefined, 'red'), closed)[0]).toMatch(
      /'red' \(without a system\) .*; say the system, http:\/\/t\/colour, if that is meant$/,
    );
    const many = listed(Array.from({ length: 30 }, (_, i) => ({ system: 'http://t/n', code: `n${i}` })));
    expect(message('code', 'something', boundSetOf(many, { url: 'http://t/vs/n' }))[0]).toMatch(
      /; it has, for example, n0, n1, .*, n11$/,
    );
  });

  it('leads to the coding, or to the concept where none of several fits', () => {
    const [one, other] = [coding('http://t/other', 'x'), coding('http://t/other', 'y')];
    expect(message('CodeableConcept', { coding: [{ display: 'no code' }, one] }, closed)[1]).toEqual([
      'coding',
      1,
    ]);
    expect(message('CodeableConcept', concept(one, other), closed)).toEqual([
      `None of 'http://t/other|x', 'http://t/other|y' is in ${colour}, as it has to be; allowed: red, green, blue`,
      undefined,
    ]);
  });

  it('says why it cannot be decided', () => {
    expect(message('Coding', coding('http://t/far', 'x'), open)[0]).toBe(
      `Whether 'http://t/far|x' is in the value set http://t/vs/more cannot be checked here: ${reason}`,
    );
  });
});

describe('boundSetOf', () => {
  it('leaves a whole system to its grammar', () => {
    const set = boundSetOf(union(wholeSystem('urn:ietf:bcp:47'), wholeSystem('http://t/any')), { url: 'u' });
    expect(set.contains('urn:ietf:bcp:47', 'de-CH')).toBe(true);
    expect(set.contains('urn:ietf:bcp:47', 'german language')).toBe(false);
    expect(set.contains('http://t/any', 'whatever')).toBe(true);
    expect(set.contains(undefined, 'german language')).toBe(true);
    expect(set.complete).toBe(false);
    const doubtful = union(
      wholeSystem('urn:ietf:bcp:47'),
      unresolvedSet({ ...doubt.unresolved[0]!, system: undefined }),
    );
    expect(boundSetOf(doubtful, { url: 'u' }).contains('urn:ietf:bcp:47', 'german language')).toBe('unknown');
  });

  it('asks grammars that it is given', () => {
    const grammars = new Map([
      ['http://t/even', { test: (code: string) => code.length % 2 === 0, form: 'even' }],
    ]);
    const set = boundSetOf(wholeSystem('http://t/even'), { url: 'u', grammars });
    expect([set.contains('http://t/even', 'ab'), set.contains('http://t/even', 'abc')]).toEqual([
      true,
      false,
    ]);
    expect(bindingProblems('abc', 'code', 'required', set)[0]?.message).toMatch(/; write even$/);
  });

  it('takes capitals for small letters where the system does', () => {
    const set = boundSetOf(colours, { url: 'u', caseless: new Set(['http://t/colour']) });
    expect([set.contains('http://t/colour', 'RED'), set.contains(undefined, 'Green')]).toEqual([true, true]);
    expect(set.contains('http://t/colour', 'mauve')).toBe(false);
  });
});
