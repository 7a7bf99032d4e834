// People's conditions: what is changed, deleted, and done in batches; what others wrote is kept.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';
import { apiOf, askAt, CLINICAL, tagOf, twoServers, validAt } from './conditionsApi.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ server, stop } = await twoServers());
});
afterAll(() => stop());

type Headers = Record<string, string>;
const ask = (method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer> =>
  askAt(server, method, path, body, headers);
const post = (body: unknown, headers?: Headers) => ask('POST', 'conditions', body, headers);
const fhirOf = (thing: Answer): Promise<Answer> => validAt(server, thing.body._links.fhir.href);

let people = 0;
/** A new patient, by the id in the plain form. */
async function patient(): Promise<string> {
  const id = `c-${++people}`;
  expect((await ask('POST', 'patients', { id, last_name: `Patient ${id}` })).status).toBe(201);
  return id;
}

describe('PUT, PATCH and DELETE /conditions/{id}', () => {
  it('changes what is told; dates go with the status', async () => {
    const patient_id = await patient();
    const made = await post({ patient_id, medical_condition: 'DMD', onset_date: '2020' });
    const path = `conditions/${made.body.id}`;
    const resolved = { status: 'resolved', abatement_date: '2024-01-31' };
    const changed = await ask('PATCH', path, resolved, { 'if-match': tagOf(made) });
    expect(changed.body).toMatchObject({ ...resolved, onset_date: '2020', medical_condition: 'DMD' });
    await fhirOf(changed);
    expectProblem(await ask('PATCH', path, { status: 'active' }), 422, { pointer: '#/abatement_date' });
    const active = await ask('PATCH', path, { status: 'active', abatement_date: null });
    expect(active.body).not.toHaveProperty('abatement_date');
    await fhirOf(active);
    const { _links, ...asIs } = active.body;
    expect(tagOf(await ask('PUT', path, asIs))).toBe(tagOf(active));
    const replaced = await ask('PUT', path, { patient_id, medical_condition: 'IPF' });
    expect(replaced.body).toMatchObject({ id: made.body.id, medical_condition: 'IPF', status: 'active' });
    expect(replaced.body).not.toHaveProperty('onset_date');
    await fhirOf(replaced);
    expect((await post({ patient_id, medical_condition: 'DMD' })).status).toBe(201);
    expectProblem(await ask('PATCH', path, { medical_condition: 'DMD' }), 409);
    expectProblem(await ask('PATCH', path, { medical_condition: 'what?' }), 422, {
      pointer: '#/medical_condition',
    });
    expectProblem(await ask('PATCH', path, { note: 'x' }, { 'if-match': tagOf(made) }), 412);
    expectProblem(await ask('PUT', path, { medical_condition: 'IPF' }), 422, { pointer: '#/patient_id' });
    expectProblem(await ask('PATCH', 'conditions/none', { note: 'x' }), 404);
    expect((await ask('DELETE', path)).status).toBe(204);
    expectProblem(await ask('GET', path), 404);
    expect((await send('GET', made.body._links.fhir.href)).status).toBe(410);
  });

  it('keeps what an EHR wrote with codes of its own', async () => {
    const patient_id = await patient();
    const subject = (await ask('GET', `patients/${patient_id}`)).body._links.fhir.href
      .split('/')
      .slice(-2)
      .join('/');
    const code = {
      coding: [
        { system: 'http://snomed.info/sct', code: '44054006', display: 'Diabetes mellitus type 2' },
        { system: 'http://hl7.org/fhir/sid/icd-10', code: 'E11' },
      ],
      text: 'Diabetes, type 2',
    };
    const { body } = await send('POST', `${server.base}/Condition`, {
      ...{ resourceType: 'Condition', subject: { reference: subject, display: 'Kept' }, code },
      clinicalStatus: { coding: [{ system: CLINICAL, code: 'resolved' }] },
      ...{ onsetAge: { value: 41, system: 'http://unitsofmeasure.org', code: 'a' } },
      ...{ abatementString: 'last summer', bodySite: [{ text: 'Kept' }] },
      note: [
        { text: 'First', authorString: 'Dr. A' },
        { text: 'Second', authorString: 'Dr. B' },
      ],
    });
    const read = await ask('GET', `conditions/${body.id}`);
    expect(read.body).toMatchObject({
      ...{ id: body.id, patient_id, medical_condition: 'Diabetes, type 2', name: 'Diabetes mellitus type 2' },
      ...{ code: '44054006', code_system: 'http://snomed.info/sct', status: 'resolved', note: 'First' },
    });
    expect(read.body._links).not.toHaveProperty('medical_condition');
    const byText = await ask('GET', 'conditions?medical_condition=Diabetes');
    expect(byText.body.data).toMatchObject([{ id: body.id }]);
    const changed = await ask('PATCH', `conditions/${body.id}`, { verification: 'confirmed' });
    expect(changed.status).toBe(200);
    const { meta: _, ...before } = body;
    expect((await fhirOf(changed)).body).toMatchObject(before);
    expectProblem(await ask('PATCH', `conditions/${body.id}`, { status: 'active' }), 422, {
      ...{ pointer: '#/status', detail: 'abatementString' },
    });
    const noted = await ask('PATCH', `conditions/${body.id}`, { note: 'New', onset_date: '2015' });
    const fhir = (await fhirOf(noted)).body;
    expect(fhir.note).toEqual([{ text: 'New' }, { text: 'Second', authorString: 'Dr. B' }]);
    expect(fhir).toMatchObject({ onsetDateTime: '2015', code });
    expect(fhir).not.toHaveProperty('onsetAge');
    const coded = await ask('PATCH', `conditions/${body.id}`, { medical_condition: 'GBM' });
    expect(coded.body).toMatchObject({ medical_condition: 'GBM', name: 'Glioblastoma' });
  });

  it('takes what a CRM told in words, under the id that follows from them', async () => {
    const patient_id = await patient();
    const subject = (await ask('GET', `patients/${patient_id}`)).body._links.fhir.href.split('/').at(-1);
    const system = 'https://salus.example/fhir/sid/crm-conditions';
    const make = (text: string) =>
      send('POST', `${server.base}/Condition`, {
        ...{ resourceType: 'Condition', code: { text }, subject: { reference: `Patient/${subject}` } },
        identifier: [{ system, value: `${subject}|text:${text}` }],
        abatementDateTime: '2020',
        clinicalStatus: { coding: [{ system: CLINICAL, code: 'resolved' }] },
      });
    const { body } = await make('something of the heart');
    const id = `${subject}|text:something of the heart`;
    const [listed] = (await ask('GET', `conditions?patient_id=${patient_id}`)).body.data;
    expect(listed).toMatchObject({ id, medical_condition: 'something of the heart' });
    const changed = await ask('PATCH', listed._links.self.href, { note: 'Which?\n' });
    expect(changed.body).toMatchObject({ id, note: 'Which?\n', abatement_date: '2020' });
    const put = await ask('PUT', listed._links.self.href, changed.body);
    expect(tagOf(put)).toBe(tagOf(changed));
    await ask('DELETE', listed._links.self.href);
    expect((await send('GET', `${server.base}/Condition/${body.id}`)).status).toBe(410);
    const long = await make(`long ${'x'.repeat(300)}`);
    const found = await ask('GET', `conditions/${long.body.id}`);
    expect(found.body.id).toBe(long.body.id);
  });

  it('does not know what was entered in error', async () => {
    const patient_id = await patient();
    const made = await post({ patient_id, medical_condition: 'DMD' });
    const { body } = await fhirOf(made);
    const { clinicalStatus: _, ...rest } = body;
    const system = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
    const verificationStatus = { coding: [{ system, code: 'entered-in-error' }] };
    const put = await send('PUT', `${server.base}/Condition/${body.id}`, { ...rest, verificationStatus });
    expect(put.status).toBe(200);
    expectProblem(await ask('GET', `conditions/${made.body.id}`), 404);
    expect((await post({ patient_id, medical_condition: 'DMD' })).status).toBe(201);
  });
});

describe('POST /conditions:batch', () => {
  it('does all or nothing, or each for itself', async () => {
    const [one, two] = [await patient(), await patient()];
    const create = (patient_id: string, medical_condition: string) => ({
      ...{ op: 'create', data: { patient_id, medical_condition } },
    });
    const bad = [create(one, 'DMD'), create(two, 'nothing')];
    expectProblem(await ask('POST', 'conditions:batch', { operations: bad }), 422, {
      pointer: '#/operations/1/data/medical_condition',
    });
    expect((await ask('GET', `conditions?patient_id=${one}&total=true`)).body.total).toBe(0);
    const twice = await ask('POST', 'conditions:batch', {
      operations: [create(one, 'DMD'), create(one, 'dmd')],
    });
    expectProblem(twice, 422, { pointer: '#/operations/1', detail: 'It is about the same as operation 0.' });
    const good = await ask('POST', 'conditions:batch', {
      operations: [create(one, 'DMD'), create(two, 'DMD'), create(two, 'GBM')],
    });
    expect(good.body).toMatchObject({ succeeded: 3, failed: 0 });
    const each = await ask('POST', 'conditions:batch', {
      ...{ atomic: false, operations: [create(one, 'DMD'), create(one, 'IPF')] },
    });
    expect(each.body.results.map(({ status }: { status: number }) => status)).toEqual([409, 201]);
  });
});

describe('GET /api/openapi.json', () => {
  it('describes what is answered', async () => {
    const { body: document } = await send('GET', apiOf(server).replace(/v1$/, 'openapi.json'));
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', ...document });
    const made = await post({ patient_id: await patient(), medical_condition: 'GBM', note: 'Described.' });
    await ask('PATCH', 'medical-conditions/GBM', { name: 'Glioblastoma multiforme' });
    const seen: [schema: string, body: unknown][] = [
      ['Condition', made.body],
      ['ConditionPage', (await ask('GET', 'conditions?limit=2&total=true')).body],
      ['MedicalCondition', (await ask('GET', 'medical-conditions/GBM')).body],
      ['MedicalConditionPage', (await ask('GET', 'medical-conditions?pageSize=2&total=true')).body],
    ];
    for (const [schema, body] of seen) {
      const validate = ajv.getSchema(`document#/components/schemas/${schema}`)!;
      expect({ schema, valid: validate(body), errors: validate.errors }).toEqual({
        ...{ schema, valid: true, errors: null },
      });
      const { properties } = document.components.schemas[schema];
      for (const name of Object.keys(body as object)) expect(properties).toHaveProperty(name);
    }
  });
});
