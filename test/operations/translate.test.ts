// ConceptMap/$translate over HTTP, by published, stored and inline concept maps.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConceptMaps } from '../../server/definitions/loadConceptMaps.ts';
import { expectRefusal } from '../http/expectRefusal.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, valueSet } from '../terminology/testTerminology.ts';
import { get, type Part, parts, post, put, valueIn } from './terminologySupport.ts';

type Json = Record<string, unknown>;

let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  for (const resource of stored()) await put(server.base, resource);
});
afterAll(async () => {
  await other?.stop();
  await server?.stop();
});

const url = () => `${server.base}/ConceptMap/$translate`;
const published = (id: string) => `http://hl7.org/fhir/ConceptMap/${id}`;
const v3 = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;
const gender = 'http://hl7.org/fhir/administrative-gender';

/** An answer: the result, and each match as `equivalence system|code "display" +product=value <map`. */
function read(answer: Answer): { result: unknown; message: string; matches: string[] } {
  const list = parts(answer);
  const find = (from: readonly Part[], name: string) => valueIn(from.find((part) => part.name === name));
  const matches = list
    .filter(({ name }) => name === 'match')
    .map(({ part = [] }) => {
      const { system, version, code, display } = (find(part, 'concept') ?? {}) as Record<string, string>;
      const products = part.flatMap(({ name, part: own = [] }) =>
        name === 'product' ? [` +${find(own, 'element')}=${(find(own, 'concept') as Json).code}`] : [],
      );
      const concept = code
        ? ` ${system ?? ''}${version ? `|${version}` : ''}|${code} "${display ?? ''}"`
        : '';
      const source = find(part, 'source') as string | undefined;
      return `${find(part, 'equivalence')}${concept}${products.join('')} <${source?.split('/').at(-1) ?? ''}`;
    });
  return { result: find(list, 'result'), message: String(find(list, 'message') ?? ''), matches };
}

const group = (more: Json, ...element: Json[]): Json => ({
  source: 'http://t/from',
  target: 'http://t/to',
  element,
  ...more,
});
const maps = (code: string, ...target: (string | Json)[]): Json => ({
  code,
  target: target.map((each) => (typeof each === 'string' ? { code: each, equivalence: 'equal' } : each)),
});
const conceptMap = (id: string, groups: Json[], more: Json = {}) => ({
  resourceType: 'ConceptMap',
  id,
  url: `http://t/cm/${id}`,
  status: 'active',
  group: groups,
  ...more,
});
const at = (id: string, code: string, more: Record<string, string> = {}) =>
  get(url(), { url: `http://t/cm/${id}`, system: 'http://t/from', code, ...more });

function stored(): { resourceType: string; id: string }[] {
  const loose = { code: 'A', equivalence: 'wider' };
  return [
    conceptMap('plain', [
      group(
        {},
        maps('a', loose, { code: 'A1', equivalence: 'narrower', comment: 'One kind of it.' }),
        maps('b', 'B'),
        maps('none', { equivalence: 'unmatched', comment: 'There is no such thing.' }),
        maps('never', { code: 'N', equivalence: 'disjoint' }),
        { code: 'empty' },
      ),
      group({ target: 'http://t/third' }, maps('b', 'B3')),
    ]),
    conceptMap('fixed', [
      group(
        { unmapped: { mode: 'fixed', code: 'other', display: 'Other' } },
        maps('a', 'A'),
        maps('none', { equivalence: 'unmatched' }),
        { code: 'empty' },
      ),
    ]),
    conceptMap('provided', [group({ unmapped: { mode: 'provided' } }, maps('a', 'A'))]),
    conceptMap('delegating', [
      group({ unmapped: { mode: 'other-map', url: 'http://t/cm/plain' } }, maps('a', 'AA')),
    ]),
    conceptMap('lost', [
      group({ unmapped: { mode: 'other-map', url: 'http://t/cm/nowhere' } }, maps('x', 'X')),
    ]),
    conceptMap('ring1', [
      group({ unmapped: { mode: 'other-map', url: 'http://t/cm/ring2' } }, maps('x', 'X')),
    ]),
    conceptMap('ring2', [
      group({ unmapped: { mode: 'other-map', url: 'http://t/cm/ring1' } }, maps('y', 'Y')),
    ]),
    conceptMap('dependent', [
      group(
        {},
        maps(
          'a',
          {
            code: 'AM',
            equivalence: 'equal',
            dependsOn: [{ property: 'http://t/sex', system: gender, value: 'male' }],
            product: [
              { property: 'http://t/side', system: 'http://t/sides', value: 'left', display: 'Left' },
            ],
          },
          {
            code: 'AT',
            equivalence: 'equal',
            dependsOn: [{ property: 'http://t/note', value: 'as text' }],
          },
        ),
      ),
    ]),
    conceptMap('versions', [
      group({ sourceVersion: '1', targetVersion: '10' }, maps('a', 'A')),
      group({ sourceVersion: '2', targetVersion: '20' }, maps('a', 'A')),
    ]),
    conceptMap(
      'between',
      [group({ source: 'http://t/fruit', target: 'http://t/obst' }, maps('lemon', 'zitrone'))],
      {
        sourceCanonical: 'http://t/vs/fruit',
        targetCanonical: 'http://t/vs/obst|1',
      },
    ),
    conceptMap(
      'systemless',
      [{ element: [maps('lemon', { code: 'limone', display: 'Limone', equivalence: 'equivalent' })] }],
      { sourceCanonical: 'http://t/vs/fruit', targetCanonical: 'http://t/vs/frutta' },
    ),
    conceptMap(
      'retired',
      [group({ source: 'http://t/fruit', target: 'http://t/obst' }, maps('lemon', 'alt'))],
      {
        status: 'retired',
      },
    ),
    { ...codeSystem('obst', [{ code: 'zitrone', display: 'Zitrone' }]), id: 'obst' },
    { ...codeSystem('fruit', [{ code: 'lemon', display: 'Lemon' }], { caseSensitive: false }), id: 'fruit' },
    { ...valueSet('obst', [{ system: 'http://t/obst' }]), id: 'obst' },
    { ...valueSet('fruit', [{ system: 'http://t/fruit' }]), id: 'fruit' },
    { ...valueSet('leer', [{ system: 'http://t/obst', concept: [{ code: 'apfel' }] }]), id: 'leer' },
  ] as { resourceType: string; id: string }[];
}

describe('$translate by published maps', () => {
  it.each([
    ['cm-administrative-gender-v2', gender, 'male', [`equal ${v3('v2-0001')}|M "Male"`]],
    [
      'cm-administrative-gender-v3',
      gender,
      'other',
      [`wider ${v3('v3-AdministrativeGender')}|UN "Undifferentiated"`],
    ],
    [
      'cm-data-absent-reason-v3',
      v3('data-absent-reason'),
      'masked',
      [`equal ${v3('v3-NullFlavor')}|MSK "masked"`],
    ],
    [
      'cm-contact-point-use-v2',
      'http://hl7.org/fhir/contact-point-use',
      'home',
      ['PRN', 'ORN', 'VHN'].map((code) => expect.stringMatching(`^wider ${v3('v2-0201')}\\|${code} ".+"`)),
    ],
  ])('%s of %s: %s', async (id, system, code, expected) => {
    const { result, matches } = read(await get(url(), { url: published(id), system, code }));
    expect(result).toBe(true);
    expect(matches.map((match) => match.replace(/ <.*/, ''))).toEqual(expected);
    expect(matches.every((match) => match.endsWith(`<${id}`))).toBe(true);
  });

  it('says where there is no match, and why', async () => {
    const asked = { url: published('101'), system: 'http://hl7.org/fhir/address-use' };
    const disjoint = read(await get(url(), { ...asked, code: 'old' }));
    expect(disjoint).toMatchObject({
      result: false,
      matches: [`disjoint ${v3('v3-AddressUse')}|BAD "bad address" <101`],
    });
    expect(disjoint.message).toContain('usablePeriod');
    const rest = read(await get(url(), { ...asked, code: 'billing' }));
    expect(rest).toMatchObject({
      result: true,
      matches: [`relatedto ${v3('v3-AddressUse')}|temp "temp" <101`],
    });
    const unmatched = read(await get(url(), { url: published('102'), system: v3('v2-0487'), code: 'ATTE' }));
    expect(unmatched).toMatchObject({ result: false, matches: ['unmatched <102'] });
    expect(unmatched.message).toContain('TBD');
  });

  it('finds all that are about a code without being told which', async () => {
    const asked = { system: gender, code: 'female' };
    const both = read(await get(url(), asked));
    expect(both).toMatchObject({ result: true });
    expect(both.matches).toEqual([
      `equal ${v3('v2-0001')}|F "Female" <cm-administrative-gender-v2`,
      `equal ${v3('v3-AdministrativeGender')}|F "Female" <cm-administrative-gender-v3`,
    ]);
    const narrowed = [
      { targetsystem: v3('v2-0001') },
      { target: 'http://terminology.hl7.org/ValueSet/v2-0001' },
      {
        source: 'http://hl7.org/fhir/ValueSet/administrative-gender',
        target: 'http://terminology.hl7.org/ValueSet/v2-0001',
      },
    ];
    for (const more of narrowed) {
      expect(read(await get(url(), { ...asked, ...more }))).toMatchObject({
        result: true,
        matches: both.matches.slice(0, 1),
      });
    }
  });

  it('back again: what is equal or equivalent leads to where it came from', async () => {
    let compared = 0;
    for (const { url: map, groups } of loadConceptMaps()) {
      for (const { source, target, elements } of groups) {
        if (!source || !target) continue;
        for (const { code: from, targets } of elements.slice(0, 12)) {
          for (const { code, equivalence, dependsOn } of targets) {
            if (!code || dependsOn || !['equal', 'equivalent'].includes(equivalence)) continue;
            const there = read(await get(url(), { url: map, system: source, code: from! }));
            expect(there.matches.join()).toContain(`${equivalence} ${target}|${code} `);
            const back = read(await get(url(), { url: map, system: target, code, reverse: 'true' }));
            expect({ map, code, matches: back.matches.join() }).toEqual({
              map,
              code,
              matches: expect.stringContaining(`${equivalence} ${source}|${from} `),
            });
            compared++;
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(50);
  });
});

describe('$translate by stored maps', () => {
  it.each<[string, string, Record<string, string>, boolean, string[], string]>([
    ['plain', 'a', {}, true, ['wider http://t/to|A ""', 'narrower http://t/to|A1 ""'], ''],
    ['plain', 'b', {}, true, ['equal http://t/to|B ""', 'equal http://t/third|B3 ""'], ''],
    ['plain', 'b', { targetsystem: 'http://t/third' }, true, ['equal http://t/third|B3 ""'], ''],
    ['plain', 'none', {}, false, ['unmatched'], 'There is no such thing.'],
    ['plain', 'never', {}, false, ['disjoint http://t/to|N ""'], "No translation of 'never'"],
    ['plain', 'empty', {}, false, [], "No translation of 'empty'"],
    ['plain', 'unknown', {}, false, [], "No translation of 'unknown'"],
    ['plain', 'B', {}, false, [], "No translation of 'B'"],
    ['plain', 'A', { system: 'http://t/to', reverse: 'true' }, true, ['narrower http://t/from|a ""'], ''],
    ['plain', 'A1', { system: 'http://t/to', reverse: 'true' }, true, ['wider http://t/from|a ""'], ''],
    [
      'plain',
      'N',
      { system: 'http://t/to', reverse: 'true' },
      false,
      ['disjoint http://t/from|never ""'],
      '',
    ],
    ['fixed', 'a', {}, true, ['equal http://t/to|A ""'], ''],
    ['fixed', 'z', {}, true, ['relatedto http://t/to|other "Other"'], ''],
    ['fixed', 'empty', {}, true, ['relatedto http://t/to|other "Other"'], ''],
    ['fixed', 'none', {}, false, ['unmatched'], ''],
    [
      'fixed',
      'other',
      { system: 'http://t/to', reverse: 'true' },
      false,
      [],
      "maps all codes that it does not list to 'other'",
    ],
    ['provided', 'z', {}, true, ['relatedto http://t/to|z ""'], ''],
    ['provided', 'z', { system: 'http://t/to', reverse: 'true' }, true, ['relatedto http://t/from|z ""'], ''],
    ['provided', 'a', { system: 'http://t/to', reverse: 'true' }, false, [], ''],
    [
      'lost',
      'z',
      {},
      false,
      [],
      'leaves codes that it does not map to http://t/cm/nowhere, which is not known here',
    ],
    ['ring1', 'y', {}, true, ['equal http://t/to|Y ""'], ''],
    ['ring1', 'z', {}, false, [], 'leads back to itself'],
    ['versions', 'a', {}, true, ['equal http://t/to|10|A ""', 'equal http://t/to|20|A ""'], ''],
    ['versions', 'a', { version: '2' }, true, ['equal http://t/to|20|A ""'], ''],
    ['versions', 'a', { version: '3' }, false, [], 'is about version 1 of http://t/from, not 3'],
    ['between', 'lemon', { system: 'http://t/fruit' }, true, ['equal http://t/obst|zitrone "Zitrone"'], ''],
    ['between', 'LEMON', { system: 'http://t/fruit' }, true, ['equal http://t/obst|zitrone "Zitrone"'], ''],
    ['systemless', 'lemon', { system: 'http://t/fruit' }, true, ['equivalent |limone "Limone"'], ''],
    ['retired', 'lemon', { system: 'http://t/fruit' }, true, ['equal http://t/obst|alt ""'], ''],
  ])('%s: %s %j', async (id, code, more, result, matches, message) => {
    const found = read(await at(id, code, more));
    expect({ ...found, message: '' }).toEqual({
      result,
      matches: matches.map((match) => `${match} <${id === 'ring1' && result ? 'ring2' : id}`),
      message: '',
    });
    expect(found.message).toContain(message);
    expect(found.message === '').toBe(result && message === '');
  });

  it('follows a map to the one it leaves other codes to, both ways', async () => {
    expect(read(await at('delegating', 'a')).matches).toEqual(['equal http://t/to|AA "" <delegating']);
    // That one maps it to a third code system too, which the group is not about.
    expect(read(await at('delegating', 'b')).matches).toEqual(['equal http://t/to|B "" <plain']);
    const back = (code: string) => at('delegating', code, { system: 'http://t/to', reverse: 'true' });
    expect(read(await back('B')).matches).toEqual(['equal http://t/from|b "" <plain']);
    // The map itself says what `a` is, so that the other one does not count for it.
    expect(read(await back('A')).matches).toEqual([]);
  });

  it('minds what a mapping depends on, and says what it results in', async () => {
    const asked = [
      { name: 'url', valueUri: 'http://t/cm/dependent' },
      { name: 'coding', valueCoding: { system: 'http://t/from', code: 'a' } },
    ];
    const dependency = (element: string, concept: Json) => ({
      name: 'dependency',
      part: [
        { name: 'element', valueUri: element },
        { name: 'concept', valueCodeableConcept: concept },
      ],
    });
    const male = dependency('http://t/sex', { coding: [{ system: gender, code: 'male' }] });
    const female = dependency('http://t/sex', { coding: [{ system: gender, code: 'female' }] });
    const without = read(await post(url(), ...asked));
    expect(without).toMatchObject({ result: false, matches: [] });
    expect(without.message).toContain("maps 'a' to 'AM' only where http://t/sex is 'male'");
    expect(read(await post(url(), ...asked, female)).matches).toEqual([]);
    expect(read(await post(url(), ...asked, female, male)).matches).toEqual([
      'equal http://t/to|AM "" +http://t/side=left <dependent',
    ]);
    expect(
      read(await post(url(), ...asked, dependency('http://t/note', { text: 'as text' }))).matches,
    ).toEqual(['equal http://t/to|AT "" <dependent']);
    // The other way round, what it depended on is what it results in.
    const back = await at('dependent', 'AM', { system: 'http://t/to', reverse: 'true' });
    expect(read(back).matches).toEqual(['equal http://t/from|a "" +http://t/sex=male <dependent']);
  });

  it('is found by system or source value set, but not once retired', async () => {
    const lemon = { system: 'http://t/fruit', code: 'lemon' };
    const between = 'equal http://t/obst|zitrone "Zitrone" <between';
    const systemless = 'equivalent |limone "Limone" <systemless';
    expect(read(await get(url(), lemon)).matches).toEqual([between]);
    for (const source of ['http://t/vs/fruit', 'ValueSet/fruit', 'fruit']) {
      expect(read(await get(url(), { ...lemon, source })).matches.sort()).toEqual([between, systemless]);
    }
    for (const target of ['http://t/vs/obst', 'http://t/vs/obst|1', 'ValueSet/obst']) {
      expect(read(await get(url(), { ...lemon, target })).matches).toEqual([between]);
    }
    for (const more of [
      { target: 'http://t/vs/obst|2' },
      { target: 'http://t/vs/leer' },
      { source: 'http://t/vs/x' },
    ]) {
      expect(read(await get(url(), { ...lemon, ...more }))).toMatchObject({ result: false, matches: [] });
    }
    const back = { system: 'http://t/obst', code: 'zitrone', reverse: 'true' };
    expect(read(await get(url(), back)).matches).toEqual(['equal http://t/fruit|lemon "Lemon" <between']);
    const turned = { ...back, source: 'http://t/vs/obst', target: 'http://t/vs/fruit' };
    expect(read(await get(url(), turned)).result).toBe(true);
    expect(read(await get(url(), { ...back, source: 'http://t/vs/fruit' })).result).toBe(false);
    const nothing = read(await get(url(), { system: 'http://t/nowhere', code: 'x' }));
    expect(nothing).toEqual({
      result: false,
      matches: [],
      message: expect.stringContaining(
        'No concept map is known here that translates codes of http://t/nowhere.',
      ),
    });
  });

  it('by name, keeps to the value sets that are asked for', async () => {
    const asked = (more: Record<string, string>) =>
      at('between', 'lemon', { system: 'http://t/fruit', ...more });
    expect(read(await asked({ target: 'http://t/vs/obst' })).result).toBe(true);
    const not = read(await asked({ target: 'http://t/vs/leer' }));
    expect(not).toMatchObject({
      result: false,
      message: expect.stringContaining("'zitrone' does not belong to the value set http://t/vs/leer"),
    });
    const unknown = read(await asked({ target: 'http://t/vs/unknown' }));
    expect(unknown).toMatchObject({
      result: false,
      message: expect.stringContaining('http://t/vs/unknown is not known here'),
    });
    const from = read(await asked({ source: 'http://t/vs/other' }));
    expect(from).toMatchObject({
      result: false,
      message: expect.stringContaining('translates codes of http://t/vs/fruit, not of http://t/vs/other'),
    });
  });

  it('takes an instance, a map sent along, a Coding and a CodeableConcept', async () => {
    const expected = read(await at('plain', 'a')).matches;
    const coding = { system: 'http://t/from', code: 'a' };
    expect(read(await get(`${server.base}/ConceptMap/plain/$translate`, coding)).matches).toEqual(expected);
    expect(
      read(await post(`${server.base}/ConceptMap/plain/$translate`, { name: 'coding', valueCoding: coding }))
        .matches,
    ).toEqual(expected);
    const { id: _, ...sent } = stored()[0]!;
    expect(
      read(await post(url(), { name: 'conceptMap', resource: sent }, { name: 'coding', valueCoding: coding }))
        .matches,
    ).toEqual(expected);
    const nameless = { ...sent, url: undefined };
    expect(
      read(
        await post(
          url(),
          { name: 'conceptMap', resource: nameless },
          { name: 'coding', valueCoding: coding },
        ),
      ).matches,
    ).toEqual(expected.map((match) => match.replace('<plain', '<')));
    const concept = {
      coding: [{ system: 'http://t/from', code: 'unknown' }, { code: 'x' }, coding, { ...coding, code: 'b' }],
    };
    const all = read(
      await post(
        url(),
        { name: 'url', valueUri: 'http://t/cm/plain' },
        { name: 'codeableConcept', valueCodeableConcept: concept },
      ),
    );
    expect(all.matches).toEqual([
      ...expected,
      'equal http://t/to|B "" <plain',
      'equal http://t/third|B3 "" <plain',
    ]);
  });

  it('is the latest version, or the one asked for', async () => {
    for (const [version, code] of [
      ['1.10', 'new'],
      ['1.9', 'old'],
    ]) {
      const id = `v${version!.replace('.', '-')}`;
      await put(server.base, {
        ...conceptMap(id, [group({ source: 'http://t/versioned' }, maps('a', code!))], {
          version,
          url: 'http://t/cm/versioned',
        }),
      });
    }
    const asked = { system: 'http://t/versioned', code: 'a' };
    const named = { ...asked, url: 'http://t/cm/versioned' };
    expect(read(await get(url(), named)).matches).toEqual(['equal http://t/to|new "" <versioned']);
    expect(read(await get(url(), asked)).matches).toEqual(['equal http://t/to|new "" <versioned']);
    for (const old of [
      { ...named, conceptMapVersion: '1.9' },
      { ...asked, url: 'http://t/cm/versioned|1.9' },
    ]) {
      expect(read(await get(url(), old)).matches).toEqual(['equal http://t/to|old "" <versioned']);
    }
    expectRefusal(await get(url(), { ...named, conceptMapVersion: '2' }), 404, {
      code: 'not-found',
      diagnostics: 'http://t/cm/versioned|2 is not known here',
    });
  });

  it('sees changes at once, on every app instance, in place of a published map too', async () => {
    const canonical = published('cm-contact-point-system-v2');
    const system = 'http://hl7.org/fhir/contact-point-system';
    const ask = async (): Promise<string[][]> => {
      const found: string[][] = [];
      for (const { base } of [server, other]) {
        for (const more of [{ url: canonical }, {}]) {
          const asked = { ...more, system, code: 'fax' };
          found.push(read(await get(`${base}/ConceptMap/$translate`, asked)).matches);
        }
      }
      return found;
    };
    const before = await ask();
    expect(new Set(before.map((matches) => matches.join()))).toEqual(
      new Set([`equivalent ${v3('v2-0202')}|FX "Fax" <cm-contact-point-system-v2`]),
    );
    for (const code of ['one', 'two']) {
      await put(
        server.base,
        conceptMap('own', [group({ source: system }, maps('fax', code))], { url: canonical }),
      );
      for (const matches of await ask()) {
        expect(matches).toEqual([`equal http://t/to|${code} "" <cm-contact-point-system-v2`]);
      }
    }
    await send('DELETE', `${server.base}/ConceptMap/own`);
    expect(await ask()).toEqual(before);
  });
});

describe('what $translate refuses', () => {
  const code = { system: 'http://t/from', code: 'a' };
  it.each<[string, Record<string, string>, number, string, string]>([
    ['no code', { url: 'http://t/cm/plain' }, 400, 'required', 'Give one of "code"'],
    ['a code without system', { code: 'a' }, 400, 'required', '"code" needs "system"'],
    [
      'an unknown parameter',
      { ...code, targetSystem: 'x' },
      400,
      'not-supported',
      'no parameter "targetSystem"',
    ],
    [
      'a reverse that is no boolean',
      { ...code, reverse: 'yes' },
      400,
      'value',
      '"reverse" must be true or false',
    ],
    ['a dependency in the URL', { ...code, dependency: 'x' }, 400, 'value', 'made of parts'],
    [
      'an unknown map',
      { ...code, url: 'http://t/cm/nowhere' },
      404,
      'not-found',
      'http://t/cm/nowhere is not known here',
    ],
    ['a version without a map', { ...code, conceptMapVersion: '1' }, 400, 'value', 'without "url"'],
  ])('%s', async (_, parameters, status, issue, diagnostics) => {
    expectRefusal(await get(url(), parameters), status, { code: issue, diagnostics });
  });

  it('a code that too many stored maps are about, unless one of them is named', async () => {
    const many = Array.from({ length: 201 }, (_, at) =>
      conceptMap(`many-${at}`, [group({ source: 'http://t/many' }, maps('a', `A${at}`))]),
    );
    const entry = many.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `ConceptMap/${resource.id}` },
    }));
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    expect((await send('POST', server.base, bundle)).status).toBe(200);
    const asked = { system: 'http://t/many', code: 'a' };
    expectRefusal(await get(url(), asked), 400, { code: 'too-costly', diagnostics: 'More than 200' });
    expect(read(await get(url(), { ...asked, url: 'http://t/cm/many-7' })).result).toBe(true);
    await send('DELETE', `${server.base}/ConceptMap/many-7`);
    expect(read(await get(url(), asked)).matches).toHaveLength(200);
  });

  it('two codes, two maps, malformed maps and dependencies, and instances that are not there', async () => {
    const coding = { name: 'coding', valueCoding: code };
    const { id: _, ...sent } = stored()[0]!;
    const map = { name: 'conceptMap', resource: sent };
    expectRefusal(await post(url(), coding, { name: 'code', valueCode: 'a' }), 400, { code: 'required' });
    expectRefusal(await post(url(), coding, map, { name: 'url', valueUri: 'http://t/x' }), 400, {
      diagnostics: '"url" has no meaning beside "conceptMap"',
    });
    const malformed = { name: 'conceptMap', resource: { ...sent, group: [{}] } };
    expectRefusal(await post(url(), coding, malformed), 400);
    for (const part of [
      [{ name: 'element', valueUri: 'http://t/x' }],
      [{ name: 'what', valueUri: 'http://t/x' }],
      [
        { name: 'element', valueUri: 'http://t/x' },
        { name: 'concept', valueString: 'x' },
      ],
    ]) {
      expectRefusal(await post(url(), coding, { name: 'dependency', part }), 400);
    }
    const concept = { coding: [{ code: 'a' }] };
    expectRefusal(await post(url(), { name: 'codeableConcept', valueCodeableConcept: concept }), 400, {
      code: 'required',
    });
    const instance = (id: string) => `${server.base}/ConceptMap/${id}/$translate`;
    expectRefusal(await get(instance('none'), code), 404, { code: 'not-found' });
    expectRefusal(await get(instance('own'), code), 410, { code: 'deleted' });
    expectRefusal(await get(instance('plain'), { ...code, url: 'http://t/x' }), 400, { expression: ['url'] });
  });
});
