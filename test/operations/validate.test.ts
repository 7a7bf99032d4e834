// $validate over HTTP (resource-operation-validate.html): every way to ask, every mode, and what the answer lists.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batch } from '../bundles/bundleSupport.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

const US_CORE_PATIENT = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
const UNKNOWN = 'https://example.org/fhir/StructureDefinition/unknown';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
  await send('PUT', `${base}/Patient/p`, { resourceType: 'Patient', id: 'p', gender: 'male' });
  await send('PUT', `${base}/Patient/p`, { resourceType: 'Patient', id: 'p', gender: 'female' });
  await send('PUT', `${base}/Patient/gone`, { resourceType: 'Patient', id: 'gone' });
  await send('DELETE', `${base}/Patient/gone`);
});
afterAll(() => server.stop());

type Issue = { severity: string; code: string; diagnostics: string; expression?: string[] };

/** The issues of a 200 answer. */
function issuesOf({ status, body, text }: Answer): Issue[] {
  expect({ status, text: status === 200 ? '' : text }).toEqual({ status: 200, text: '' });
  expect(body.resourceType).toBe('OperationOutcome');
  expect(body.issue.length).toBeGreaterThan(0);
  return body.issue;
}
const errorsOf = (answer: Answer) => issuesOf(answer).filter(({ severity }) => severity === 'error');
const parameters = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter });
const resource = (value: unknown) => ({ name: 'resource', resource: value });
const refusal = ({ status, body }: Answer) => ({ status, ...body.issue[0] });

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
const good = { resourceType: 'Patient', gender: 'male', birthDate: '1970-01-31' };
const bad = { resourceType: 'Patient', gender: 'mail', birthDate: '1970-02-31' };

describe('a resource', () => {
  it.each([
    ['as the body', 'Patient/$validate', good],
    ['in Parameters', 'Patient/$validate', parameters(resource(good))],
    ['on system level', '$validate', good],
    ['on an instance', 'Patient/p/$validate', good],
  ])('%s is judged', async (_, path, body) => {
    expect(errorsOf(await send('POST', `${base}/${path}`, body))).toEqual([]);
  });

  it('with nothing at all to say of it gets one informational issue', async () => {
    const parameter = { resourceType: 'Basic', code: { text: 'a' }, text: narrative };
    expect(issuesOf(await send('POST', `${base}/Basic/$validate`, parameter))).toEqual([
      { severity: 'information', code: 'informational', diagnostics: 'The resource is valid.' },
    ]);
  });

  it('gets all its issues at their places', async () => {
    const errors = errorsOf(await send('POST', `${base}/Patient/$validate`, bad));
    expect(errors.flatMap(({ expression }) => expression).sort()).toEqual([
      'Patient.birthDate',
      'Patient.gender',
    ]);
  });

  it.each([
    ['an unknown type', { resourceType: 'Patent' }],
    ['no type', { gender: 'male' }],
    ['no object', [1]],
    ['a number', 5],
    ['null', null],
    ['an unknown property', { resourceType: 'Patient', nme: 1 }],
  ])('that is none (%s) is an answer, not a refusal', async (_, body) => {
    expect(errorsOf(await send('POST', `${base}/Patient/$validate`, JSON.stringify(body)))).not.toEqual([]);
  });

  it('that is none is one inside Parameters as well', async () => {
    const answer = await send('POST', `${base}/$validate`, parameters(resource({ gender: 'male' })));
    expect(errorsOf(answer)).toEqual([expect.objectContaining({ code: 'required' })]);
  });

  it('of another type than the URL is told so, and judged', async () => {
    const errors = errorsOf(await send('POST', `${base}/Observation/$validate`, bad));
    expect(errors.map(({ expression }) => expression![0]).sort()).toEqual([
      'Patient.birthDate',
      'Patient.gender',
      'resourceType',
    ]);
  });

  it('is judged with the digits as they were sent', async () => {
    const quantity =
      '{"resourceType":"Observation","status":"final","code":{"text":"a"},"valueQuantity":{"value":';
    expect(errorsOf(await send('POST', `${base}/Observation/$validate`, `${quantity}1.50}}`))).toEqual([]);
    const [error] = errorsOf(await send('POST', `${base}/Observation/$validate`, `${quantity}"1.50"}}`));
    expect(error!.expression).toEqual(['Observation.value.value']);
  });

  it('inside a Bundle is judged at its place', async () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: good }, { resource: bad }],
    };
    const errors = errorsOf(await send('POST', `${base}/Bundle/$validate`, bundle));
    expect(errors.flatMap(({ expression }) => expression)).toEqual(
      expect.arrayContaining(['Bundle.entry[1].resource.gender', 'Bundle.entry[1].resource.birthDate']),
    );
    expect(errors.flatMap(({ expression }) => expression).join()).not.toContain('entry[0].resource.');
  });

  it('with more advice than is listed is no error, and errors are listed before advice', async () => {
    const entry = Array.from({ length: 300 }, () => ({ resource: good }));
    const bundle = { resourceType: 'Bundle', type: 'collection', entry };
    expect(errorsOf(await send('POST', `${base}/Bundle/$validate`, bundle))).toEqual([]);
    const mixed = { ...bundle, entry: [...entry, { resource: bad }] };
    const errors = errorsOf(await send('POST', `${base}/Bundle/$validate`, mixed));
    expect(errors.flatMap(({ expression }) => expression)).toContain('Bundle.entry[300].resource.gender');
  });

  it('that is stored is judged by GET and by POST without a body, in a batch too', async () => {
    expect(errorsOf(await send('GET', `${base}/Patient/p/$validate`))).toEqual([]);
    expect(errorsOf(await send('POST', `${base}/Patient/p/$validate`))).toEqual([]);
    const url = `Patient/p/$validate?profile=${encodeURIComponent(US_CORE_PATIENT)}`;
    const answer = await send('POST', base, batch([{ request: { method: 'GET', url } }]));
    const { resource: outcome, response } = answer.body.entry[0];
    expect(response.status).toBe('200 OK');
    expect(outcome.issue.some(({ severity }: Issue) => severity === 'error')).toBe(true);
  });
});

describe('profiles', () => {
  const asParameter = (name: string, url: string) => ({ name: 'profile', [name]: url });

  it.each(['valueCanonical', 'valueUri', 'valueUrl', 'valueString'])('are asked for as %s', async (name) => {
    const body = parameters(resource(good), asParameter(name, US_CORE_PATIENT));
    const errors = errorsOf(await send('POST', `${base}/Patient/$validate`, body));
    expect(errors.map(({ diagnostics }) => diagnostics).join()).toContain('identifier');
  });

  it('are asked for in the URL, and several of them', async () => {
    const query = [US_CORE_PATIENT, UNKNOWN].map((url) => `profile=${encodeURIComponent(url)}`).join('&');
    const errors = errorsOf(await send('POST', `${base}/Patient/$validate?${query}`, good));
    expect(errors.filter(({ code }) => code === 'not-found')).toEqual([
      expect.objectContaining({ diagnostics: expect.stringContaining(UNKNOWN) }),
    ]);
    expect(errors.some(({ diagnostics }) => diagnostics.includes('identifier'))).toBe(true);
  });

  it('of modifier extensions count from the moment they are stored', async () => {
    const url = 'https://example.org/fhir/StructureDefinition/not-done';
    const modified = { ...good, modifierExtension: [{ url, valueBoolean: true }] };
    expect(errorsOf(await send('POST', `${base}/Patient/$validate`, modified))).not.toEqual([]);
    await send('PUT', `${base}/StructureDefinition/not-done`, {
      ...{ resourceType: 'StructureDefinition', id: 'not-done', url, name: 'NotDone', status: 'active' },
      ...{ kind: 'complex-type', abstract: false, type: 'Extension', derivation: 'constraint' },
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Extension',
      context: [{ type: 'element', expression: 'Patient' }],
      differential: {
        element: [
          { id: 'Extension', path: 'Extension', isModifier: true, isModifierReason: 'It denies.' },
          { id: 'Extension.url', path: 'Extension.url', fixedUri: url },
          { id: 'Extension.value[x]', path: 'Extension.value[x]', min: 1, type: [{ code: 'boolean' }] },
        ],
      },
    });
    expect(errorsOf(await send('POST', `${base}/Patient/$validate`, modified))).toEqual([]);
  });

  it('that a resource claims count too; an unknown one is a warning', async () => {
    const claim = (url: string) => ({ ...good, meta: { profile: [url] } });
    expect(errorsOf(await send('POST', `${base}/Patient/$validate`, claim(US_CORE_PATIENT)))).not.toEqual([]);
    const issues = issuesOf(await send('POST', `${base}/Patient/$validate`, claim(UNKNOWN)));
    expect(issues).toContainEqual(
      expect.objectContaining({ severity: 'warning', diagnostics: expect.stringContaining(UNKNOWN) }),
    );
    expect(issues.some(({ severity }) => severity === 'error')).toBe(false);
  });

  it('for another type than the resource are an error', async () => {
    const body = parameters(
      resource({ ...good, resourceType: 'Person' }),
      asParameter('valueUri', US_CORE_PATIENT),
    );
    expect(errorsOf(await send('POST', `${base}/$validate`, body))).not.toEqual([]);
  });
});

describe('modes', () => {
  it('create tells what a create would refuse', async () => {
    const appointment = {
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'a' } },
      subject: { reference: 'Patient?nonsense=1' },
    };
    expect(errorsOf(await send('POST', `${base}/Observation/$validate`, appointment))).toEqual([]);
    const [error] = errorsOf(await send('POST', `${base}/Observation/$validate?mode=create`, appointment));
    const [refused] = (await send('POST', `${base}/Observation`, appointment)).body.issue;
    expect(error).toEqual(refused);
  });

  it('create and update tell of a search parameter that could not be used', async () => {
    const parameter = {
      ...{ resourceType: 'SearchParameter', id: 'x', url: 'urn:example:sp', name: 'x', status: 'active' },
      ...{ description: 'x', code: 'x', base: ['Patient'], type: 'string', expression: 'Patient.nme' },
    };
    const refused = await send('PUT', `${base}/SearchParameter/x`, parameter);
    expect(refused.status).toBe(422);
    for (const path of ['$validate?mode=create', 'x/$validate?mode=update']) {
      const errors = errorsOf(await send('POST', `${base}/SearchParameter/${path}`, parameter));
      expect(errors).toEqual(refused.body.issue);
    }
    expect((await send('GET', `${base}/SearchParameter/x`)).status).toBe(404);
    const usable = { ...parameter, expression: 'Patient.name.text' };
    expect(errorsOf(await send('POST', `${base}/SearchParameter/$validate?mode=create`, usable))).toEqual([]);
  });

  it.each([
    ['no id', {}, 'needs the id'],
    ['another id', { id: 'q' }, 'must be the same'],
  ])('update tells that there is %s', async (_, extra, said) => {
    const path = `${base}/Patient/p/$validate?mode=update`;
    const [error] = errorsOf(await send('POST', path, { ...good, ...extra }));
    expect(error).toMatchObject({ code: 'invalid', expression: ['Patient.id'] });
    expect(error!.diagnostics).toContain(said);
    expect(errorsOf(await send('POST', `${base}/Patient/p/$validate`, { ...good, ...extra }))).toEqual([]);
  });

  it('update tells of a version that is not the current one', async () => {
    const path = `${base}/Patient/p/$validate?mode=update`;
    const conflicts = async (versionId: string) =>
      issuesOf(await send('POST', path, { ...good, id: 'p', meta: { versionId } })).filter(
        ({ code }) => code === 'conflict',
      );
    expect(await conflicts('2')).toEqual([]);
    expect(await conflicts('1')).toEqual([
      expect.objectContaining({ severity: 'warning', expression: ['Patient.meta.versionId'] }),
    ]);
  });

  it.each([
    ['p', 'information', 'can be deleted'],
    ['gone', 'warning', 'deleted already'],
    ['never', 'warning', 'does not exist'],
  ])('delete of Patient/%s: %s', async (id, severity, said) => {
    for (const method of ['GET', 'POST']) {
      const issues = issuesOf(await send(method, `${base}/Patient/${id}/$validate?mode=delete`));
      expect(issues).toEqual([expect.objectContaining({ severity })]);
      expect(issues[0]!.diagnostics).toContain(said);
    }
    expect((await send('GET', `${base}/Patient/p`)).status).toBe(200);
  });

  it('profile judges the stored resource by the profile', async () => {
    const path = `${base}/Patient/p/$validate?mode=profile&profile=${encodeURIComponent(US_CORE_PATIENT)}`;
    expect(errorsOf(await send('GET', path))).not.toEqual([]);
  });
});

describe('is refused', () => {
  it.each([
    ['what is no JSON', '$validate', '{"resourceType":', 400, 'structure'],
    ['a key given twice', '$validate', '{"resourceType":"Patient","id":"a","id":"b"}', 400, 'structure'],
    ['nothing to judge', 'Patient/$validate', undefined, 400, 'required'],
    ['an empty Parameters', 'Patient/$validate', parameters(), 400, 'required'],
    ['an unknown parameter', 'Patient/$validate?strict=1', good, 400, 'not-supported'],
    ['an unknown mode', 'Patient/$validate?mode=upsert', good, 400, 'value'],
    ['two modes', 'Patient/$validate?mode=create&mode=update', good, 400, 'value'],
    ['two resources', '$validate', parameters(resource(good), resource(good)), 400, 'value'],
    ['a resource in the URL', 'Patient/$validate?resource=x', undefined, 400, 'value'],
    ['update without an instance', 'Patient/$validate?mode=update', good, 400, 'required'],
    ['update without a resource', 'Patient/p/$validate?mode=update', undefined, 400, 'required'],
    ['delete without an instance', 'Patient/$validate?mode=delete', undefined, 400, 'required'],
    ['profile with a resource', `Patient/p/$validate?mode=profile&profile=${UNKNOWN}`, good, 400, 'value'],
    ['profile without one', 'Patient/p/$validate?mode=profile', undefined, 400, 'value'],
    ['an empty profile', 'Patient/$validate?profile=', good, 400, 'value'],
    [
      'too many profiles',
      `Patient/$validate?${'profile=a&'.repeat(21).slice(0, -1)}`,
      good,
      400,
      'too-costly',
    ],
    ['an instance that never was', 'Patient/never/$validate', undefined, 404, 'not-found'],
    ['an instance that is gone', 'Patient/gone/$validate', undefined, 410, 'deleted'],
  ])('%s', async (_, path, body, status, code) => {
    expect(refusal(await send('POST', `${base}/${path}`, body))).toMatchObject({ status, code });
  });

  it('another media type', async () => {
    const answer = await send('POST', `${base}/$validate`, '<Patient/>', {
      'content-type': 'application/xml',
    });
    expect(answer.status).toBe(415);
  });
});

it('is in the CapabilityStatement on every type', async () => {
  const { body } = await send('GET', `${base}/metadata`);
  const [rest] = body.rest;
  const definition = 'http://hl7.org/fhir/OperationDefinition/Resource-validate';
  expect(rest.operation).toContainEqual({ name: 'validate', definition });
  for (const { operation } of rest.resource)
    expect(operation).toContainEqual({ name: 'validate', definition });
});

it('says of a profile why nothing can be validated against it', async () => {
  const profile = {
    ...{ resourceType: 'StructureDefinition', url: 'https://example.org/fhir/StructureDefinition/odd' },
    ...{ name: 'odd', status: 'draft', kind: 'resource', abstract: false, type: 'Patient' },
    ...{ baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient', derivation: 'constraint' },
    differential: { element: [{ id: 'Patient.shoeSize', path: 'Patient.shoeSize', min: 1 }] },
  };
  const { body } = await send('POST', `${base}/StructureDefinition/$validate`, profile);
  expect(body.issue).toContainEqual(
    expect.objectContaining({ severity: 'warning', diagnostics: expect.stringContaining('shoeSize') }),
  );
});

it('warns of a unit that UCUM does not have', async () => {
  const observation = (code: string) => ({
    ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
    valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code },
  });
  const about = async (code: string) => {
    const { body } = await send('POST', `${base}/Observation/$validate`, observation(code));
    return body.issue.filter(({ expression }: { expression?: string[] }) =>
      expression?.includes('Observation.value.code'),
    );
  };
  expect(await about('mgg//x')).toMatchObject([{ severity: 'warning', code: 'code-invalid' }]);
  for (const code of ['mg/dL', '[pH]', '{score}', '10*3/uL', 'mm[Hg]']) expect(await about(code)).toEqual([]);
});
