// Conditions are called what their terms are called now; dates that cannot be; filters and sorts that people ask for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;
beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  await call('POST', 'patients', { id: '1', last_name: 'Luna' });
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
  send(method, `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...headers,
  });
const ids = async (path: string) => {
  const { status, text, body } = await call('GET', path);
  expect({ path, status, text }).toMatchObject({ path, status: 200 });
  return body.data.map(({ id }: { id: string }) => id);
};

describe('conditions', () => {
  it('tell the name that the term has now, and keep what was written', async () => {
    await call('POST', 'medical-conditions', { id: 'ALS', name: 'Old Name' });
    const made = await call('POST', 'conditions', { id: 'c-1', patient_id: '1', medical_condition: 'ALS' });
    expect(made.body.name).toBe('Old Name');
    const before = await call('GET', 'conditions/c-1');
    expect((await call('PATCH', 'medical-conditions/ALS', { name: 'New Name' })).status).toBe(200);
    const read = await call('GET', 'conditions/c-1', undefined, {
      'if-none-match': before.headers.get('etag')!,
    });
    expect({ status: read.status, name: read.body?.name }).toEqual({ status: 200, name: 'New Name' });
    expect((await call('GET', 'conditions?patient_id=1')).body.data[0].name).toBe('New Name');
    const changed = await call('PATCH', 'conditions/c-1', { note: 'n', name: 'New Name' });
    expect(changed.body.name).toBe('New Name');
    expect((await send('GET', made.body._links.fhir.href)).body.code.text).toBe('Old Name');
  });

  it('have not begun in the future', async () => {
    const years = new Date().getUTCFullYear() + 2;
    for (const date of [`${years}`, `${years}-01`, `${years}-01-01`, `${years}-01-01T00:00:00Z`]) {
      const body = { patient_id: '1', medical_condition: 'DMD', onset_date: date };
      expectProblem(await call('POST', 'conditions', body), 422, {
        pointer: '#/onset_date',
        detail: 'future',
      });
    }
    const today = new Date().toISOString();
    for (const date of [today.slice(0, 4), today.slice(0, 7), today.slice(0, 10)]) {
      const id = `on-${date}`;
      const body = { id, patient_id: '1', medical_condition: 'DMD', onset_date: date };
      expect((await call('POST', 'conditions', body)).status).toBe(201);
      await call('DELETE', `conditions/${id}`);
    }
  });
});

describe('parameters of dates', () => {
  it('say what they take', async () => {
    const wrong = await call('GET', 'bookings?from=xx');
    const detail = 'takes a date, or a date and time with its zone, such as 2031-01-31, not "xx"';
    expectProblem(wrong, 400, { parameter: 'from', detail });
    expectProblem(await call('GET', 'conditions?onset_from=xx'), 400, {
      ...{ parameter: 'onset_from', detail: 'takes a date, which may be a year or a month, such as 2021-05' },
    });
  });
});

describe('bookings', () => {
  it('last a day at most, and are found by no_show and sorted by status', async () => {
    const booking = { patient_id: '1', booking_date: '2026-01-05T10:00:00Z' };
    const long = await call('POST', 'bookings', { ...booking, duration_minutes: 1_441 });
    expectProblem(long, 422, { pointer: '#/duration_minutes' });
    for (const [id, day, no_show] of [
      ['b-1', '05', false],
      ['b-2', '06', true],
    ] as const) {
      const body = { id, no_show, patient_id: '1', booking_date: `2026-01-${day}T10:00:00Z` };
      expect((await call('POST', 'bookings', body)).status).toBe(201);
    }
    expect(await ids('bookings?no_show=true')).toEqual(['b-2']);
    expect(await ids('bookings?no_show=false')).toEqual(['b-1']);
    expect(await ids('bookings?sort=status')).toEqual(['b-1', 'b-2']);
    expect(await ids('bookings?sort=-status')).toEqual(['b-2', 'b-1']);
  });
});

describe('a booking of an EHR', () => {
  it('that lasts longer stays so when something else is changed', async () => {
    const appointment = {
      ...{ resourceType: 'Appointment', id: 'long', status: 'booked', minutesDuration: 4_320 },
      ...{ start: '2031-05-01T10:00:00Z', end: '2031-05-04T10:00:00Z' },
      participant: [{ actor: { reference: 'Patient/long' }, status: 'accepted' }],
    };
    const put = (resource: { resourceType: string; id: string }) =>
      send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
    expect((await put({ resourceType: 'Patient', id: 'long' })).status).toBe(201);
    expect((await put(appointment)).status).toBe(201);
    const changed = await call('PATCH', 'bookings/fhir:long', { note: 'n' });
    expect({ status: changed.status, text: changed.text }).toMatchObject({ status: 200 });
    expect(changed.body.duration_minutes).toBe(4_320);
    expectProblem(await call('PATCH', 'bookings/fhir:long', { duration_minutes: 4_321 }), 422);
  });
});

describe('contacts', () => {
  it('are found by what they have', async () => {
    const lead = { contact_type: 'lead', last_name: 'Sol', medical_condition: 'GBM' };
    const { body } = await call('POST', 'contacts', { id: 'c-9', ...lead });
    await call('POST', 'contacts', { id: 'c-8', contact_type: 'pharmacist', last_name: 'Sol' });
    expect(await ids('contacts?medical_condition=GBM')).toEqual([body.id]);
    expect(await ids('contacts?medical_condition=GBM&contact_type=lead')).toEqual([body.id]);
    expect(await ids('contacts?medical_condition=IPF')).toEqual([]);
    expect(await ids('contacts?medical_condition=GBM&contact_type=pharmacist')).toEqual([]);
    expect(await ids('contacts?medical_condition=GBM&contact_type=patient')).toEqual([]);
  });
});
