// CodeSystem/$subsumes over HTTP, on published and stored code systems, and beside the is-a filter of $expand.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../http/expectRefusal.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, published } from '../terminology/testTerminology.ts';
import { get, parts, post, put, values } from './terminologySupport.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await put(server.base, animals());
});
afterAll(() => server?.stop());

const url = () => `${server.base}/CodeSystem/$subsumes`;
const ofInstance = (id: string) => `${server.base}/CodeSystem/${id}/$subsumes`;
const v3 = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const outcome = (answer: Answer) => values(parts(answer));

/** `bat` has two parents; `egg` and `hen` are above each other by mistake. */
const animals = (more: Record<string, unknown> = {}) =>
  codeSystem(
    'animals',
    [
      {
        code: 'animal',
        concept: [
          { code: 'mammal', concept: [{ code: 'dog' }, { code: 'bat' }] },
          { code: 'flier', concept: [{ code: 'owl' }] },
        ],
      },
      { code: 'hen', property: [{ code: 'parent', valueCode: 'egg' }] },
      { code: 'egg', property: [{ code: 'parent', valueCode: 'hen' }] },
      { code: 'stone', property: [{ code: 'child', valueCode: 'bat' }] },
    ],
    { id: 'animals', version: '1', ...more },
  ) as { resourceType: string; id: string };

const system = 'http://t/animals';

describe('$subsumes', () => {
  it.each([
    [system, 'animal', 'animal', 'equivalent'],
    [system, 'animal', 'dog', 'subsumes'],
    [system, 'mammal', 'bat', 'subsumes'],
    [system, 'bat', 'stone', 'subsumed-by'],
    [system, 'dog', 'animal', 'subsumed-by'],
    [system, 'dog', 'bat', 'not-subsumed'],
    [system, 'flier', 'bat', 'not-subsumed'],
    [system, 'hen', 'egg', 'equivalent'],
    ['http://hl7.org/fhir/administrative-gender', 'male', 'female', 'not-subsumed'],
    [v3('condition-clinical'), 'active', 'relapse', 'subsumes'],
    [v3('condition-clinical'), 'resolved', 'inactive', 'subsumed-by'],
    [v3('v3-ActCode'), '_ActEncounterCode', 'IMP', 'subsumes'],
    [v3('v3-ActCode'), 'ACUTE', 'IMP', 'subsumed-by'],
    [v3('v3-ActCode'), 'ACUTE', 'AMB', 'not-subsumed'],
  ])('of %s: %s, %s → %s', async (system, codeA, codeB, expected) => {
    const [valueA, valueB] = [
      { system, code: codeA },
      { system, code: codeB },
    ];
    const answers = [
      await get(url(), { system, codeA, codeB }),
      await post(
        url(),
        { name: 'codeA', valueCode: codeA },
        { name: 'codeB', valueCode: codeB },
        { name: 'system', valueUri: system },
      ),
      await post(url(), { name: 'codingA', valueCoding: valueA }, { name: 'codingB', valueCoding: valueB }),
      await post(
        url(),
        { name: 'codeA', valueCode: codeA },
        { name: 'codingB', valueCoding: valueB },
        { name: 'system', valueUri: system },
      ),
    ];
    for (const answer of answers) expect(outcome(answer)).toEqual({ outcome: expected });
  });

  it('of a stored code system by id, in its version', async () => {
    const asked = { codeA: 'animal', codeB: 'dog' };
    const subsumed = { outcome: 'subsumes' };
    const at = ofInstance('animals');
    expect(outcome(await get(at, asked))).toEqual(subsumed);
    expect(outcome(await get(at, { ...asked, version: '1' }))).toEqual(subsumed);
    expect(outcome(await get(at, { ...asked, system }))).toEqual(subsumed);
    expect(outcome(await get(url(), { ...asked, system, version: '1' }))).toEqual(subsumed);
    const codings = ['animal', 'dog'].map((code, i) => ({
      name: `coding${'AB'[i]}`,
      valueCoding: i === 0 ? { system, version: '1', code } : { code },
    }));
    expect(outcome(await post(at, ...codings))).toEqual(subsumed);
    expectRefusal(await get(at, { ...asked, version: '2' }), 404, { code: 'not-found' });
    expectRefusal(await get(at, { ...asked, system: 'http://t/other' }), 400, { expression: ['system'] });
    expectRefusal(await get(ofInstance('none'), asked), 404, { code: 'not-found' });
  });

  it('sees changes at once', async () => {
    const asked = { system: 'http://t/moving', codeA: 'a', codeB: 'b' };
    const store = (concepts: Parameters<typeof codeSystem>[1]) =>
      put(server.base, { ...codeSystem('moving', concepts), id: 'moving' } as never);
    await store([{ code: 'a', concept: [{ code: 'b' }] }]);
    expect(outcome(await get(url(), asked))).toEqual({ outcome: 'subsumes' });
    await store([{ code: 'b', concept: [{ code: 'a' }] }]);
    expect(outcome(await get(url(), asked))).toEqual({ outcome: 'subsumed-by' });
    await send('DELETE', `${server.base}/CodeSystem/moving`);
    expectRefusal(await get(url(), asked), 404, { diagnostics: 'http://t/moving is not known here' });
  });
});

describe('what $subsumes refuses', () => {
  it.each<[string, Record<string, string>, number, string, string]>([
    ['no codeB', { system, codeA: 'dog' }, 400, 'required', 'either "codeB"'],
    ['no system', { codeA: 'dog', codeB: 'bat' }, 400, 'required', '"codeA" needs "system"'],
    [
      'an unknown parameter',
      { system, codeA: 'dog', codeB: 'bat', date: '2020' },
      400,
      'not-supported',
      '"date"',
    ],
    [
      'an unknown system',
      { system: 'http://loinc.org', codeA: 'a', codeB: 'b' },
      404,
      'not-found',
      'http://loinc.org is not known here',
    ],
    [
      'an unknown version',
      { system, version: '7', codeA: 'dog', codeB: 'bat' },
      404,
      'not-found',
      'here it is version 1',
    ],
    [
      'an unknown codeA',
      { system, codeA: 'x', codeB: 'bat' },
      404,
      'not-found',
      "'x' is not known in the code system",
    ],
    ['an unknown codeB', { system, codeA: 'bat', codeB: 'x' }, 404, 'not-found', "'x'"],
  ])('%s', async (_, parameters, status, code, diagnostics) => {
    expectRefusal(await get(url(), parameters), status, { code, diagnostics });
  });

  it('codes of two code systems, or of two versions', async () => {
    const coding = (name: string, valueCoding: object) => ({ name, valueCoding });
    expectRefusal(
      await post(
        url(),
        coding('codingA', { system, code: 'dog' }),
        coding('codingB', { system: 'http://hl7.org/fhir/administrative-gender', code: 'male' }),
      ),
      400,
      { code: 'value', expression: ['codingB.system'], diagnostics: 'between code systems' },
    );
    expectRefusal(
      await post(
        url(),
        coding('codingA', { system, version: '1', code: 'dog' }),
        coding('codingB', { system, version: '2', code: 'dog' }),
      ),
      400,
      { code: 'value', expression: ['codingB.version'] },
    );
  });

  it.each(['grouped-by', 'part-of', 'classified-with'])(
    'a hierarchy of meaning %s',
    async (hierarchyMeaning) => {
      const id = `h-${hierarchyMeaning}`;
      await put(server.base, animals({ id, url: `http://t/${id}`, hierarchyMeaning }));
      const asked = (codeA: string) => get(url(), { system: `http://t/${id}`, codeA, codeB: 'dog' });
      expectRefusal(await asked('animal'), 422, {
        code: 'not-supported',
        diagnostics: `${hierarchyMeaning}, not is-a`,
      });
      expect(outcome(await asked('dog'))).toEqual({ outcome: 'equivalent' });
    },
  );

  it('to guess where only a part of the code system is known', async () => {
    await put(server.base, animals({ id: 'part', url: 'http://t/part', content: 'fragment' }));
    const asked = (codeA: string) => get(url(), { system: 'http://t/part', codeA, codeB: 'dog' });
    expect(outcome(await asked('animal'))).toEqual({ outcome: 'subsumes' });
    expectRefusal(await asked('owl'), 422, { code: 'incomplete', diagnostics: 'content: fragment' });
  });
});

describe('$subsumes and the filter is-a of $expand', () => {
  /** Published code systems with a hierarchy of some size, a few of them. */
  const hierarchies = [...published.codeSystems.values()]
    .filter(({ content, concepts, hierarchyMeaning = 'is-a' }) => {
      const below = concepts.filter(({ parents }) => parents).length;
      return content === 'complete' && hierarchyMeaning === 'is-a' && below > 20 && concepts.length < 400;
    })
    .filter((_, at) => at % 4 === 0)
    .slice(0, 8);

  it('agree on all pairs with some codes of published code systems', async () => {
    expect(hierarchies.length).toBeGreaterThan(3);
    for (const { url: system, concepts } of hierarchies) {
      const codes = [...new Set(concepts.map(({ code }) => code))];
      const withChildren = codes.filter((code) => concepts.some(({ parents }) => parents?.includes(code)));
      const top = withChildren[Math.floor(withChildren.length / 2)]!;
      const filter = [{ property: 'concept', op: 'is-a', value: top }];
      const valueSet = {
        resourceType: 'ValueSet',
        status: 'active',
        compose: { include: [{ system, filter }] },
      };
      const { status, body } = await send('POST', `${server.base}/ValueSet/$expand`, valueSet);
      expect({ system, status }).toEqual({ system, status: 200 });
      const members = new Set((body.expansion.contains as { code: string }[]).map(({ code }) => code));
      for (const code of codes.filter((each, at) => members.has(each) || at % 5 === 0)) {
        const found = outcome(await get(url(), { system, codeA: top, codeB: code })).outcome;
        const isA = found === 'subsumes' || found === 'equivalent';
        expect({ system, top, code, isA }).toEqual({ system, top, code, isA: members.has(code) });
        const turned = outcome(await get(url(), { system, codeA: code, codeB: top })).outcome;
        const inverse = { subsumes: 'subsumed-by', 'subsumed-by': 'subsumes' } as Record<string, unknown>;
        expect(turned).toBe(inverse[found as string] ?? found);
      }
    }
  });
});
