// ValueSet/$expand over HTTP: published, stored, sent and contained value sets, each parameter, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'fhir-kit-client';
import { expectRefusal } from '../http/expectRefusal.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, valueSet } from '../terminology/testTerminology.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const hl7 = 'http://terminology.hl7.org';
const fhir = 'http://hl7.org/fhir';

type Query = [string, string][];
const get = (query: Query, path = 'ValueSet/$expand'): Promise<Answer> =>
  send('GET', `${server.base}/${path}?${new URLSearchParams(query)}`);
const post = (parameter: unknown[], path = 'ValueSet/$expand'): Promise<Answer> =>
  send('POST', `${server.base}/${path}`, { resourceType: 'Parameters', parameter });
const expandInline = (resource: object, more: unknown[] = []) =>
  post([{ name: 'valueSet', resource }, ...more]);

interface Entry {
  system?: string;
  code?: string;
  display?: string;
  abstract?: boolean;
  inactive?: boolean;
  designation?: { value: string }[];
  contains?: Entry[];
}

const entriesOf = (answer: Answer): Entry[] => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 200 });
  return answer.body.expansion.contains ?? [];
};
const codesOf = (answer: Answer): string[] => entriesOf(answer).map(({ code }) => code!);
/** `code` or `code(below, …)`. */
const shapeOf = (entries: Entry[]): string =>
  entries.map(({ code, contains }) => (contains ? `${code}(${shapeOf(contains)})` : code)).join(' ');

async function store(resource: Record<string, unknown>): Promise<string> {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
}

describe('a published value set', () => {
  it('is expanded into a ValueSet with an expansion', async () => {
    const answer = await get([['url', `${fhir}/ValueSet/administrative-gender`]]);
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    const { expansion, ...described } = answer.body;
    expect(described).toEqual({
      resourceType: 'ValueSet',
      url: `${fhir}/ValueSet/administrative-gender`,
      version: '4.0.1',
      name: 'AdministrativeGender',
      title: 'AdministrativeGender',
      status: 'active',
    });
    const system = `${fhir}/administrative-gender`;
    expect(expansion).toEqual({
      identifier: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      total: 4,
      parameter: [{ name: 'version', valueUri: `${system}|4.0.1` }],
      contains: [
        { system, version: '4.0.1', code: 'male', display: 'Male' },
        { system, version: '4.0.1', code: 'female', display: 'Female' },
        { system, version: '4.0.1', code: 'other', display: 'Other' },
        { system, version: '4.0.1', code: 'unknown', display: 'Unknown' },
      ],
    });
    // The answer is a ValueSet that can be stored.
    const stored = await send('POST', `${server.base}/ValueSet`, {
      ...answer.body,
      url: 'http://t/vs/stored',
    });
    expect(stored.status).toBe(201);
    expect(codesOf(await get([['url', 'http://t/vs/stored']]))).toEqual([
      'male',
      'female',
      'other',
      'unknown',
    ]);
  });

  it.each([
    [
      `${hl7}/ValueSet/v3-ActEncounterCode`,
      ['AMB', 'EMER', 'FLD', 'HH', 'IMP', 'ACUTE', 'NONAC', 'OBSENC', 'PRENC', 'SS', 'VR'],
    ],
    [
      `${fhir}/ValueSet/observation-category`,
      [
        'social-history',
        'vital-signs',
        'imaging',
        'laboratory',
        'procedure',
        'survey',
        'exam',
        'therapy',
        'activity',
      ],
    ],
    [
      `${fhir}/ValueSet/condition-clinical`,
      ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'],
    ],
  ])('%s', async (url, codes) => {
    expect(codesOf(await get([['url', url]])).toSorted()).toEqual(codes.toSorted());
    expect(codesOf(await post([{ name: 'url', valueUri: url }])).toSorted()).toEqual(codes.toSorted());
  });

  it('is found in the version that is named', async () => {
    const url = `${fhir}/ValueSet/administrative-gender`;
    for (const query of [
      [['url', `${url}|4.0.1`]],
      [
        ['url', url],
        ['valueSetVersion', '4.0.1'],
      ],
    ] as Query[]) {
      expect(codesOf(await get(query))).toHaveLength(4);
    }
    expectRefusal(
      await get([
        ['url', url],
        ['valueSetVersion', '3.0.0'],
      ]),
      404,
      { code: 'not-found' },
    );
  });

  it('is nested along the hierarchy of its code system only when asked', async () => {
    const url: [string, string] = ['url', `${fhir}/ValueSet/condition-clinical`];
    expect(shapeOf(entriesOf(await get([url])))).toBe(
      'active recurrence relapse inactive remission resolved',
    );
    const nested = await get([url, ['excludeNested', 'false']]);
    expect(shapeOf(entriesOf(nested))).toBe('active(recurrence relapse) inactive(remission resolved)');
    expect(nested.body.expansion.total).toBe(6);
    expect(nested.body.expansion.parameter).toContainEqual({ name: 'excludeNested', valueBoolean: false });
    const part = await get([url, ['excludeNested', 'false'], ['filter', 're']]);
    expect(shapeOf(entriesOf(part))).toBe('recurrence relapse remission resolved');
    expect(part.body.expansion.parameter).toContainEqual({ name: 'excludeNested', valueBoolean: true });
    const counted = await get([url, ['excludeNested', 'false'], ['count', '0']]);
    expect([counted.body.expansion.total, counted.body.expansion.contains]).toEqual([6, undefined]);
  });
});

const colours = codeSystem(
  'colours',
  [
    {
      code: 'warm',
      display: 'Warm colour',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'red',
          display: 'Red',
          definition: 'Like blood',
          designation: [
            { language: 'de', value: 'Rot' },
            { language: 'de-CH', use: { system: 'urn:use', code: 'dialect' }, value: 'Roet' },
            { use: { system: 'urn:use', code: 'short' }, value: 'R' },
          ],
          concept: [
            { code: 'crimson', display: 'Crimson', property: [{ code: 'hex', valueString: '#DC143C' }] },
          ],
        },
        { code: 'orange', display: 'Orange', property: [{ code: 'hex', valueString: '#FFA500' }] },
      ],
    },
    { code: 'blue', display: 'Bleu ciel', property: [{ code: 'hex', valueString: '#0000FF' }] },
    { code: 'puce', display: 'Puce', property: [{ code: 'inactive', valueBoolean: true }] },
  ],
  {
    version: '2',
    hierarchyMeaning: 'is-a',
    property: [{ code: 'hex', type: 'string' }],
    valueSet: 'http://t/vs/all-colours',
  },
);
const system = 'http://t/colours';
const all = ['warm', 'red', 'crimson', 'orange', 'blue', 'puce'];

describe('names of published codes', () => {
  const url: [string, string] = ['url', `${hl7}/ValueSet/v2-0002`];
  it('are searched and shown in other languages', async () => {
    const [apart] = entriesOf(await get([url, ['filter', 'uit elkaar']]));
    expect([apart!.code, apart!.display]).toEqual(['A', 'Separated']);
    const dutch = entriesOf(await get([url, ['displayLanguage', 'nl'], ['designation', 'de']]));
    expect(dutch.find(({ code }) => code === 'A')).toMatchObject({
      display: 'Uit elkaar',
      designation: [{ language: 'de', value: 'getrennt lebend' }],
    });
  });
});

describe('a value set over a stored code system', () => {
  let id: string;
  beforeAll(async () => {
    await store(colours);
    id = await store(
      valueSet('main', [{ system }], [], { version: '1', name: 'Main', title: 'All colours' }),
    );
    await store(valueSet('warm', [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'warm' }] }]));
  });
  const url: [string, string] = ['url', 'http://t/vs/main'];

  it('is found by url and by id, by GET and POST', async () => {
    for (const answer of [
      await get([url]),
      await get([], `ValueSet/${id}/$expand`),
      await post([], `ValueSet/${id}/$expand`),
      await post([{ name: 'url', valueUri: url[1] }]),
      await get([['url', `ValueSet/${id}`]]),
    ]) {
      expect(codesOf(answer)).toEqual(all);
      expect(answer.body).toMatchObject({
        name: 'Main',
        title: 'All colours',
        status: 'active',
        version: '1',
      });
    }
    expect(codesOf(await send('POST', `${server.base}/ValueSet/${id}/$expand`))).toEqual(all);
  });

  it('marks what only groups and what is no longer used', async () => {
    const entries = entriesOf(await get([url]));
    expect(entries.filter(({ abstract }) => abstract).map(({ code }) => code)).toEqual(['warm']);
    expect(entries.filter(({ inactive }) => inactive).map(({ code }) => code)).toEqual(['puce']);
  });

  it.each<[Query, string[]]>([
    [[['filter', 'RED']], ['red']],
    [[['filter', 'cri']], ['crimson']],
    [[['filter', 'colour warm']], ['warm']],
    [[['filter', 'warm ciel']], []],
    [[['filter', 'rot']], ['red']],
    [[['filter', 'ciél']], ['blue']],
    [[['filter', 'a.c']], []],
    [[['activeOnly', 'true']], all.slice(0, -1)],
    [[['activeOnly', 'false']], all],
    [[['excludeNotForUI', 'true']], all.slice(1)],
    [[['excludeNotForUI', 'false']], all],
    [[['excludePostCoordinated', 'true']], all],
    [[['excludeNested', 'true']], all],
    [[['exclude-system', system]], []],
    [[['exclude-system', `${system}|2`]], []],
    [[['exclude-system', `${system}|1`]], all],
    [[['exclude-system', 'http://t/other']], all],
    [[['offset', '2']], ['crimson', 'orange', 'blue', 'puce']],
    [[['count', '2']], ['warm', 'red']],
    [
      [
        ['offset', '1'],
        ['count', '2'],
      ],
      ['red', 'crimson'],
    ],
    [
      [
        ['offset', '1'],
        ['count', '1'],
        ['filter', 'o'],
      ],
      ['red'],
    ],
    [[['offset', '99']], []],
    [[['count', '0']], []],
  ])('%j', async (query, codes) => {
    const answer = await get([url, ...query]);
    expect(codesOf(answer)).toEqual(codes);
    const { parameter, total, offset } = answer.body.expansion;
    for (const [name, text] of query) {
      const value = /^\d+$/.test(text)
        ? Number(text)
        : text === 'true' || text === 'false'
          ? text === 'true'
          : text;
      const reported = parameter.find((each: { name: string }) => each.name === name);
      expect(Object.values(reported)).toEqual([name, value]);
    }
    const paged = query.some(([name]) => name === 'offset' || name === 'count');
    expect(offset === undefined).toBe(!paged);
    if (paged) expect(total).toBe(query.some(([name]) => name === 'filter') ? 4 : all.length);
    else expect(total).toBe(codes.length);
    // The same, asked with a Parameters resource.
    const typed = (text: string) =>
      /^\d+$/.test(text)
        ? { valueInteger: Number(text) }
        : text === 'true' || text === 'false'
          ? { valueBoolean: text === 'true' }
          : { valueString: text };
    const posted = await post([url, ...query].map(([name, text]) => ({ name, ...typed(text) })));
    expect(codesOf(posted)).toEqual(codes);
  });

  it('pages give each code once', async () => {
    const seen: string[] = [];
    for (let offset = 0; offset < 8; offset += 2) {
      seen.push(...codesOf(await get([url, ['offset', `${offset}`], ['count', '2']])));
    }
    expect(seen).toEqual(all);
  });

  it('shows designations: all, by language, by use', async () => {
    const red = async (...query: Query) =>
      entriesOf(await get([url, ...query]))
        .find(({ code }) => code === 'red')!
        .designation?.map((d) => d.value);
    expect(await red()).toBeUndefined();
    expect(await red(['includeDesignations', 'false'])).toBeUndefined();
    expect(await red(['includeDesignations', 'true'])).toEqual(['Rot', 'Roet', 'R']);
    expect(await red(['designation', 'urn:ietf:bcp:47|de'])).toEqual(['Rot']);
    expect(await red(['designation', 'urn:use|short'])).toEqual(['R']);
    expect(await red(['designation', 'urn:use|'])).toEqual(['Roet', 'R']);
    expect(await red(['designation', 'de'], ['designation', 'short'])).toEqual(['Rot', 'R']);
    expect(await red(['designation', 'urn:use|other'])).toBeUndefined();
  });

  it('displays codes in a language where it can', async () => {
    const displays = async (language: string) =>
      entriesOf(await get([url, ['displayLanguage', language], ['filter', 're']])).map(
        ({ display }) => display,
      );
    expect(await displays('de')).toEqual(['Rot']);
    expect(await displays('DE-ch')).toEqual(['Roet']);
    expect(await displays('de-AT')).toEqual(['Rot']);
    expect(await displays('fr')).toEqual(['Red']);
  });

  it('includes the definition when asked', async () => {
    expect((await get([url])).body.compose).toBeUndefined();
    expect((await get([url, ['includeDefinition', 'false']])).body.compose).toBeUndefined();
    const { body } = await get([url, ['includeDefinition', 'true']]);
    expect(body.compose).toEqual({ include: [{ system }] });
    expect(body.expansion.parameter.map(({ name }: { name: string }) => name)).toEqual(['version']);
    const published = await get([
      ['url', `${fhir}/ValueSet/administrative-gender`],
      ['includeDefinition', 'true'],
    ]);
    expect(published.body.compose).toEqual({ include: [{ system: `${fhir}/administrative-gender` }] });
  });

  it('has an implicit value set of all its codes', async () => {
    const answer = await get([['url', 'http://t/vs/all-colours']]);
    expect(codesOf(answer)).toEqual(all);
    expect(codesOf(await get([['url', 'http://t/vs/all-colours|2']]))).toEqual(all);
    expectRefusal(await get([['url', 'http://t/vs/all-colours|3']]), 404);
  });

  const filtered: [Record<string, string>, string[]][] = [
    [{ property: 'concept', op: 'is-a', value: 'red' }, ['red', 'crimson']],
    [{ property: 'concept', op: 'descendent-of', value: 'warm' }, ['red', 'crimson', 'orange']],
    [{ property: 'concept', op: 'is-not-a', value: 'warm' }, ['blue', 'puce']],
    [{ property: 'concept', op: 'generalizes', value: 'crimson' }, ['warm', 'red', 'crimson']],
    [{ property: 'hex', op: '=', value: '#0000FF' }, ['blue']],
    [{ property: 'hex', op: 'regex', value: '#[DF].*' }, ['crimson', 'orange']],
    [{ property: 'hex', op: 'in', value: '#0000FF,#FFA500' }, ['orange', 'blue']],
    [{ property: 'hex', op: 'not-in', value: '#0000FF' }, ['warm', 'red', 'crimson', 'orange', 'puce']],
    [{ property: 'hex', op: 'exists', value: 'true' }, ['crimson', 'orange', 'blue']],
    [{ property: 'hex', op: 'exists', value: 'false' }, ['warm', 'red', 'puce']],
    [{ property: 'code', op: 'regex', value: '.*e' }, ['orange', 'blue', 'puce']],
  ];
  it.each(filtered)('filter %j', async (filter, codes) => {
    expect(codesOf(await expandInline(valueSet('x', [{ system, filter: [filter] }])))).toEqual(codes);
    const excluded = valueSet('x', [{ system }], [{ system, filter: [filter] }]);
    expect(codesOf(await expandInline(excluded))).toEqual(all.filter((code) => !codes.includes(code)));
  });

  it('nests through what is left out, and shows grouping codes as such', async () => {
    const without = valueSet('x', [{ system }], [{ system, concept: [{ code: 'red' }] }]);
    const answer = await expandInline(without, [{ name: 'excludeNested', valueBoolean: false }]);
    expect(shapeOf(entriesOf(answer))).toBe('warm(crimson orange) blue puce');
    expect(entriesOf(answer)[0]).toMatchObject({ code: 'warm', abstract: true });
    const designated = await expandInline(without, [
      { name: 'excludeNested', valueBoolean: false },
      { name: 'excludeNotForUI', valueBoolean: true },
      { name: 'activeOnly', valueBoolean: true },
    ]);
    expect(shapeOf(entriesOf(designated))).toBe('crimson orange blue');
  });

  it('is made of value sets that are stored, contained or sent', async () => {
    expect(codesOf(await expandInline(valueSet('x', [{ valueSet: ['http://t/vs/warm'] }])))).toEqual([
      'warm',
      'red',
      'crimson',
      'orange',
    ]);
    const meeting = valueSet('x', [
      {
        valueSet: ['http://t/vs/warm'],
        system,
        concept: [{ code: 'red', display: 'RED' }, { code: 'blue' }],
      },
    ]);
    expect(entriesOf(await expandInline(meeting))).toMatchObject([{ code: 'red', display: 'RED' }]);
  });

  it('a POST of the value set itself expands it', async () => {
    const { body } = await send('POST', `${server.base}/ValueSet/$expand`, valueSet('posted', [{ system }]));
    expect(body).toMatchObject({ url: 'http://t/vs/posted', expansion: { total: 6 } });
    const { url: __, ...inside } = valueSet('x', [{ system: '#cs' }], [], {
      contained: [{ ...codeSystem('inner', ['a']), id: 'cs', url: undefined }],
    });
    expect(entriesOf(await expandInline(inside))).toEqual([{ system: '#cs', code: 'a' }]);
    const { url: _, ...unnamed } = valueSet('x', [{ system }]);
    const answer = await send('POST', `${server.base}/ValueSet/$expand?count=1`, unnamed);
    expect(codesOf(answer)).toEqual(['warm']);
    expect(answer.body.url).toBeUndefined();
    const defined = await expandInline({ ...unnamed, publisher: 'Me' }, [
      { name: 'includeDefinition', valueBoolean: true },
    ]);
    expect(defined.body).toMatchObject({ publisher: 'Me', compose: { include: [{ system }] } });
  });
});

describe('contained resources', () => {
  it('are value sets and code systems, nested and designated as others', async () => {
    const inner = codeSystem('inner', [
      'a',
      { code: 'b', concept: [{ code: 'c', designation: [{ language: 'de', value: 'Ze' }] }] },
    ]);
    const resource = valueSet('x', [{ valueSet: ['#own'] }], [], {
      contained: [
        { ...valueSet('own', [{ system: '#cs' }]), id: 'own', url: undefined },
        { ...inner, id: 'cs' },
      ],
    });
    const more = [
      { name: 'excludeNested', valueBoolean: false },
      { name: 'includeDesignations', valueBoolean: true },
    ];
    const id = await store(resource);
    for (const answer of [await expandInline(resource, more), await post(more, `ValueSet/${id}/$expand`)]) {
      expect(shapeOf(entriesOf(answer))).toBe('a b(c)');
      expect(entriesOf(answer)[1]!.contains![0]).toEqual({
        system: 'http://t/inner',
        code: 'c',
        designation: [{ language: 'de', value: 'Ze' }],
      });
    }
    const whole = await post(
      [...more, { name: 'includeDefinition', valueBoolean: true }],
      `ValueSet/${id}/$expand`,
    );
    expect(whole.body.contained).toHaveLength(2);
  });
});

describe('what is not held', () => {
  const sct = 'http://snomed.info/sct';
  it('can be listed, and nothing else', async () => {
    const list = valueSet('x', [{ system: sct, concept: [{ code: '1', display: 'One' }, { code: '2' }] }]);
    expect(entriesOf(await expandInline(list))).toEqual([
      { system: sct, code: '1', display: 'One' },
      { system: sct, code: '2' },
    ]);
  });

  it.each([
    ['a whole system', [{ system: sct }], [sct]],
    ['a filter', [{ system: sct, filter: [{ property: 'concept', op: 'is-a', value: '1' }] }], [sct]],
    ['a value set', [{ valueSet: ['http://t/vs/none'] }], ['http://t/vs/none']],
    [
      'one of several',
      [{ system: `${fhir}/administrative-gender` }, { system: sct }, { valueSet: ['http://t/vs/none'] }],
      [sct, 'http://t/vs/none'],
    ],
    ['a part', [{ system: `${hl7}/CodeSystem/service-type` }], [`${hl7}/CodeSystem/service-type`]],
    ['units', [{ system: 'http://unitsofmeasure.org' }], ['http://unitsofmeasure.org']],
  ])('%s is refused by name', async (_, include, names) => {
    const answer = await expandInline(valueSet('x', include));
    expectRefusal(answer, 422);
    const told = answer.body.issue.map(({ diagnostics }: { diagnostics: string }) => diagnostics);
    for (const name of names) expect(told.filter((text: string) => text.includes(name))).toHaveLength(1);
    expect(told).toHaveLength(names.length);
  });

  it('includes what a value set without definition may have', async () => {
    const { compose: _, ...undefinedSet } = valueSet('undefined', []);
    expectRefusal(await expandInline(undefinedSet), 422, { code: 'incomplete', diagnostics: 'says nothing' });
    await store(undefinedSet);
    const including = valueSet('x', [{ valueSet: ['http://t/vs/undefined'] }]);
    expectRefusal(await expandInline(including), 422, { code: 'incomplete' });
    const nothing = valueSet('x', [{ system: sct, concept: [{ code: '1' }] }], [{ system: sct }]);
    expect(codesOf(await expandInline(nothing))).toEqual([]);
  });

  it('may be left out', async () => {
    const mixed = valueSet('x', [{ system: `${fhir}/administrative-gender` }, { system: sct }]);
    expect(codesOf(await expandInline(mixed, [{ name: 'exclude-system', valueUri: sct }]))).toHaveLength(4);
  });

  it('is answered by an expansion that the value set came with, if that is whole', async () => {
    const expansion = { timestamp: '2020-01-01', contains: [{ system: sct, code: '1', display: 'One' }] };
    const resource = { ...valueSet('x', [{ system: sct }]), expansion };
    expect(entriesOf(await expandInline(resource))).toEqual([{ system: sct, code: '1', display: 'One' }]);
    const unclosed = {
      ...expansion,
      extension: [{ url: `${fhir}/StructureDefinition/valueset-unclosed`, valueBoolean: true }],
    };
    expectRefusal(await expandInline({ ...resource, expansion: unclosed }), 422);
    expectRefusal(await expandInline({ ...resource, expansion: { ...expansion, total: 2 } }), 422);
  });
});

describe('versions of code systems', () => {
  beforeAll(async () => {
    await store(codeSystem('v', ['a'], { version: '1' }));
    await store(codeSystem('v', ['a', 'b'], { version: '2' }));
  });
  const v = 'http://t/v';
  const free = valueSet('x', [{ system: v }]);
  const pinned = valueSet('x', [{ system: v, version: '1' }]);
  const asked = (name: string, version: string) => [{ name, valueUri: `${v}|${version}` }];

  it.each([
    ['the latest', free, [], ['a', 'b']],
    ['the one named', pinned, [], ['a']],
    ['system-version', free, asked('system-version', '1'), ['a']],
    ['system-version beside one named', pinned, asked('system-version', '2'), ['a']],
    ['check-system-version', free, asked('check-system-version', '1'), ['a']],
    ['check-system-version, the same', pinned, asked('check-system-version', '1'), ['a']],
    ['force-system-version', pinned, asked('force-system-version', '2'), ['a', 'b']],
  ])('%s', async (_, resource, parameters, codes) => {
    const answer = await expandInline(resource, parameters);
    expect(codesOf(answer)).toEqual(codes);
    const version = codes.length === 2 ? '2' : '1';
    expect(answer.body.expansion.parameter).toContainEqual({ name: 'version', valueUri: `${v}|${version}` });
    for (const parameter of parameters) expect(answer.body.expansion.parameter).toContainEqual(parameter);
  });

  it('that contradict or are not held are refused', async () => {
    expectRefusal(await expandInline(pinned, asked('check-system-version', '2')), 422, { code: 'conflict' });
    expectRefusal(await expandInline(free, asked('system-version', '3')), 422, { code: 'not-found' });
  });
});

describe('supplements', () => {
  it('add designations to the code system they name', async () => {
    await store(codeSystem('plain', ['a', 'b']));
    const supplement = codeSystem(
      'plain-de',
      [{ code: 'a', designation: [{ language: 'de', value: 'Ah' }] }],
      {
        content: 'supplement',
        supplements: 'http://t/plain',
      },
    );
    const id = await store(supplement);
    const resource = valueSet('x', [{ system: 'http://t/plain' }]);
    const displays = async () =>
      entriesOf(await expandInline(resource, [{ name: 'displayLanguage', valueCode: 'de' }])).map(
        (e) => e.display,
      );
    expect(await displays()).toEqual(['Ah', undefined]);
    await send('DELETE', `${server.base}/CodeSystem/${id}`);
    expect(await displays()).toEqual([undefined, undefined]);
  });
});

describe('requests that are refused', () => {
  const url: [string, string] = ['url', `${fhir}/ValueSet/administrative-gender`];
  it.each<[Query, number, string, string]>([
    [[], 400, 'required', 'url'],
    [[['url', 'http://t/none']], 404, 'not-found', 'http://t/none'],
    [[url, ['filtre', 'x']], 400, 'not-supported', '"filtre"'],
    [[url, ['context', 'x']], 400, 'not-supported', '"context"'],
    [[url, ['contextDirection', 'incoming']], 400, 'not-supported', '"contextDirection"'],
    [[url, ['date', '2020']], 400, 'not-supported', '"date"'],
    [[url, ['count', '-1']], 400, 'value', '"count"'],
    [[url, ['count', 'ten']], 400, 'value', '"count"'],
    [[url, ['count', '1'], ['count', '2']], 400, 'value', '"count"'],
    [[url, ['offset', '1.5']], 400, 'value', '"offset"'],
    [[url, ['activeOnly', 'yes']], 400, 'value', '"activeOnly"'],
    [[url, ['filter', '']], 400, 'value', '"filter"'],
    [[url, ['valueSet', '{}']], 400, 'value', '"valueSet"'],
    [[url, ['designation', '|']], 400, 'value', '"designation"'],
    [[url, ['designation', 'de'], ['includeDesignations', 'false']], 400, 'value', 'includeDesignations'],
    [[url, ['system-version', 'http://x']], 400, 'value', '"system-version"'],
    [
      [url, ['force-system-version', 'http://x|1'], ['force-system-version', 'http://x|2']],
      400,
      'value',
      'twice',
    ],
  ])('%j', async (query, status, code, diagnostics) => {
    expectRefusal(await get(query), status, { code, diagnostics });
  });

  it('bodies that are malformed or of another kind', async () => {
    expectRefusal(await expandInline({ resourceType: 'Patient' }), 400, {
      code: 'value',
      diagnostics: '"valueSet"',
    });
    expectRefusal(await expandInline({ resourceType: 'ValueSet', compose: 'x' }), 400);
    expectRefusal(await expandInline({ ...valueSet('x', []), compose: { include: [null] } }), 400);
    expectRefusal(await send('POST', `${server.base}/ValueSet/$expand`, { resourceType: 'Patient' }), 400, {
      diagnostics: 'Patient',
    });
    expectRefusal(await post([{ name: 'url', valueInteger: 1 }]), 400, {
      code: 'value',
      expression: ['Parameters.parameter[0]'],
    });
    expectRefusal(
      await post([
        { name: 'url', valueUri: 'x' },
        { name: 'activeOnly', valueString: 'true' },
      ]),
      400,
    );
    expectRefusal(
      await expandInline(valueSet('x', []), [{ name: 'url', valueUri: 'http://t/vs/main' }]),
      400,
      { diagnostics: '"url"' },
    );
  });

  it('instances that are not there, and parameters that do not go with one', async () => {
    expectRefusal(await get([], 'ValueSet/none/$expand'), 404);
    const id = await store(valueSet('brief', [{ system: `${fhir}/administrative-gender` }]));
    expectRefusal(await get([url], `ValueSet/${id}/$expand`), 400, { diagnostics: '"url"' });
    await send('DELETE', `${server.base}/ValueSet/${id}`);
    expectRefusal(await get([], `ValueSet/${id}/$expand`), 410, { code: 'deleted' });
    expectRefusal(await get([url], 'Patient/$expand'), 404);
  });

  it('value sets that include themselves, and regular expressions that take too long', async () => {
    await store(valueSet('loop', [{ valueSet: ['http://t/vs/pool'] }]));
    await store(valueSet('pool', [{ valueSet: ['http://t/vs/loop'] }]));
    expectRefusal(await get([['url', 'http://t/vs/loop']]), 422, {
      code: 'business-rule',
      diagnostics: 'itself',
    });
    await store(codeSystem('long', [`${'a'.repeat(40)}!`]));
    const filter = [{ property: 'code', op: 'regex', value: '(a+)+' }];
    expectRefusal(await expandInline(valueSet('x', [{ system: 'http://t/long', filter }])), 422, {
      code: 'too-costly',
    });
  });
});

describe('what others change', () => {
  it('is seen at once, also by another process', async () => {
    const other = await startTestServer({ DATABASE_URL: server.databaseUrl });
    try {
      const put = (base: string, resource: Record<string, unknown>) =>
        send('PUT', `${base}/${resource.resourceType}/${resource.id}`, resource);
      const system = (...codes: string[]) => ({ ...codeSystem('moving', codes), id: 'moving' });
      const set = (...code: string[]) => ({
        ...valueSet('moving', [{ system: 'http://t/moving', concept: code.map((each) => ({ code: each })) }]),
        id: 'moving',
      });
      const whole = { ...valueSet('moving', [{ system: 'http://t/moving' }]), id: 'moving' };
      await put(server.base, system('a'));
      await put(server.base, whole);
      const query: Query = [['url', 'http://t/vs/moving']];
      const both = async () => {
        const answers = [
          await get(query),
          await send('GET', `${other.base}/ValueSet/$expand?${new URLSearchParams(query)}`),
        ];
        return answers.map(codesOf);
      };
      expect(await both()).toEqual([['a'], ['a']]);
      await put(other.base, system('a', 'b'));
      expect(await both()).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
      await put(server.base, set('b'));
      expect(await both()).toEqual([['b'], ['b']]);
      await put(other.base, whole);
      expect(await both()).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
      await send('DELETE', `${server.base}/CodeSystem/moving`);
      expectRefusal(await get(query), 422, { code: 'not-found' });
      expectRefusal(await send('GET', `${other.base}/ValueSet/$expand?${new URLSearchParams(query)}`), 422);
    } finally {
      await other.stop();
    }
  });
});

describe('in a batch', () => {
  it('is answered, seeing what the batch wrote', async () => {
    const resource = { ...valueSet('batched', [{ system: `${fhir}/administrative-gender` }]), id: 'batched' };
    const entry = [
      { request: { method: 'GET', url: 'ValueSet/$expand?url=http://t/vs/batched&count=1' } },
      { request: { method: 'PUT', url: 'ValueSet/batched' }, resource },
      { request: { method: 'GET', url: 'ValueSet/batched/$expand?count=0' } },
    ];
    const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    expect(
      body.entry.map(
        ({ resource: answer }: { resource?: { expansion?: { total: number } } }) => answer?.expansion?.total,
      ),
    ).toEqual([4, undefined, 4]);
  });
});

describe('a client', () => {
  it('fhir-kit-client expands by GET and POST', async () => {
    const client = new Client({ baseUrl: server.base });
    const url = `${fhir}/ValueSet/administrative-gender`;
    const got = await client.operation({
      resourceType: 'ValueSet',
      name: 'expand',
      method: 'GET',
      input: { url },
    });
    expect(got).toMatchObject({ resourceType: 'ValueSet', expansion: { total: 4 } });
    const posted = await client.operation({
      resourceType: 'ValueSet',
      name: '$expand',
      input: { resourceType: 'Parameters', parameter: [{ name: 'url', valueUri: url }] },
    });
    expect(posted).toMatchObject({ resourceType: 'ValueSet', expansion: { total: 4 } });
  });
});
