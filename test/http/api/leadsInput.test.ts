// What forms and changes of leads are taken as they were typed, and what is refused because it cannot be.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

const HOUR = 3_600_000;
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR).toISOString();

describe('blanks at the ends of texts', () => {
  it('are left out, of leads and of other things', async () => {
    const made = await to.post('leads', {
      ...{ first_name: ' José Ángel', last_name: 'Blanco\n', email: 'jose@blanco.mx ', phone: ' +52 818 ' },
      ...{ birth_date: ' 1980-01-02 ', medical_condition: ' GBM ', booking_date: '2031-01-31 ' },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...{ first_name: 'José Ángel', last_name: 'Blanco', email: 'jose@blanco.mx', phone: '+52818' },
      ...{ birth_date: '1980-01-02', medical_condition: 'Glioblastoma', booking_date: '2031-01-31' },
    });
    const path = `leads/${made.body.id}`;
    expect((await to.patch(path, { last_name: ' Negro ' })).body.last_name).toBe('Negro');
    await to.post('physicians', { id: 'd-1', last_name: ' Ortega ' });
    expect((await to.get('physicians/d-1')).body.last_name).toBe('Ortega');
    const converted = await to.post(`${path}:convert`, { physician_id: ' d-1 ' });
    expect(converted.body).toMatchObject({ state: 'patient', physician_id: 'd-1' });
    const { body } = await to.post('leads:batch', {
      operations: [{ op: 'create', data: { last_name: ' Lote ' } }],
    });
    expect(body.results[0].data.last_name).toBe('Lote');
  });

  it('are no text by themselves, and belong to an id', async () => {
    expectProblem(await to.post('leads', { last_name: '  ' }), 422, {
      ...{ pointer: '#/last_name', detail: 'must not be empty' },
    });
    expectProblem(await to.post('leads', { last_name: 'X', id: ' x ' }), 422, { pointer: '#/id' });
    expectProblem(await to.post('leads', { last_name: 'X', email: ' none ' }), 422, {
      ...{ pointer: '#/email', detail: 'not "none"' },
    });
  });

  it('of a record stay as they are until it is changed', async () => {
    const { body: patient } = await send('POST', `${to.server.base}/Patient`, {
      ...{ resourceType: 'Patient', name: [{ family: 'Antes', given: ['Ana'] }], birthDate: '1950-01-01' },
      telecom: [{ system: 'email', value: 'two words@x.mx' }],
      meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/person-states', code: 'lead' }] },
    });
    const changed = await to.patch(`leads/${patient.id}`, { first_name: 'Eva ' });
    expect(changed.body).toMatchObject({ first_name: 'Eva', email: 'two words@x.mx' });
  });
});

describe('characters that cannot be seen', () => {
  it.each([
    ['U+0007', '\u0007'],
    ['U+202E', '\u202e'],
    ['U+2066', '\u2066'],
    ['U+200B', '\u200b'],
  ])('%s is refused in names and e-mail addresses', async (code, character) => {
    const detail = `must not hold the character ${code}, which cannot be seen`;
    for (const body of [
      { last_name: `Gil${character}a` },
      { last_name: 'Gil', first_name: `Ana${character}` },
      { last_name: 'Gil', email: `ana${character}@x.mx` },
    ]) {
      const pointer = `#/${Object.keys(body).at(-1)}`;
      expectProblem(await to.post('leads', body), 422, { pointer, detail });
    }
  });

  it('that belong to a script are taken', async () => {
    const name = { first_name: 'علی\u200cرضا', last_name: 'Ni\u0303o' };
    expect((await to.post('leads', name)).body).toMatchObject(name);
  });
});

describe('dates that cannot be', () => {
  it.each<[what: string, members: object, pointer: string, detail: string]>([
    ['a birth to come', { birth_date: inHours(48).slice(0, 10) }, '#/birth_date', 'is after today'],
    ['a year of birth to come', { birth_date: '2999' }, '#/birth_date', 'is after today'],
    [
      'a first contact to come',
      { first_contact_date: inHours(25) },
      '#/first_contact_date',
      'is in the future',
    ],
    ['one of 2099', { first_contact_date: '2099-01-01' }, '#/first_contact_date', 'is in the future'],
    ['one of the year 1', { first_contact_date: '0001-01-01' }, '#/first_contact_date', 'before 1900'],
    ['a call of the year 1', { booking_date: '0001-01-01T10:00:00Z' }, '#/booking_date', 'before 1900'],
    [
      'a reminder of the year 1',
      { booking_date: '2031-01-01', reminder_date: '0001-01-01' },
      '#/reminder_date',
      'before 1900',
    ],
  ])('%s: refused', async (_what, members, pointer, detail) => {
    expectProblem(await to.post('leads', { last_name: 'Nunca', ...members }), 422, { pointer, detail });
    const { reminder_date: _, booking_date: __, ...changed } = members as Record<string, string>;
    if (Object.keys(changed).length === 0) return;
    const made = await to.post('leads', { last_name: 'Siempre' });
    expectProblem(await to.patch(`leads/${made.body.id}`, changed), 422, { pointer, detail });
  });

  it('calls of the past and births of today are taken', async () => {
    const made = await to.post('leads', {
      ...{ last_name: 'Ayer', booking_date: '2020-01-31T10:00:00Z', birth_date: inHours(0).slice(0, 10) },
      first_contact_date: inHours(1),
    });
    expect(made.status).toBe(201);
    expect((await to.patch(`leads/${made.body.id}`, { birth_date: '2020' })).status).toBe(200);
  });

  it('of records of others stay until they are changed', async () => {
    const { body: patient } = await send('POST', `${to.server.base}/Patient`, {
      ...{ resourceType: 'Patient', name: [{ family: 'Futuro' }], birthDate: '2999-01-01' },
      meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/person-states', code: 'lead' }] },
    });
    expect((await to.patch(`leads/${patient.id}`, { first_name: 'Eva' })).status).toBe(200);
  });
});

describe('GET /patients', () => {
  it('lists leads too, and tells them apart by state', async () => {
    await to.post('leads', { first_name: 'Lea', last_name: 'Lista' });
    await to.post('patients', { id: 'p-7', first_name: 'Pat', last_name: 'Lista' });
    const names = async (query: string) => {
      const { body } = await to.get(`patients?last_name=Lista&sort=first_name${query}`);
      return body.data.map((one: { first_name: string }) => one.first_name);
    };
    expect(await names('')).toEqual(['Lea', 'Pat']);
    expect(await names('&state=lead')).toEqual(['Lea']);
    expect(await names('&state=patient')).toEqual(['Pat']);
    expectProblem(await to.get('patients?state=gone'), 400, { parameter: 'state' });
  });
});
