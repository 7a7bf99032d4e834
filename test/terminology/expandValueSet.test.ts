import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reduceValueSet } from '../../server/definitions/reduceTerminology.ts';
import { membership } from '../../server/terminology/codeSets.ts';
import { defaultExpansionLimits, expandValueSet } from '../../server/terminology/expandValueSet.ts';
import { codeSystem, sourceOf, textsOf, valueSet, viewOf } from './testTerminology.ts';

const colours = codeSystem(
  'c',
  [
    {
      code: 'warm',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [{ code: 'red', display: 'Red', concept: [{ code: 'crimson' }] }, { code: 'orange' }],
    },
    { code: 'blue', property: [{ code: 'hex', valueString: '0000FF' }] },
    { code: 'puce', property: [{ code: 'status', valueCode: 'retired' }] },
    { code: 'teal', property: [{ code: 'hex', valueString: '008080' }] },
  ],
  { version: '2' },
);
const system = 'http://t/c';
const of = (...codes: string[]) => codes.map((code) => `${system}|${code}`);
const filter = (property: string, op: string, value: string) => ({
  system,
  filter: [{ property, op, value }],
});

/** Expands the value set `main` among these resources, as texts. */
async function expand(...resources: Record<string, unknown>[]) {
  return textsOf(await viewOf(colours, ...resources).expansion('http://t/vs/main'));
}
const expandMain = (...args: Parameters<typeof valueSet> extends [string, ...infer R] ? R : never) =>
  expand(valueSet('main', ...args));

describe('includes of a code system', () => {
  it('takes the whole system, with what is known of each code', async () => {
    const expansion = await viewOf(colours, valueSet('main', [{ system }])).expansion('http://t/vs/main');
    expect([...expansion!.systems.get(system)!.codes.values()]).toEqual([
      { system, version: '2', code: 'warm', abstract: true },
      { system, version: '2', code: 'red', display: 'Red' },
      { system, version: '2', code: 'crimson' },
      { system, version: '2', code: 'orange' },
      { system, version: '2', code: 'blue' },
      { system, version: '2', code: 'puce', inactive: true },
      { system, version: '2', code: 'teal' },
    ]);
    expect([...expansion!.used]).toEqual([[system, '2']]);
  });

  it('takes what is listed, under the displays of the value set', async () => {
    const concept = [{ code: 'red', display: 'Rot' }, { code: 'mauve' }];
    const expansion = await viewOf(colours, valueSet('main', [{ system, concept }])).expansion(
      'http://t/vs/main',
    );
    expect([...expansion!.systems.get(system)!.codes.values()]).toEqual([
      { system, version: '2', code: 'red', display: 'Rot' },
      { system, code: 'mauve' },
    ]);
  });

  it.each([
    ['concept', 'is-a', 'red', ['red', 'crimson']],
    ['concept', 'descendent-of', 'warm', ['red', 'crimson', 'orange']],
    ['concept', 'is-not-a', 'warm', ['blue', 'puce', 'teal']],
    ['concept', 'generalizes', 'crimson', ['warm', 'red', 'crimson']],
    ['concept', '=', 'blue', ['blue']],
    ['concept', 'in', 'blue, red,none', ['red', 'blue']],
    ['code', 'not-in', 'blue,puce,teal,warm', ['red', 'crimson', 'orange']],
    ['parent', '=', 'warm', ['red', 'orange']],
    ['child', 'exists', 'true', ['warm', 'red']],
    ['code', 'regex', '[rb].*', ['red', 'blue']],
    ['code', 'regex', 'e', []],
    ['display', 'regex', 'R..', ['red']],
    ['hex', '=', '008080', ['teal']],
    ['hex', 'exists', 'true', ['blue', 'teal']],
    ['hex', 'exists', 'false', ['warm', 'red', 'crimson', 'orange', 'puce']],
    ['hex', 'regex', '0+F*', ['blue']],
    ['inactive', '=', 'true', ['puce']],
    ['notSelectable', '=', 'false', ['red', 'crimson', 'orange', 'blue', 'puce', 'teal']],
  ])('filters %s %s %s', async (property, op, value, codes) => {
    expect(await expandMain([filter(property, op, value)])).toEqual(of(...codes));
  });

  it('applies all filters of one include', async () => {
    const both = [...filter('concept', 'is-a', 'warm').filter, ...filter('code', 'regex', 'r.*').filter];
    expect(await expandMain([{ system, filter: both }])).toEqual(of('red'));
  });

  it.each([
    ['concept', 'is-a', 'mauve', "no code 'mauve'"],
    ['hue', '=', '7', "no property 'hue'"],
    ['hex', 'is-a', 'red', "'is-a' is about property 'concept'"],
    ['code', 'regex', '(', 'no regular expression'],
    ['hex', 'exists', 'maybe', 'either true or false'],
    ['concept', 'child-of', 'red', 'no such operator in R4'],
  ])('leaves open what %s %s %s means', async (property, op, value, why) => {
    const resources = [colours, valueSet('main', [filter(property, op, value)])];
    const expansion = await viewOf(...resources).expansion('http://t/vs/main');
    expect(expansion?.unresolved).toEqual([
      { system, reason: 'filter', subject: system, message: expect.stringContaining(why) },
    ]);
    expect(membership(expansion!, system, 'red')).toBe('unknown');
    expect(membership(expansion!, 'http://other', 'red')).toBe(false);
  });

  it('stops a regular expression that takes too long', async () => {
    const slow = codeSystem('c', [`${'a'.repeat(40)}!`]);
    const view = viewOf(slow, valueSet('main', [filter('code', 'regex', '(a+)+')]));
    await expect(view.expansion('http://t/vs/main')).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'too-costly' }],
    });
  });
});

describe('what is not held here', () => {
  const loinc = 'http://loinc.org';

  it('stands for any code of a system that is included as a whole', async () => {
    expect(await expandMain([{ system: loinc }])).toEqual([`${loinc}|*`]);
    expect(await expandMain([{ system: loinc }], [{ system: loinc, concept: [{ code: '1-8' }] }])).toEqual([
      `${loinc}|*`,
      `${loinc}|!1-8`,
    ]);
  });

  it('is not another version of what is held', async () => {
    expect(await expandMain([{ system, version: '2', concept: [{ code: 'red' }] }])).toEqual(of('red'));
    expect(await expandMain([{ system, version: '1' }])).toEqual([`${system}|*`]);
    const filtered = valueSet('main', [{ ...filter('concept', 'is-a', 'red'), version: '1' }]);
    const expansion = await viewOf(colours, filtered).expansion('http://t/vs/main');
    expect(expansion?.unresolved).toMatchObject([{ system, reason: 'code-system' }]);
    expect(expansion?.unresolved[0]?.message).toContain(`${system}|1`);
  });

  it('keeps what is certain beside it', async () => {
    const main = valueSet('main', [
      { system: loinc, filter: [{ property: 'parent', op: '=', value: 'LP1' }] },
      { system, concept: [{ code: 'red' }] },
    ]);
    const expansion = (await viewOf(colours, main).expansion('http://t/vs/main'))!;
    expect(membership(expansion, system, 'red')).toBe(true);
    expect(membership(expansion, system, 'blue')).toBe(false);
    expect(membership(expansion, loinc, '1-8')).toBe('unknown');
    expect(expansion.unresolved).toMatchObject([{ system: loinc, reason: 'code-system', subject: loinc }]);
  });

  it('names a value set that is missing', async () => {
    const main = valueSet('main', [{ valueSet: ['http://t/vs/none'] }]);
    const expansion = await viewOf(main).expansion('http://t/vs/main');
    expect(expansion?.unresolved).toMatchObject([{ reason: 'value-set', subject: 'http://t/vs/none' }]);
    expect(await viewOf(main).expansion('http://t/vs/none')).toBeUndefined();
  });

  it('is part of a code system that is a fragment', async () => {
    const fragment = codeSystem('c', ['red', 'blue'], { content: 'fragment' });
    const whole = await viewOf(fragment, valueSet('main', [{ system }])).expansion('http://t/vs/main');
    expect(textsOf(whole)).toEqual([`${system}|*`]);
    expect([...whole!.systems.get(system)!.codes.keys()]).toEqual(['red', 'blue']);
    expect(whole?.partial).toEqual([system]);
  });

  it('is any code of a supplement or of a code system without its content', async () => {
    for (const content of ['supplement', 'not-present']) {
      const named = codeSystem('c', [], { content });
      const expansion = await viewOf(named, valueSet('main', [{ system }])).expansion('http://t/vs/main');
      expect(textsOf(expansion)).toEqual([`${system}|*`]);
    }
  });
});

describe('value sets made of others', () => {
  const warm = valueSet('warm', [filter('concept', 'is-a', 'warm')]);
  const vivid = valueSet('vivid', [{ system, concept: [{ code: 'red' }, { code: 'blue' }] }], [], {
    version: '3',
  });

  it('takes what all value sets of an include have in common, and all includes together', async () => {
    const common = { valueSet: ['http://t/vs/warm', 'http://t/vs/vivid|3'] };
    expect(await expand(warm, vivid, valueSet('main', [common]))).toEqual(of('red'));
    const apart = [{ valueSet: ['http://t/vs/warm'] }, { valueSet: ['http://t/vs/vivid'] }];
    expect(await expand(warm, vivid, valueSet('main', apart))).toEqual(
      of('warm', 'red', 'crimson', 'orange', 'blue'),
    );
    const narrowed = [{ ...filter('code', 'regex', '.*e.*'), valueSet: ['http://t/vs/warm'] }];
    expect(await expand(warm, vivid, valueSet('main', narrowed))).toEqual(of('red', 'orange'));
  });

  it('takes away what is excluded', async () => {
    const main = valueSet(
      'main',
      [{ system }],
      [{ valueSet: ['http://t/vs/warm'] }, { system, concept: [{ code: 'blue' }] }],
    );
    expect(await expand(warm, main)).toEqual(of('puce', 'teal'));
  });

  it('leaves out inactive codes where asked to', async () => {
    expect(
      await expandMain([filter('concept', 'is-not-a', 'warm')], [], { compose: { inactive: false } }),
    ).toEqual(of('blue', 'teal'));
  });

  it('looks into contained resources', async () => {
    const contained = [
      { ...codeSystem('inner', ['x', 'y']), id: 'cs' },
      { ...valueSet('inner', [{ system: '#cs', concept: [{ code: 'y' }] }]), id: 'vs', url: undefined },
    ];
    const main = valueSet('main', [{ system: '#cs' }], [], { contained });
    expect(await expand(main)).toEqual(['http://t/inner|x', 'http://t/inner|y']);
  });

  it('tells a cycle by its path', async () => {
    const a = valueSet('a', [{ valueSet: ['http://t/vs/main'] }]);
    const main = valueSet('main', [{ system, concept: [{ code: 'red' }] }, { valueSet: ['http://t/vs/a'] }]);
    const expansion = await viewOf(colours, a, main).expansion('http://t/vs/main');
    expect(expansion?.unresolved).toEqual([
      {
        reason: 'cycle',
        subject: 'http://t/vs/main',
        message: expect.stringContaining('http://t/vs/main → http://t/vs/a → http://t/vs/main'),
      },
    ]);
    expect(membership(expansion!, system, 'red')).toBe(true);
  });

  it('refuses what is nested too deep, branches too often, or has too many codes', async () => {
    const chain = Array.from({ length: 30 }, (_, i) =>
      valueSet(i === 0 ? 'main' : `n${i}`, [{ valueSet: [`http://t/vs/n${i + 1}`] }]),
    );
    await expect(expand(...chain)).rejects.toMatchObject({ message: expect.stringContaining('20 deep') });
    const branching = Array.from({ length: 15 }, (_, i) =>
      valueSet(i === 0 ? 'main' : `n${i}`, [
        { valueSet: [`http://t/vs/n${i + 1}`] },
        { valueSet: [`http://t/vs/n${i + 1}`] },
      ]),
    );
    await expect(expand(...branching)).rejects.toMatchObject({
      message: expect.stringContaining('500 value sets'),
    });
    const main = reduceValueSet(valueSet('main', [{ system }]));
    const limits = { ...defaultExpansionLimits, maxCodes: 6 };
    await expect(expandValueSet(sourceOf(colours), main, limits)).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'too-costly', diagnostics: expect.stringContaining('more than 6 codes') }],
    });
  });
});

describe('an expansion that a value set carries', () => {
  const contains = [{ system, code: 'red', contains: [{ system, code: 'crimson' }] }, { display: 'group' }];
  const carrying = (expansion: object, more: object = {}) => ({
    resourceType: 'ValueSet',
    url: 'http://t/vs/main',
    status: 'active',
    expansion: { timestamp: '2024-01-01', contains, ...expansion },
    ...more,
  });

  it('counts where there is no definition, or one that cannot be followed here', async () => {
    expect(await expand(carrying({}))).toEqual(of('red', 'crimson'));
    const filtered = {
      include: [{ system: 'http://loinc.org', filter: [{ property: 'x', op: '=', value: 'y' }] }],
    };
    expect(await expand(carrying({}, { compose: filtered }))).toEqual(of('red', 'crimson'));
  });

  it('does not count against a definition that can be followed', async () => {
    const compose = { include: [{ system, concept: [{ code: 'blue' }] }] };
    expect(await expand(carrying({}, { compose }))).toEqual(of('blue'));
  });

  it.each([
    ['a page', { total: 70 }],
    ['a later page', { offset: 2 }],
    ['filtered', { parameter: [{ name: 'filter', valueString: 'r' }] }],
    ['of active codes', { parameter: [{ name: 'activeOnly', valueBoolean: true }] }],
  ])('is known to be incomplete when it is %s', async (_, expansion) => {
    const found = await viewOf(carrying(expansion)).expansion('http://t/vs/main');
    expect(found?.unresolved).toMatchObject([{ reason: 'incomplete', subject: 'http://t/vs/main' }]);
    expect(membership(found!, system, 'red')).toBe(true);
    expect(membership(found!, system, 'teal')).toBe('unknown');
  });
});

describe('any composition', () => {
  const codes = ['red', 'crimson', 'orange', 'blue', 'puce', 'teal', 'warm'];
  const some = fc.subarray(codes);

  it('has the codes of its includes without those of its excludes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(some, { maxLength: 3 }),
        fc.array(some, { maxLength: 3 }),
        async (inc, exc) => {
          const listOf = (list: string[]) => ({ system, concept: list.map((code) => ({ code })) });
          const nonEmpty = (lists: string[][]) => lists.filter((list) => list.length > 0).map(listOf);
          const main = valueSet('main', nonEmpty(inc), nonEmpty(exc));
          const wanted = new Set(inc.flat()).difference(new Set(exc.flat()));
          expect((await expand(main)).toSorted()).toEqual(of(...wanted).toSorted());
        },
      ),
      { numRuns: 60 },
    );
  });
});
