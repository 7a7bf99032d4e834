// Lists of bookings, of all and below each person, and bookings in batches.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

const CONTACTS = 'https://salus.example/fhir/sid/crm-contacts';
const JSON_TYPE = { 'content-type': 'application/json' };
/** Ids that a CRM may have given. */
const odd = 'c,1|a "b\\$';

let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  const lead = { system: 'https://salus.example/fhir/CodeSystem/person-states', code: 'lead' };
  await fhir('Patient', 'ann', { identifier: [{ system: CONTACTS, value: odd }], meta: { tag: [lead] } });
  await fhir('Patient', 'bob', {
    identifier: [{ system: 'https://salus.example/fhir/sid/clinic-patients', value: '3' }],
  });
  await fhir('Practitioner', 'doc', {
    identifier: [
      { system: CONTACTS, value: 'c-doc' },
      { system: 'https://salus.example/fhir/sid/physicians', value: 'd-1' },
    ],
  });
  const list = [
    { id: 'a', contact_id: odd, booking_date: '2099-01-01T10:00:00Z', physician_id: 'd-1' },
    { id: 'b', contact_id: odd, booking_date: '2099-01-03', kind: 'Initial consultation' },
    { id: 'c', contact_id: 'c-doc', booking_date: '2099-01-02T10:00:00Z' },
    { id: 'd', patient_id: '3', reminder_date: '2099-01-02' },
    { id: 'e', patient_id: '3', booking_date: '2001-01-02T10:00:00Z', no_show: true },
  ];
  for (const one of list) expect((await post(one)).status).toBe(201);
});
afterAll(() => server.stop());

const fhir = async (type: string, id: string, members: object): Promise<void> => {
  const stored = await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...members });
  expect(stored.status).toBe(201);
};
const post = (body: unknown, path = 'bookings'): Promise<Answer> =>
  send('POST', `${api}/${path}`, body, JSON_TYPE);
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : `${api}/${path}`);
const ids = async (query: string): Promise<string[]> => {
  const { status, body } = await get(`bookings?${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: { id: string }) => id);
};

describe('GET /bookings', () => {
  it.each<[query: string, found: string[]]>([
    ['', ['e', 'd', 'c', 'b', 'a']],
    [`contact_id=${encodeURIComponent(odd)}`, ['b', 'a']],
    ['contact_id=Patient/ann', ['b', 'a']],
    ['contact_id=fhir:bob', ['e', 'd']],
    ['contact_id=bob', []],
    // As a physician, the contact takes part in a call that is of a patient.
    ['contact_id=c-doc', ['c']],
    ['contact_id=Practitioner/doc', ['c']],
    ['contact_id=nobody', []],
    ['patient_id=3', ['e', 'd']],
    ['patient_id=Patient/bob', ['e', 'd']],
    ['patient_id=fhir:ann', ['b', 'a']],
    ['patient_id=ann', []],
    ['patient_id=3&contact_id=fhir:bob', ['e', 'd']],
    ['patient_id=3&contact_id=c-doc', []],
    ['physician_id=d-1', ['c', 'a']],
    ['physician_id=Practitioner/doc', ['c', 'a']],
    ['status=booked', ['c', 'b', 'a']],
    ['status=noshow', ['e']],
    ['kind=initial', ['b']],
    ['from=2099-01-02', ['c', 'b']],
    ['to=2099-01-02', ['e', 'c', 'a']],
    ['from=2099-01-01T10:00:00Z&to=2099-01-02T10:00:00Z', ['c', 'a']],
    ['from=2000-01-01&sort=booking_date', ['e', 'a', 'c', 'b']],
    ['from=2000-01-01&sort=-booking_date', ['b', 'c', 'a', 'e']],
  ])('finds by "%s"', async (query, found) => {
    const answer = await ids(query);
    expect(query.includes('sort') ? answer : [...answer].sort()).toEqual(
      query.includes('sort') ? found : [...found].sort(),
    );
    if (query === '') expect(answer).toEqual(found);
  });

  it('has pages, and refuses what it cannot search by', async () => {
    const first = await get('bookings?pageSize=2&total=true&sort=booking_date&from=2000-01-01');
    expect(first.body).toMatchObject({ total: 4, data: [{ id: 'e' }, { id: 'a' }] });
    expect((await get(first.body._links.next.href)).body.data).toMatchObject([{ id: 'c' }, { id: 'b' }]);
    expectProblem(await get('bookings?status=done'), 400, { parameter: 'status' });
    expectProblem(await get('bookings?from=yesterday'), 400, { parameter: 'from' });
    expectProblem(await get('bookings?to=2099-02-30'), 400);
    expectProblem(await get('bookings?no_show=yes'), 400, { parameter: 'no_show' });
    expectProblem(await get('bookings?sort=kind'), 400, { parameter: 'sort' });
  });
});

describe('bookings of a person', () => {
  it.each([
    ['patients/3', 'patient_id', ['d', 'e']],
    ['patients/fhir%3Aann', 'patient_id', ['a', 'b']],
    [`leads/${encodeURIComponent(odd)}`, 'contact_id', ['a', 'b']],
    [`contacts/${encodeURIComponent(odd)}`, 'contact_id', ['a', 'b']],
    ['contacts/c-doc', 'contact_id', ['c']],
    ['physicians/d-1', 'physician_id', ['a', 'c']],
  ])('are found below %s', async (path, filter, found) => {
    const { status, body } = await get(`${path}/bookings`);
    expect(status).toBe(200);
    expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual(found);
    expect(body._links.self.href).toBe(`${api}/${path}/bookings`);
    const { body: person } = await get(path);
    expect(person._links.bookings.href).toBe(`${api}/${path}/bookings`);
    expectProblem(await get(`${path}/bookings?${filter}=1`), 400, { parameter: filter });
    expectProblem(await get(`${path.split('/')[0]}/nobody/bookings`), 404);
  });
});

describe('POST /bookings:batch', () => {
  it('makes, replaces and deletes many', async () => {
    const data = (hour: number, members = {}) => ({
      ...{ contact_id: 'fhir:bob', booking_date: `2099-02-01T${hour}:00:00Z` },
      ...members,
    });
    const made = await post(
      {
        operations: [
          { op: 'create', data: data(10, { id: 'm-1' }) },
          { op: 'create', data: data(11, { id: 'm-2' }) },
        ],
      },
      'bookings:batch',
    );
    expect(made.status).toBe(200);
    const changed = await post(
      {
        atomic: false,
        operations: [
          { op: 'update', id: 'm-1', data: data(12) },
          { op: 'create', data: data(11) },
          { op: 'delete', id: 'm-2' },
        ],
      },
      'bookings:batch',
    );
    expect(changed.body.results.map(({ status }: { status: number }) => status)).toEqual([200, 409, 204]);
    expect((await get('bookings/m-1')).body.booking_date).toBe('2099-02-01T12:00:00Z');
  });

  it('makes one of two that are the same, or none', async () => {
    const twice = (hour: number, atomic: boolean) => {
      const data = { contact_id: 'fhir:bob', booking_date: `2099-02-02T${hour}:00:00Z` };
      return post({ atomic, operations: [1, 2].map(() => ({ op: 'create', data })) }, 'bookings:batch');
    };
    const refused = await twice(10, true);
    expectProblem(refused, 422, { pointer: '#/operations/1', detail: 'operation 0' });
    expect(await ids('contact_id=fhir:bob&from=2099-02-02&to=2099-02-02')).toEqual([]);
    const { body } = await twice(11, false);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 409]);
    expect((await ids('contact_id=fhir:bob&from=2099-02-02&to=2099-02-02')).length).toBe(1);
  });

  it('does not move two to one time', async () => {
    const data = (hour: number) => ({ contact_id: 'fhir:bob', booking_date: `2099-02-03T${hour}:00:00Z` });
    const operations = [10, 11].map((hour) => ({ op: 'create', data: { id: `n-${hour}`, ...data(hour) } }));
    expect((await post({ operations }, 'bookings:batch')).status).toBe(200);
    const moves = [10, 11].map((hour) => ({ op: 'update', id: `n-${hour}`, data: data(12) }));
    const refused = await post({ operations: moves }, 'bookings:batch');
    expectProblem(refused, 422, { pointer: '#/operations/1', detail: 'operation 0' });
    expect(await ids('contact_id=fhir:bob&from=2099-02-03&to=2099-02-03&sort=booking_date')).toEqual([
      'n-10',
      'n-11',
    ]);
    expect((await get('bookings/n-10')).body.booking_date).toBe('2099-02-03T10:00:00Z');
  });
});
