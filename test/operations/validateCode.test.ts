// ValueSet/$validate-code and CodeSystem/$validate-code over HTTP.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'fhir-kit-client';
import { expectRefusal } from '../http/expectRefusal.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, valueSet } from '../terminology/testTerminology.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await store(colours);
  await store({ ...colours, version: '1', concept: [{ code: 'red', display: 'Red' }] });
  await store(codeSystem('shades', [{ code: 'AbC', display: 'Abc' }], { caseSensitive: false }));
});
afterAll(() => server?.stop());

const hl7 = 'http://terminology.hl7.org';
const fhir = 'http://hl7.org/fhir';
const sct = 'http://snomed.info/sct';
const loinc = 'http://loinc.org';
const gender = `${fhir}/administrative-gender`;
const genders = `${fhir}/ValueSet/administrative-gender`;
const system = 'http://t/colours';
const colours = codeSystem(
  'colours',
  [
    {
      code: 'warm',
      display: 'Warm',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [{ code: 'red', display: 'Red', designation: [{ language: 'de', value: 'Rot' }] }],
    },
    { code: 'puce', display: 'Puce', property: [{ code: 'inactive', valueBoolean: true }] },
    { code: 'bare' },
  ],
  { version: '2' },
);

type Parameters = Record<string, unknown>;
const VALUES: Record<string, string> = {
  url: 'valueUri',
  system: 'valueUri',
  code: 'valueCode',
  displayLanguage: 'valueCode',
  coding: 'valueCoding',
  codeableConcept: 'valueCodeableConcept',
  valueSet: 'resource',
  codeSystem: 'resource',
};
const valueName = (name: string, value: unknown) =>
  VALUES[name] ?? (typeof value === 'boolean' ? 'valueBoolean' : 'valueString');

const post = (parameters: Parameters, type = 'ValueSet'): Promise<Answer> =>
  send('POST', `${server.base}/${type}/$validate-code`, {
    resourceType: 'Parameters',
    parameter: Object.entries(parameters).map(([name, value]) => ({ name, [valueName(name, value)]: value })),
  });
const get = (parameters: Parameters, type = 'ValueSet'): Promise<Answer> =>
  send(
    'GET',
    `${server.base}/${type}/$validate-code?${new URLSearchParams(parameters as Record<string, string>)}`,
  );

/** The answer by name of the parameter; issues as `severity code expression`. */
function read(answer: Answer): Record<string, unknown> {
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status: 200,
    body: { resourceType: 'Parameters' },
  });
  const read: Record<string, unknown> = {};
  for (const { name, resource, ...value } of answer.body.parameter) {
    read[name] = resource
      ? resource.issue.map(
          (issue: { severity: string; code: string; expression: string[] }) =>
            `${issue.severity} ${issue.code} ${issue.expression}`,
        )
      : Object.values(value)[0];
  }
  return read;
}

async function store(resource: Record<string, unknown>): Promise<string> {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
}

const set = (...include: Record<string, unknown>[]) => valueSet('set', include);

describe('ValueSet/$validate-code', () => {
  it.each<[string, Parameters, Record<string, unknown>]>([
    [
      'a code',
      { code: 'male', system: gender },
      { result: true, display: 'Male', code: 'male', system: gender, version: '4.0.1' },
    ],
    ['its display', { code: 'male', system: gender, display: 'Male' }, { result: true }],
    ['its display in another case', { code: 'male', system: gender, display: ' MALE ' }, { result: true }],
    [
      'a wrong display',
      { code: 'male', system: gender, display: 'Man' },
      {
        result: false,
        display: 'Male',
        code: 'male',
        message: "The display 'Man' is wrong: 'male' is called 'Male'.",
        issues: ['error invalid display'],
      },
    ],
    [
      'no code of it',
      { code: 'man', system: gender },
      {
        result: false,
        message: expect.stringContaining('has no such code'),
        issues: ['error code-invalid code'],
      },
    ],
    [
      'another system',
      { code: 'male', system: 'http://t/x' },
      { result: false, issues: ['error code-invalid code'] },
    ],
    [
      'another, unknown system',
      { code: 'male', system: sct },
      { result: false, issues: ['error code-invalid code'] },
    ],
    ['its version', { code: 'male', system: gender, systemVersion: '4.0.1' }, { result: true }],
    [
      'a version that is not known',
      { code: 'male', system: gender, systemVersion: '9' },
      {
        result: false,
        message: expect.stringContaining('Version 9'),
        issues: ['warning not-found systemVersion'],
      },
    ],
    ['no system, to be inferred', { code: 'male', inferSystem: true }, { result: true, system: gender }],
    [
      'no system, of none',
      { code: 'man', inferSystem: true },
      { result: false, issues: ['error code-invalid code'] },
    ],
  ])('%s', async (_, parameters, expected) => {
    for (const ask of [get, post]) {
      expect(read(await ask({ url: genders, ...parameters }))).toMatchObject(expected);
    }
    const { code, system, systemVersion: version, display } = parameters as Record<string, string>;
    if (!system) return;
    const coding = { code, system, version, display };
    const asCoding = read(await post({ url: genders, coding }));
    const asConcept = read(await post({ url: genders, codeableConcept: { coding: [coding] } }));
    for (const answer of [asCoding, asConcept]) {
      expect([answer.result, answer.code, answer.display]).toEqual([
        expected.result,
        expected.result ? code : (expected.code ?? undefined),
        answer.display,
      ]);
      expect((answer.issues as string[] | undefined)?.length).toBe(
        (expected.issues as string[] | undefined)?.length,
      );
    }
  });

  it('says where in a coding or concept something is wrong', async () => {
    const wrong = { code: 'male', system: gender, display: 'Man' };
    expect(read(await post({ url: genders, coding: wrong })).issues).toEqual([
      'error invalid Coding.display',
    ]);
    const other = { code: 'x', system: gender, version: '4.0.1' };
    const both = read(await post({ url: genders, codeableConcept: { coding: [wrong, other] } }));
    expect(both.issues).toEqual([
      'error invalid CodeableConcept.coding[0].display',
      'error code-invalid CodeableConcept.coding[1].code',
    ]);
  });

  it('a concept needs one coding that is right', async () => {
    const coding = [
      { code: 'm', system: sct },
      { code: 'female', system: gender },
    ];
    expect(read(await post({ url: genders, codeableConcept: { coding } }))).toEqual({
      result: true,
      display: 'Female',
      code: 'female',
      system: gender,
      version: '4.0.1',
    });
    for (const concept of [{ text: 'female' }, { coding: [] }]) {
      expect(read(await post({ url: genders, codeableConcept: concept }))).toMatchObject({
        result: false,
        issues: ['error required CodeableConcept.coding'],
      });
    }
    expect(read(await post({ url: genders, coding: { system: gender } }))).toMatchObject({
      result: false,
      issues: ['error required Coding.code'],
    });
    expect(read(await post({ url: genders, coding: { code: 'male' } }))).toMatchObject({
      result: false,
      issues: ['error required Coding.system'],
    });
  });

  describe('what is not held is not guessed', () => {
    const undecided = { result: false, issues: ['warning not-found code'] };
    it.each<[string, Record<string, unknown>[], Parameters, Record<string, unknown>]>([
      ['a whole system', [{ system: sct }], { code: '1', system: sct }, undecided],
      [
        'a filter',
        [{ system: sct, filter: [{ property: 'concept', op: 'is-a', value: '1' }] }],
        { code: '1', system: sct },
        undecided,
      ],
      ['a value set', [{ valueSet: ['http://t/vs/none'] }], { code: '1', system: sct }, undecided],
      [
        'a part, not in it',
        [{ system: `${hl7}/CodeSystem/program` }],
        { code: 'x', system: `${hl7}/CodeSystem/program` },
        undecided,
      ],
      [
        'a part, in it',
        [{ system: `${hl7}/CodeSystem/program` }],
        { code: '1', system: `${hl7}/CodeSystem/program` },
        { result: true },
      ],
      [
        'a list, in it',
        [{ system: sct, concept: [{ code: '1', display: 'One' }] }],
        { code: '1', system: sct },
        { result: true, display: 'One' },
      ],
      [
        'a list, in it, by another name',
        [{ system: sct, concept: [{ code: '1', display: 'One' }] }],
        { code: '1', system: sct, display: 'Uno' },
        { result: true, issues: ['warning not-found display'] },
      ],
      [
        'a list, not in it',
        [{ system: sct, concept: [{ code: '1' }] }],
        { code: '2', system: sct },
        { result: false, issues: ['error code-invalid code'] },
      ],
      [
        'another system than the one in doubt',
        [{ system: sct }],
        { code: '1', system: loinc },
        { result: false, issues: ['error code-invalid code'] },
      ],
      [
        'a language, by its grammar',
        [{ system: 'urn:ietf:bcp:47' }],
        { code: 'de-CH', system: 'urn:ietf:bcp:47' },
        { result: true },
      ],
      [
        'no language',
        [{ system: 'urn:ietf:bcp:47' }],
        { code: 'd e', system: 'urn:ietf:bcp:47' },
        { result: false, issues: ['error code-invalid code'] },
      ],
    ])('%s', async (_, include, parameters, expected) => {
      const answer = read(await post({ valueSet: set(...include), ...parameters }));
      expect(answer).toMatchObject(expected);
      if (expected.result === true && !expected.issues) expect(answer.issues).toBeUndefined();
      if (expected === undecided)
        expect(answer.message).toMatch(/not known here|only a part is known here|knows no|does not hold/);
    });
  });

  it('a value set without definition may have any code', async () => {
    const { compose: _, ...resource } = set();
    expect(read(await post({ valueSet: resource, code: 'red', system }))).toMatchObject({
      result: false,
      issues: ['warning not-found code'],
    });
  });

  describe('codes that only group, or are no longer used', () => {
    const warm = { valueSet: set({ system }), code: 'warm', system };
    it.each<[Parameters, Record<string, unknown>]>([
      [warm, { result: true, issues: ['information business-rule code'] }],
      [{ ...warm, abstract: true }, { result: true }],
      [
        { ...warm, abstract: false },
        { result: false, issues: ['error business-rule code'] },
      ],
      [{ ...warm, code: 'red', abstract: false }, { result: true }],
      [
        { ...warm, code: 'puce' },
        { result: true, issues: ['warning business-rule code'] },
      ],
    ])('%#', async (parameters, expected) => {
      const answer = read(await post(parameters));
      expect(answer).toMatchObject(expected);
      expect(answer.issues).toEqual(expected.issues);
    });
  });

  describe('displays', () => {
    it.each<[Parameters, Record<string, unknown>]>([
      [{ display: 'Rot' }, { result: true, display: 'Red' }],
      [{ display: 'Red' }, { result: true }],
      [{ display: 'Rouge' }, { result: false }],
      [{ displayLanguage: 'de' }, { result: true, display: 'Rot' }],
      [
        { displayLanguage: 'de', display: 'rot' },
        { result: true, display: 'Rot' },
      ],
      [
        { displayLanguage: 'de', display: 'Red' },
        { result: false, display: 'Rot' },
      ],
      [
        { displayLanguage: 'fr', display: 'Red' },
        { result: true, display: 'Red' },
      ],
      [
        { code: 'bare', display: 'Any' },
        { result: true, issues: ['warning not-found display'] },
      ],
    ])('%j', async (parameters, expected) => {
      expect(
        read(await post({ valueSet: set({ system }), code: 'red', system, ...parameters })),
      ).toMatchObject(expected);
    });
    it('of published codes may be in another language', async () => {
      const marital = { code: 'A', system: `${hl7}/CodeSystem/v2-0002` };
      const [url, display] = [`${hl7}/ValueSet/v2-0002`, 'getrennt lebend'];
      expect(read(await post({ url, ...marital, display }))).toMatchObject({
        result: true,
        display: 'Separated',
      });
      expect(read(await post({ url, ...marital, display: 'getrennt' }))).toMatchObject({ result: false });
      const { system, code } = marital;
      const german = { url: system, code, display, displayLanguage: 'de' };
      expect(read(await post(german, 'CodeSystem'))).toMatchObject({ result: true, display });
    });
    it('that the value set gives will do too', async () => {
      const own = set({
        system,
        concept: [{ code: 'red', display: 'Crimson', designation: [{ value: 'Blood' }] }],
      });
      for (const display of ['Crimson', 'Blood', 'Red', 'Rot']) {
        expect(read(await post({ valueSet: own, code: 'red', system, display }))).toMatchObject({
          result: true,
          display: 'Crimson',
        });
      }
    });
  });

  it('a code is found in any case where its system does not care', async () => {
    const shades = 'http://t/shades';
    for (const valueSet of [set({ system: shades }), set({ system: shades, concept: [{ code: 'ABC' }] })]) {
      expect(read(await post({ valueSet, code: 'abc', system: shades }))).toMatchObject({
        result: true,
        code: 'AbC',
      });
      expect(read(await post({ valueSet, code: 'abc', inferSystem: true }))).toMatchObject({
        result: true,
        code: 'AbC',
      });
    }
    const answer = read(await post({ url: shades, code: 'ABC' }, 'CodeSystem'));
    expect(answer).toMatchObject({ result: true, code: 'AbC', display: 'Abc' });
    expect(read(await post({ valueSet: set({ system }), code: 'RED', system }))).toMatchObject({
      result: false,
    });
  });

  it('judges by the version of the code system that the code names', async () => {
    const any = { valueSet: set({ system }), system };
    expect(read(await post({ ...any, code: 'red', systemVersion: '1' }))).toMatchObject({
      result: true,
      version: '1',
    });
    expect(read(await post({ ...any, code: 'puce', systemVersion: '2' }))).toMatchObject({
      result: true,
      version: '2',
    });
    expect(read(await post({ ...any, code: 'puce', systemVersion: '1' }))).toMatchObject({ result: false });
    // A version that is not held may have a code that those held do not have, but only of this code system.
    expect(read(await post({ ...any, code: 'new', systemVersion: '3' }))).toMatchObject({
      result: false,
      issues: ['warning not-found systemVersion'],
    });
    expect(read(await post({ ...any, system: gender, code: 'male', systemVersion: '3' }))).toMatchObject({
      result: false,
      issues: ['error code-invalid code'],
    });
    const pinned = { valueSet: set({ system, version: '1' }), system };
    expect(read(await post({ ...pinned, code: 'red' }))).toMatchObject({ result: true, version: '1' });
    expect(read(await post({ ...pinned, code: 'red', systemVersion: '2' }))).toMatchObject({
      result: false,
      issues: ['error code-invalid systemVersion'],
    });
  });

  it('a code of several systems of the value set is not inferred', async () => {
    const two = set({ system }, { system: 'http://t/other', concept: [{ code: 'red' }] });
    expect(read(await post({ valueSet: two, code: 'red', inferSystem: true }))).toMatchObject({
      result: false,
      message: expect.stringContaining('http://t/other'),
      issues: ['error multiple-matches system'],
    });
  });

  it('a code that a value set lists and its code system does not have is in, with a warning', async () => {
    const odd = set({ system, concept: [{ code: 'mauve' }] });
    expect(read(await post({ valueSet: odd, code: 'mauve', system }))).toMatchObject({
      result: true,
      issues: ['warning code-invalid code'],
    });
  });

  it('is offered on instances', async () => {
    const id = await store(valueSet('instance', [{ system }]));
    const path = `ValueSet/${id}`;
    expect(read(await get({ code: 'red', system }, path))).toMatchObject({ result: true });
    expect(read(await post({ code: 'rad', system }, path))).toMatchObject({ result: false });
    expectRefusal(await get({ code: 'red', system, url: genders }, path), 400, { diagnostics: '"url"' });
    await send('DELETE', `${server.base}/${path}`);
    expectRefusal(await get({ code: 'red', system }, path), 410);
    expectRefusal(await get({ code: 'red', system }, 'ValueSet/none'), 404);
  });

  it.each<[Parameters, number, string, string]>([
    [{ code: 'male', system: gender }, 400, 'required', 'url'],
    [{ url: 'http://t/none', code: 'male', system: gender }, 404, 'not-found', 'http://t/none'],
    [{ url: genders, valueSetVersion: '1', code: 'male', system: gender }, 404, 'not-found', '|1'],
    [{ url: genders }, 400, 'required', 'codeableConcept'],
    [{ url: genders, code: 'male' }, 400, 'required', 'inferSystem'],
    [{ url: genders, code: 'male', inferSystem: 'false' }, 400, 'required', 'system'],
    [{ url: genders, context: 'x', code: 'male', system: gender }, 400, 'not-supported', '"context"'],
    [{ url: genders, date: '2020', code: 'male', system: gender }, 400, 'not-supported', '"date"'],
    [{ url: genders, code: 'male', system: gender, sistem: 'x' }, 400, 'not-supported', '"sistem"'],
    [{ url: genders, code: 'male', system: gender, abstract: 'maybe' }, 400, 'value', '"abstract"'],
    [{ url: genders, coding: 'x' }, 400, 'value', '"coding"'],
  ])('refuses %j', async (parameters, status, code, diagnostics) => {
    expectRefusal(await get(parameters), status, { code, diagnostics });
  });

  it('refuses codes that are given twice or malformed', async () => {
    const coding = { code: 'male', system: gender };
    expectRefusal(await post({ url: genders, coding, code: 'male', system: gender }), 400, { code: 'value' });
    expectRefusal(await post({ url: genders, coding, display: 'Male' }), 400, { diagnostics: '"display"' });
    expectRefusal(await post({ url: genders, coding: { code: 1 } }), 400, { expression: ['Coding.code'] });
    expectRefusal(await post({ url: genders, codeableConcept: { coding: 'x' } }), 400);
    expectRefusal(await post({ url: genders, codeableConcept: { coding: [null] } }), 400);
  });
});

describe('CodeSystem/$validate-code', () => {
  it.each<[string, Parameters, Record<string, unknown>]>([
    [
      'a code',
      { url: gender, code: 'male' },
      { result: true, display: 'Male', code: 'male', system: gender, version: '4.0.1' },
    ],
    ['its version', { url: gender, version: '4.0.1', code: 'male' }, { result: true }],
    ['a canonical with version', { url: `${gender}|4.0.1`, code: 'male' }, { result: true }],
    [
      'a version that is not held',
      { url: gender, version: '9', code: 'male' },
      { result: false, issues: ['warning not-found version'] },
    ],
    ['no code of it', { url: gender, code: 'man' }, { result: false, issues: ['error code-invalid code'] }],
    ['a display', { url: gender, code: 'male', display: 'male' }, { result: true }],
    [
      'a wrong display',
      { url: gender, code: 'male', display: 'Man' },
      { result: false, display: 'Male', issues: ['error invalid display'] },
    ],
    [
      'a system that is not held',
      { url: sct, code: '1' },
      { result: false, issues: ['warning not-found system'] },
    ],
    [
      'a part, not in it',
      { url: `${hl7}/CodeSystem/program`, code: 'x' },
      { result: false, issues: ['warning not-found code'] },
    ],
    ['a part, in it', { url: `${hl7}/CodeSystem/program`, code: '1' }, { result: true }],
    ['a media type', { url: 'urn:ietf:bcp:13', code: 'text/plain' }, { result: true }],
    [
      'no media type',
      { url: 'urn:ietf:bcp:13', code: 'plain' },
      { result: false, issues: ['error code-invalid code'] },
    ],
    ['grouping', { url: system, code: 'warm', abstract: 'false' }, { result: false }],
    ['a language', { url: system, code: 'red', displayLanguage: 'de' }, { result: true, display: 'Rot' }],
  ])('%s', async (_, parameters, expected) => {
    expect(read(await get(parameters, 'CodeSystem'))).toMatchObject(expected);
    const typed = { ...parameters, ...('abstract' in parameters ? { abstract: false } : {}) };
    expect(read(await post(typed, 'CodeSystem'))).toMatchObject(expected);
  });

  it('takes codings and concepts of its own system', async () => {
    const ask = async (parameters: Parameters) =>
      read(await post({ url: gender, ...parameters }, 'CodeSystem'));
    expect(await ask({ coding: { code: 'male', system: gender } })).toMatchObject({ result: true });
    expect(await ask({ coding: { code: 'male' } })).toMatchObject({ result: true });
    expect(await ask({ coding: { code: 'male', system } })).toMatchObject({
      result: false,
      issues: ['error code-invalid Coding.system'],
    });
    const coding = [
      { code: 'red', system },
      { code: 'male', system: gender },
    ];
    expect(await ask({ codeableConcept: { coding } })).toMatchObject({ result: true, code: 'male' });
    const versioned = { system, code: 'puce' };
    for (const [version, result] of [
      ['1', false],
      ['2', true],
      ['3', false],
    ] as const) {
      const answer = read(await post({ url: system, coding: { ...versioned, version } }, 'CodeSystem'));
      expect([version, answer.result]).toEqual([version, result]);
    }
  });

  it('takes a code system that is sent, or the one of the URL', async () => {
    const sent = codeSystem('sent', [{ code: 'a', concept: [{ code: 'b', display: 'Bee' }] }]);
    expect(read(await post({ codeSystem: sent, code: 'b' }, 'CodeSystem'))).toMatchObject({
      result: true,
      display: 'Bee',
    });
    const { url: _, ...unnamed } = sent;
    const ofUnnamed = read(await post({ codeSystem: unnamed, code: 'b' }, 'CodeSystem'));
    expect(ofUnnamed).toEqual({ result: true, display: 'Bee', code: 'b' });
    const id = await store(codeSystem('instance', ['x'], { version: '7' }));
    const path = `CodeSystem/${id}`;
    expect(read(await get({ code: 'x' }, path))).toMatchObject({ result: true, version: '7' });
    expect(read(await post({ code: 'y' }, path))).toMatchObject({ result: false });
    expect(read(await get({ code: 'x', version: '8' }, path))).toMatchObject({ result: false });
    expectRefusal(await get({ code: 'x', url: gender }, path), 400);
    const empty = await store(codeSystem('empty', [], { content: 'not-present', concept: undefined }));
    expectRefusal(await get({ code: 'x' }, `CodeSystem/${empty}`), 422, { diagnostics: 'not-present' });
    await send('DELETE', `${server.base}/${path}`);
    expectRefusal(await get({ code: 'x' }, path), 410);
  });

  it.each<[Parameters, number, string, string]>([
    [{ code: 'male' }, 400, 'required', 'url'],
    [{ url: gender }, 400, 'required', 'code'],
    [{ url: gender, code: 'male', system: gender }, 400, 'not-supported', '"system"'],
    [{ url: gender, code: 'male', date: '2020' }, 400, 'not-supported', '"date"'],
  ])('refuses %j', async (parameters, status, code, diagnostics) => {
    expectRefusal(await get(parameters, 'CodeSystem'), status, { code, diagnostics });
  });
});

it('fhir-kit-client validates codes', async () => {
  const client = new Client({ baseUrl: server.base });
  const input = { url: genders, code: 'male', system: gender };
  const got = await client.operation({
    resourceType: 'ValueSet',
    name: 'validate-code',
    method: 'GET',
    input,
  });
  expect(got).toMatchObject({ parameter: expect.arrayContaining([{ name: 'result', valueBoolean: true }]) });
  const parameter = [
    { name: 'url', valueUri: gender },
    { name: 'coding', valueCoding: { system: gender, code: 'x' } },
  ];
  const posted = await client.operation({
    resourceType: 'CodeSystem',
    name: 'validate-code',
    input: { resourceType: 'Parameters', parameter },
  });
  expect(posted).toMatchObject({
    parameter: expect.arrayContaining([{ name: 'result', valueBoolean: false }]),
  });
});
