// Ids that clients choose, one by one, in batches and in files: none looks like the id of what other systems have put in (`fhir:[id]`).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clinicResources } from '../../../server/clinic/clinicResources.ts';
import { importList } from '../../clinic/clinicLists.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { askAt } from './conditionsApi.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
  askAt(server, method, path, body);
const fhir = async (name: string): Promise<Json> => (await send('GET', `${server.base}/${name}`)).body;
const stored = async (resource: Json): Promise<void> => {
  const { resourceType, id } = resource;
  expect((await send('PUT', `${server.base}/${resourceType}/${id}`, resource)).status).toBe(201);
};
const idsOf = async (path: string): Promise<string[]> => {
  const { status, body } = await ask('GET', path);
  expect({ path, status, body }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: Json) => id);
};

describe('ids that look like those of others', () => {
  const choosable = clinicResources.filter(({ schema }) => Object.hasOwn(schema.properties as Json, 'id'));

  it.each(choosable.map(({ name }) => name))('cannot be chosen for %s', async (name) => {
    const pointersOf = (body: Json): string[] => body.errors.map(({ pointer }: Json) => pointer);
    for (const id of ['fhir:1', 'fhir:', `fhir:${'x'.repeat(80)}`]) {
      const { status, body } = await ask('POST', name, { id });
      expect({ id, status }).toEqual({ id, status: 422 });
      expect(pointersOf(body)).toContain('#/id');
    }
    const { body } = await ask('POST', name, { id: 'own:1' });
    if (!['hospitals', 'medical-conditions'].includes(name)) expect(pointersOf(body)).not.toContain('#/id');
  });

  it('are all that can be chosen', () => {
    expect(choosable.map(({ name }) => name).sort()).toEqual([
      ...['bookings', 'conditions', 'contacts', 'hospitals', 'leads', 'medical-conditions', 'patients'],
      ...['physicians', 'referrals', 'studies'],
    ]);
  });

  it('cannot be chosen in a batch', async () => {
    const operations = ['fhir:1', 'b-1'].map((id) => ({ op: 'create', data: { id, last_name: 'Batch' } }));
    const { body } = await ask('POST', 'patients:batch', { atomic: false, operations });
    expect(body.results.map(({ status }: Json) => status)).toEqual([422, 201]);
  });

  it('are refused in rows of CSV, which may name whom others have put in', async () => {
    await stored({ resourceType: 'Patient', id: 'of-csv', name: [{ family: 'Csv' }] });
    const rows =
      'first_name,last_name,birth_date,email,id\nA,Rowa,,,fhir:none\nB,Rowb,,,csv-2\nC,Csv,,,fhir:of-csv\n';
    const { status, body } = await importList(server, 'patients', rows);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ created: 1, updated: 1, refused: 1, errors: [{ line: 2, column: 'id' }] },
    });
    expect((await fhir('Patient/of-csv')).name).toMatchObject([{ given: ['C'], family: 'Csv' }]);
    expect((await ask('GET', 'patients?last_name=Rowa')).body.data).toEqual([]);
    const studies = (id: string) =>
      `id,urgency_level,body_part,description,type,patient_id\n${id},HIGH,NECK,,XRAY,fhir:of-csv\nok-2,LOW,NECK,,XRAY,of-csv\n`;
    const imported = await importList(server, 'studies', studies('ok-1'));
    expect(imported.body).toMatchObject({
      ...{ created: 1, refused: 1, errors: [{ line: 3, column: 'patient_id' }] },
    });
    expect(await idsOf('patients/fhir:of-csv/studies')).toEqual(['ok-1']);
    const refused = await importList(server, 'studies', studies('fhir:3'));
    expect(refused.body.errors[0]).toMatchObject({ line: 2, column: 'id' });
  });
});
