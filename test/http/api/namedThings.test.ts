// What others go on to name is not deleted, licences are of one person whatever their case, and ids of one list do not pass for those
// of another.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

const SID = 'https://salus.example/fhir/sid/';
let server: TestServer;
let other: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  api = server.base.replace('/fhir/R4', '/api/v1');
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  });
const made = async (path: string, body: object): Promise<Answer> => {
  const answer = await call('POST', path, body);
  expect({ path, status: answer.status, text: answer.text }).toMatchObject({ path, status: 201 });
  return answer;
};

describe('DELETE /hospitals/{id}', () => {
  it('is refused as long as physicians and leads name it, with how many do', async () => {
    const { body: hospital } = await made('hospitals', { id: 'h-1', name: 'House' });
    await made('physicians', { id: 'd-1', last_name: 'Ortega', hospital_id: 'h-1' });
    await made('leads', { id: 'l-1', last_name: 'Luna', hospital_id: 'h-1' });
    const detail = 'House is still named by 1 job of a physician or pharmacist, 1 patient or lead';
    expectProblem(await call('DELETE', 'hospitals/h-1'), 409, { detail });
    expect((await call('GET', 'physicians/d-1')).body.hospital_id).toBe('h-1');
    await call('PATCH', 'physicians/d-1', { hospital_id: null });
    await call('PATCH', 'leads/l-1', { hospital_id: null });
    expect((await call('DELETE', 'hospitals/h-1')).status).toBe(204);
    expect((await send('GET', hospital._links.fhir.href)).status).toBe(410);
  });

  it('names what has no path here', async () => {
    const { body: hospital } = await made('hospitals', { id: 'h-2', name: 'Ward' });
    const reference = hospital._links.fhir.href.split('/').slice(-2).join('/');
    const ward = { resourceType: 'Organization', id: 'ward', name: 'W', partOf: { reference } };
    expect((await send('PUT', `${server.base}/Organization/ward`, ward)).status).toBe(201);
    expectProblem(await call('DELETE', 'hospitals/h-2'), 409, { detail: 'named by Organization/ward' });
  });

  it('leaves no physician at a hospital that is gone, whoever is first', async () => {
    for (let round = 0; round < 6; round++) {
      const [id, doctor] = [`race-${round}`, `at-${round}`];
      await made('hospitals', { id, name: 'House' });
      const [, gone] = await Promise.all([
        send(
          'POST',
          `${other.base.replace('/fhir/R4', '/api/v1')}/physicians`,
          {
            ...{ id: doctor, last_name: 'Ortega', hospital_id: id },
          },
          { 'content-type': 'application/json' },
        ),
        call('DELETE', `hospitals/${id}`),
      ]);
      const { body, status } = await call('GET', `physicians/${doctor}`);
      const isThere = status === 200;
      expect({ deleted: gone.status, isThere, at: body.hospital_id }).toEqual(
        gone.status === 204
          ? { deleted: 204, isThere: false, at: undefined }
          : { deleted: 409, isThere: true, at: id },
      );
    }
  });
});

describe('licences', () => {
  it('are of one person, whatever the case', async () => {
    await made('physicians', { id: 'd-2', last_name: 'First', medical_license_number: 'Ml-D7' });
    for (const medical_license_number of ['ml-d7', 'ML-D7', 'mL-d7']) {
      const twice = await call('POST', 'physicians', { last_name: 'Second', medical_license_number });
      const detail = `The licence "${medical_license_number}" is that of First (/api/v1/physicians/d-2), as "Ml-D7"`;
      expectProblem(twice, 409, { detail, pointer: '#/medical_license_number' });
    }
    expect((await call('PATCH', 'physicians/d-2', { medical_license_number: 'ML-D7' })).status).toBe(200);
    await made('physicians', { last_name: 'Third', medical_license_number: 'ML-D70' });
  });

  it('are of one person, of many who are entered at the same time', async () => {
    const all = ['zz-1', 'ZZ-1', 'Zz-1', 'zZ-1'].map((medical_license_number, i) =>
      call('POST', 'physicians', { last_name: `Rival ${i}`, medical_license_number }),
    );
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409, 409]);
  });
});

describe('an id of /contacts where one of /physicians is meant', () => {
  it('is refused with the id that is meant', async () => {
    const doctor = {
      ...{
        resourceType: 'Practitioner',
        id: 'b1946ac9-2492-4d23-8b51-9c2a8f6d3c11',
        name: [{ family: 'Migrated' }],
      },
      identifier: [{ system: `${SID}crm-contacts`, value: 'm1' }],
    };
    expect((await send('PUT', `${server.base}/Practitioner/${doctor.id}`, doctor)).status).toBe(201);
    const hint = `As a contact there is one, /api/v1/contacts/m1: the physician_id is "${doctor.id}".`;
    expectProblem(await call('GET', 'physicians/m1'), 404, { detail: hint });
    const patient_id = (await made('patients', { last_name: 'Sol' })).body.id;
    const referral = { kind: 'ct', patient_id, trial_id: 'T', physician_id: 'm1' };
    expectProblem(await call('POST', 'referrals', referral), 422, {
      detail: hint,
      pointer: '#/physician_id',
    });
    const visit = { time: '2026-01-31T10:20:00Z', kind: 'phone', outcome: 'healthy', doctor: 'm1' };
    expectProblem(await call('POST', `patients/${patient_id}/interactions`, visit), 422, {
      detail: hint,
      pointer: '#/doctor',
    });
    expect((await call('GET', `physicians/${doctor.id}`)).status).toBe(200);
    expect((await call('GET', 'physicians/nobody')).body.detail).not.toContain('contact');
  });
});
