// CodeSystem/$lookup over HTTP, on published and stored code systems.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../http/expectRefusal.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem } from '../terminology/testTerminology.ts';
import { get, type Part, parts, post, put, valueIn, values } from './terminologySupport.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const url = () => `${server.base}/CodeSystem/$lookup`;
const v3 = (name: string) => `http://terminology.hl7.org/CodeSystem/${name}`;

/** The properties of an answer as `code=value`, with the type of the value and the description. */
function properties(list: readonly Part[]): string[] {
  return list
    .filter(({ name }) => name === 'property')
    .map(({ part = [] }) => {
      const find = (name: string) => part.find((each) => each.name === name);
      const type = Object.keys(find('value')!).find((key) => key.startsWith('value'));
      const description = find('description') ? ` (${valueIn(find('description'))})` : '';
      const value = valueIn(find('value'));
      const text = typeof value === 'object' ? JSON.stringify(Object.entries(value!).sort()) : value;
      return `${valueIn(find('code'))}=${type} ${text}${description}`;
    });
}

const fruit = {
  ...codeSystem(
    'lookup-fruit',
    [
      {
        code: 'citrus',
        display: 'Citrus',
        definition: 'Sour fruit',
        concept: [
          {
            code: 'lemon',
            display: 'Lemon',
            designation: [
              { language: 'de', value: 'Zitrone' },
              { language: 'de', use: { system: 'http://t/use', code: 'slang' }, value: 'Saure' },
              { language: 'fr-CH', value: 'Citron' },
              { use: { system: 'http://t/use', code: 'label' }, value: 'LEM' },
            ],
            property: [
              { code: 'kin', valueCode: 'citrus' },
              { code: 'eaten', valueBoolean: true },
              { code: 'rank', valueInteger: 3 },
              { code: 'weight', valueDecimal: 0.25 },
              { code: 'found', valueDateTime: '1850-02' },
              { code: 'note', valueString: 'yellow' },
              { code: 'other', valueCoding: { system: 'http://t/o', code: 'x', display: 'Ex' } },
              { code: 'above', valueCode: 'peel' },
            ],
          },
        ],
      },
      { code: 'peel' },
      { code: 'old', property: [{ code: 'status', valueCode: 'retired' }] },
    ],
    {
      id: 'lookup-fruit',
      version: '2.0',
      name: 'Fruit',
      title: 'All the fruit',
      caseSensitive: false,
      property: [
        { code: 'kin', type: 'code' },
        { code: 'eaten', type: 'boolean' },
        { code: 'rank', type: 'integer' },
        { code: 'weight', type: 'decimal' },
        { code: 'found', type: 'dateTime' },
        { code: 'note', type: 'string' },
        { code: 'other', type: 'Coding' },
        { code: 'above', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#parent' },
        { code: 'status', type: 'code', uri: 'http://hl7.org/fhir/concept-properties#status' },
      ],
    },
  ),
} as { resourceType: string; id: string; [key: string]: unknown };

const lemon = { system: 'http://t/lookup-fruit', code: 'lemon' };

describe('$lookup of published code systems', () => {
  it.each([
    ['http://hl7.org/fhir/administrative-gender', 'male', 'Male', 'Male.'],
    [v3('condition-clinical'), 'active', 'Active', /subject is currently experiencing/],
    [v3('observation-category'), 'vital-signs', 'Vital Signs', /Clinical observations measure/],
    [v3('v3-ActCode'), 'IMP', 'inpatient encounter', /patient encounter/i],
    ['http://dicom.nema.org/resources/ontology/DCM', '110100', 'Application Activity', /^Audit event:/],
  ])('tells what %s says of %s', async (system, code, display, definition) => {
    const list = parts(await get(url(), { system, code }));
    const { name, display: found } = values(list);
    expect(name).toMatch(/\S/);
    expect(found).toBe(display);
    const property = properties(list).find((each) => each.startsWith('definition='));
    expect(property).toMatch(
      typeof definition === 'string' ? new RegExp(`valueString ${definition}`) : /definition=valueString /,
    );
    if (definition instanceof RegExp) {
      expect(property!.slice('definition=valueString '.length)).toMatch(definition);
    }
  });

  it('gives the designations of a v2 table', async () => {
    const { designation, display } = values(
      parts(await get(url(), { system: v3('v2-0127'), code: 'DA', displayLanguage: 'nl' })),
    );
    expect(designation).toEqual(expect.arrayContaining([expect.objectContaining({ language: 'nl' })]));
    expect((designation as { value: string }[]).map(({ value }) => value)).toContain(display);
  });

  it('gives parents and children with what they are called', async () => {
    const list = parts(
      await get(url(), {
        system: v3('condition-clinical'),
        code: 'active',
        property: ['child', 'parent', 'inactive'],
      }),
    );
    expect(properties(list)).toEqual([
      'child=valueCode recurrence (Recurrence)',
      'child=valueCode relapse (Relapse)',
      'inactive=valueBoolean false',
    ]);
    const below = parts(
      await get(url(), { system: v3('condition-clinical'), code: 'relapse', property: 'parent' }),
    );
    expect(properties(below)).toEqual(['parent=valueCode active (Active)']);
  });
});

describe('$lookup of stored code systems', () => {
  beforeAll(() => put(server.base, fruit));

  it('answers with all there is', async () => {
    const list = parts(await get(url(), lemon));
    expect(list.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) === at)).toEqual([
      'name',
      'version',
      'display',
      'designation',
      'property',
    ]);
    const { name, version, display, designation } = values(list);
    expect({ name, version, display }).toEqual({ name: 'All the fruit', version: '2.0', display: 'Lemon' });
    expect(designation).toEqual([
      { language: 'de', value: 'Zitrone' },
      { language: 'de', use: { system: 'http://t/use', code: 'slang' }, value: 'Saure' },
      { language: 'fr-CH', value: 'Citron' },
      { use: { system: 'http://t/use', code: 'label' }, value: 'LEM' },
    ]);
    expect(properties(list)).toEqual([
      'parent=valueCode citrus (Citrus)',
      'parent=valueCode peel',
      'inactive=valueBoolean false',
      'kin=valueCode citrus (Citrus)',
      'eaten=valueBoolean true',
      'rank=valueInteger 3',
      'weight=valueDecimal 0.25',
      'found=valueDateTime 1850-02',
      'note=valueString yellow',
      'other=valueCoding [["code","x"],["display","Ex"],["system","http://t/o"]] (Ex)',
    ]);
  });

  it.each([
    ['definition', [], 'citrus', ['definition=valueString Sour fruit']],
    ['child', [], 'citrus', ['child=valueCode lemon (Lemon)']],
    ['rank', [], 'lemon', ['rank=valueInteger 3']],
    [['rank', 'note'], [], 'lemon', ['rank=valueInteger 3', 'note=valueString yellow']],
    // A property that means the parent is one, by its own name too.
    ['above', [], 'lemon', ['parent=valueCode citrus (Citrus)', 'parent=valueCode peel']],
    ['url', [], 'lemon', ['url=valueUri http://t/lookup-fruit']],
    ['designation', ['Zitrone', 'Saure', 'Citron', 'LEM'], 'lemon', []],
    ['lang.de', ['Zitrone', 'Saure'], 'lemon', []],
    ['lang.fr', ['Citron'], 'lemon', []],
    ['no-such', [], 'lemon', []],
    [['inactive', 'status'], [], 'old', ['inactive=valueBoolean true', 'status=valueCode retired']],
  ])('answers with property %j alone', async (property, designations, code, expected) => {
    const list = parts(await get(url(), { ...lemon, code, property }));
    expect(properties(list)).toEqual(expected);
    const { designation = [] } = values(list) as { designation?: { value: string }[] };
    expect(designation.map(({ value }) => value)).toEqual(designations);
  });

  it('answers with everything where property is *', async () => {
    const usual = properties(parts(await get(url(), lemon)));
    const all = properties(parts(await get(url(), { ...lemon, property: '*' })));
    expect(all).toEqual(['url=valueUri http://t/lookup-fruit', ...usual]);
  });

  it.each([
    ['de', 'Zitrone'],
    ['de-AT', 'Zitrone'],
    ['fr', 'Citron'],
    ['it', 'Lemon'],
  ])('shows the display in %s', async (displayLanguage, display) => {
    expect(values(parts(await get(url(), { ...lemon, displayLanguage }))).display).toBe(display);
  });

  it('takes a code, or a Coding by POST, in a version too, and whatever case the system does not care for', async () => {
    const expected = parts(await get(url(), lemon));
    const answers = [
      await get(url(), { ...lemon, version: '2.0' }),
      await get(url(), { ...lemon, code: 'LEMON' }),
      await post(url(), { name: 'code', valueCode: 'lemon' }, { name: 'system', valueUri: lemon.system }),
      await post(url(), { name: 'coding', valueCoding: lemon }),
      await post(url(), { name: 'coding', valueCoding: { ...lemon, version: '2.0' } }),
      await post(
        url(),
        { name: 'coding', valueCoding: lemon },
        { name: 'version', valueString: '2.0' },
        { name: 'system', valueUri: lemon.system },
      ),
    ];
    for (const answer of answers) expect(parts(answer)).toEqual(expected);
  });

  it('has what a supplement adds', async () => {
    await put(server.base, {
      ...codeSystem('lookup-more', [
        {
          code: 'lemon',
          designation: [{ language: 'es', value: 'Limón' }],
          property: [{ code: 'colour', valueString: 'yellow' }],
        },
      ]),
      id: 'lookup-more',
      content: 'supplement',
      supplements: lemon.system,
      property: [{ code: 'colour', type: 'string' }],
    } as never);
    const list = parts(
      await get(url(), { ...lemon, displayLanguage: 'es', property: ['colour', 'lang.es'] }),
    );
    expect(values(list)).toMatchObject({
      display: 'Limón',
      designation: [{ language: 'es', value: 'Limón' }],
    });
    expect(properties(list)).toEqual(['colour=valueString yellow']);
    await send('DELETE', `${server.base}/CodeSystem/lookup-more`);
  });

  it('takes a stored code system in place of a published one', async () => {
    const system = 'http://hl7.org/fhir/narrative-status';
    const before = values(parts(await get(url(), { system, code: 'empty' })));
    expect(before.property).toEqual(
      expect.arrayContaining([expect.objectContaining({ code: 'definition' })]),
    );
    await put(server.base, { ...codeSystem('n', ['empty']), id: 'own-narrative', url: system } as never);
    const own = parts(await get(url(), { system, code: 'empty' }));
    expect(properties(own)).toEqual(['inactive=valueBoolean false']);
    await send('DELETE', `${server.base}/CodeSystem/own-narrative`);
    expect(values(parts(await get(url(), { system, code: 'empty' })))).toEqual(before);
  });
});

describe('what $lookup refuses', () => {
  it.each<[string, Record<string, string | string[]>, number, string, string]>([
    ['no code', { system: 'http://t/x' }, 400, 'required', 'either "code"'],
    ['a code without system', { code: 'male' }, 400, 'required', '"code" needs "system"'],
    ['an unknown parameter', { ...lemon, useSupplement: 'x' }, 400, 'not-supported', '"useSupplement"'],
    ['a date', { ...lemon, date: '2020-01-01' }, 400, 'not-supported', '"date" cannot be used here'],
    [
      'two systems',
      { code: 'a', system: ['http://t/x', 'http://t/y'] },
      400,
      'value',
      '"system" may be given once',
    ],
    [
      'a Coding in the URL',
      { coding: 'http://t/x|a' },
      400,
      'value',
      'must be a Coding in a Parameters body',
    ],
    [
      'an unknown system',
      { system: 'http://snomed.info/sct', code: '1' },
      404,
      'not-found',
      'http://snomed.info/sct is not known here',
    ],
    [
      'an unknown version',
      { system: 'http://hl7.org/fhir/administrative-gender', code: 'male', version: '9' },
      404,
      'not-found',
      'in version 9 is not known here; here it is version 4.0.1',
    ],
    [
      'an unknown code',
      { system: 'http://hl7.org/fhir/administrative-gender', code: 'x' },
      404,
      'not-found',
      "'x' is not known in the code system http://hl7.org/fhir/administrative-gender",
    ],
    [
      'a code in the wrong case',
      { system: 'http://hl7.org/fhir/administrative-gender', code: 'MALE' },
      404,
      'not-found',
      "'MALE'",
    ],
  ])('%s', async (_, parameters, status, code, diagnostics) => {
    expectRefusal(await get(url(), parameters), status, { code, diagnostics });
  });

  it('a code beside a coding, a Coding of another system, one without a system, and other bodies', async () => {
    const coding = { name: 'coding', valueCoding: lemon };
    expectRefusal(await post(url(), coding, { name: 'code', valueCode: 'lemon' }), 400, { code: 'required' });
    expectRefusal(await post(url(), coding, { name: 'system', valueUri: 'http://t/y' }), 400, {
      diagnostics: '"system" is http://t/y, but "coding" has the system http://t/lookup-fruit',
    });
    expectRefusal(await post(url(), { name: 'coding', valueCoding: { code: 'a' } }), 400, {
      code: 'required',
      expression: ['coding.system'],
    });
    expectRefusal(await send('POST', url(), { resourceType: 'Patient' }), 400, { code: 'value' });
  });

  it('a code of which it is not known whether the code system has it', async () => {
    await put(server.base, {
      ...codeSystem('lookup-part', ['a'], { content: 'fragment' }),
      id: 'lookup-part',
    } as never);
    expect(parts(await get(url(), { system: 'http://t/lookup-part', code: 'a' }))).toHaveLength(3);
    expectRefusal(await get(url(), { system: 'http://t/lookup-part', code: 'b' }), 404, {
      diagnostics: 'of which only a part (content: fragment) is known here',
    });
  });

  it('an instance: R4 has it on the type alone', async () => {
    expectRefusal(await get(`${server.base}/CodeSystem/lookup-fruit/$lookup`, { code: 'lemon' }), 404, {
      code: 'not-supported',
      diagnostics: '$lookup is no instance operation of CodeSystem',
    });
  });
});
