// Bookings: calls of contacts, leads and patients, each an Appointment of its own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

const CONTACTS = 'https://salus.example/fhir/sid/crm-contacts';
const BOOKINGS = 'https://salus.example/fhir/sid/crm-bookings';
const JSON_TYPE = { 'content-type': 'application/json' };

let server: TestServer;
/** on the same database */
let other: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer({ PROFILE_POLICY: 'enforce' });
  other = await startTestServer({ DATABASE_URL: server.databaseUrl, PROFILE_POLICY: 'enforce' });
  api = server.base.replace('/fhir/R4', '/api/v1');
  const clinic = { system: 'https://salus.example/fhir/sid/clinic-patients', value: '3' };
  await fhir('Patient', 'diana', { identifier: [{ system: CONTACTS, value: 'c-17' }, clinic] });
  await fhir('Patient', 'plain', {});
  await fhir('Patient', 'twin-1', { identifier: [{ system: CONTACTS, value: 'twin' }] });
  await fhir('Patient', 'twin-2', { identifier: [{ system: CONTACTS, value: 'twin' }] });
  await fhir('Practitioner', 'doc', {
    identifier: [
      { system: CONTACTS, value: 'c-doc' },
      { system: 'https://salus.example/fhir/sid/physicians', value: 'd-1' },
    ],
  });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const fhir = async (type: string, id: string, members: object): Promise<Answer> => {
  const name = [{ family: 'Del Toro', given: [id] }];
  const body = type === 'Appointment' ? members : { name, ...members };
  const stored = await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...body });
  expect(stored.status).toBe(201);
  return stored;
};
const post = (body: unknown, base = api): Promise<Answer> =>
  send('POST', `${base}/bookings`, body, JSON_TYPE);
/** The address of one server, then of the other. */
const either = (i: number) => (i % 2 === 0 ? api : other.base.replace('/fhir/R4', '/api/v1'));
const put = (id: string, body: unknown): Promise<Answer> =>
  send('PUT', `${api}/bookings/${encodeURIComponent(id)}`, body, JSON_TYPE);
const patch = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PATCH', `${api}/bookings/${encodeURIComponent(id)}`, body, {
    ...{ 'content-type': 'application/merge-patch+json' },
    ...headers,
  });
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : `${api}/${path}`);

/** A new person, so that calls of other tests are not in the way. */
let people = 0;
async function someone(): Promise<string> {
  const id = `person-${++people}`;
  await fhir('Patient', id, {});
  return id;
}
async function booked(members: object = {}): Promise<Answer> {
  const made = await post({ contact_id: await someone(), booking_date: '2099-03-01T10:00:00Z', ...members });
  expect(made.status).toBe(201);
  return made;
}

/** The resource behind a thing, which must be valid. */
async function fhirOf(thing: Answer): Promise<Answer['body']> {
  const found = await get(thing.body._links.fhir.href);
  const judged = await send('POST', `${server.base}/${found.body.resourceType}/$validate`, found.body);
  expect(judged.status).toBe(200);
  expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  return found.body;
}

describe('POST /bookings', () => {
  it('makes an Appointment of its own, and tells back what was sent', async () => {
    const sent = {
      ...{ contact_id: 'c-17', patient_id: '3', physician_id: 'd-1', kind: 'Initial consultation' },
      ...{ booking_date: '2099-01-31T10:20:00+01:00', duration_minutes: 30 },
      ...{ reminder_date: '2099-01-30', note: 'Call the mother.' },
    };
    const made = await post(sent);
    expect(made.status).toBe(201);
    const { id, _links, ...told } = made.body;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(told).toEqual({ ...sent, status: 'booked', no_show: false, end: '2099-01-31T10:50:00+01:00' });
    expect(made.headers.get('location')).toBe(`${api}/bookings/${id}`);
    expect(_links).toMatchObject({
      self: { href: `${api}/bookings/${id}` },
      contact: { href: `${api}/contacts/c-17` },
      patient: { href: `${api}/patients/3` },
      physician: { href: `${api}/physicians/d-1` },
    });
    expect((await get(`bookings/${id}`)).body).toEqual(made.body);
    expect(await fhirOf(made)).toMatchObject({
      ...{ resourceType: 'Appointment', status: 'booked', minutesDuration: 30, comment: 'Call the mother.' },
      meta: { profile: ['https://salus.example/fhir/StructureDefinition/salus-booking'] },
      identifier: [{ system: BOOKINGS, value: id }],
      serviceType: [{ text: 'Initial consultation' }],
      ...{ start: '2099-01-31T10:20:00+01:00', end: '2099-01-31T10:50:00+01:00' },
      requestedPeriod: [{ start: '2099-01-31T10:20:00+01:00' }],
      participant: [
        { actor: { reference: 'Patient/diana' }, status: 'accepted' },
        { actor: { reference: 'Practitioner/doc' }, status: 'accepted' },
      ],
      extension: [{ valueDateTime: '2099-01-30' }],
    });
  });

  it('takes a day, and a reminder without a time', async () => {
    const day = await post({ patient_id: '3', booking_date: '2099-02-03' });
    expect(day.body).toMatchObject({ contact_id: 'c-17', booking_date: '2099-02-03', kind: 'Booked call' });
    expect(day.body).not.toHaveProperty('end');
    expect(await fhirOf(day)).toMatchObject({ start: '2099-02-03T00:00:00Z', end: '2099-02-03T23:59:59Z' });
    const reminder = await post({ contact_id: 'plain', reminder_date: '2099-02-03T09:00:00Z' });
    expect(reminder.body).toMatchObject({ status: 'proposed', contact_id: 'plain', patient_id: 'plain' });
    expect(await fhirOf(reminder)).not.toHaveProperty('start');
  });

  it('books calls of professionals, and calls that have been', async () => {
    const own = await post({ contact_id: 'c-doc', booking_date: '2001-01-01T08:00:00Z', no_show: true });
    expect(own.body).toMatchObject({ contact_id: 'c-doc', status: 'noshow', no_show: true });
    expect(own.body).not.toHaveProperty('patient_id');
    expect(own.body).not.toHaveProperty('physician_id');
    await fhirOf(own);
    const been = await booked({ booking_date: '2001-01-01T08:00:00Z', no_show: false });
    expect(been.body).toMatchObject({ status: 'fulfilled', no_show: false });
    const ahead = await booked({ no_show: false });
    expect(ahead.body.status).toBe('booked');
  });

  it('takes an id once, also of two at the same time', async () => {
    const contact_id = await someone();
    const times = ['10', '11', '12', '13', '14'];
    const rivals = await Promise.all(
      times.map((hour, i) =>
        post({ id: 'b-1', contact_id, booking_date: `2099-01-01T${hour}:00:00Z` }, either(i)),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expectProblem(rivals.find(({ status }) => status === 409)!, 409, { pointer: '#/id' });
    expect((await get(`bookings?contact_id=${contact_id}&total=true`)).body.total).toBe(1);
  });

  it('refuses the same person and instant twice, however it is written, also at the same time', async () => {
    const contact_id = await someone();
    const first = await post({ contact_id, booking_date: '2099-01-01T10:00:00Z' });
    expectProblem(await post({ contact_id, booking_date: '2099-01-01T11:00:00+01:00' }), 409, {
      ...{ pointer: '#/booking_date', detail: `booking "${first.body.id}", which is booked` },
    });
    const rivals = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        post({ id: `rival-${i}`, contact_id, booking_date: '2099-01-02T10:00:00Z' }, either(i)),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const winner = rivals.find(({ status }) => status === 201)!;
    for (const { status, body } of rivals) {
      if (status === 409) expect(body.detail).toContain(`booking "${winner.body.id}"`);
    }
    expect((await get(`bookings?contact_id=${contact_id}&total=true`)).body.total).toBe(2);
    // Another second, another person, the time of a call that is off.
    expect((await post({ contact_id, booking_date: '2099-01-01T10:00:01Z' })).status).toBe(201);
    await booked({ booking_date: '2099-01-01T10:00:00Z' });
    await patch(first.body.id, { status: 'cancelled' });
    const again = await post({ contact_id, booking_date: '2099-01-01T10:00:00Z' });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(first.body._links.fhir.href);
    expect((await get(`bookings/${first.body.id}`)).body.status).toBe('cancelled');
  });

  it('tells days apart from times, and kinds of a day', async () => {
    const contact_id = await someone();
    const of = (members: object) => post({ contact_id, ...members });
    expect((await of({ booking_date: '2099-01-01' })).status).toBe(201);
    expect((await of({ booking_date: '2099-01-01T00:00:00Z' })).status).toBe(201);
    expect((await of({ booking_date: '2099-01-01', kind: 'Initial consultation' })).status).toBe(201);
    expectProblem(await of({ booking_date: '2099-01-01' }), 409, { pointer: '#/booking_date' });
  });

  it.each<[what: string, body: object, status: number, pointer: string, detail: string]>([
    ['nobody', { contact_id: undefined }, 422, 'contact_id', '"contact_id" is missing'],
    ['an unknown contact', { contact_id: 'x' }, 422, 'contact_id', 'there is no contact "x"'],
    ['an unknown patient', { patient_id: 'x' }, 422, 'patient_id', 'there is no patient "x"'],
    ['an identified one by FHIR id', { contact_id: 'diana' }, 422, 'contact_id', 'there is no contact'],
    ['a contact of which there are two', { contact_id: 'twin' }, 409, 'contact_id', 'Patient/twin-'],
    ['two people', { patient_id: 'plain' }, 422, 'patient_id', 'both must mean the same person'],
    ['an unknown physician', { physician_id: 'x' }, 422, 'physician_id', 'there is no physician "x"'],
    [
      'the person as physician',
      { contact_id: 'c-doc', physician_id: 'd-1' },
      ...([422, 'physician_id', 'whom the call is with'] as const),
    ],
    ['a day that is none', { booking_date: '2099-02-30' }, 422, 'booking_date', 'no day 2099-02-30'],
    ['a time without zone', { booking_date: '2099-02-03T10:00:00' }, 422, 'booking_date', 'must look like'],
    ['a no-show ahead', { no_show: true }, 422, 'no_show', 'only then can it be noshow'],
    ['a fulfilled one ahead', { status: 'fulfilled' }, 422, 'status', 'only then can it be fulfilled'],
    [
      'a status against no_show',
      { booking_date: '2001-01-01', status: 'fulfilled', no_show: true },
      ...([422, 'no_show', 'contradict'] as const),
    ],
    ['no time', { booking_date: undefined, status: 'booked' }, 422, 'booking_date', 'is missing'],
    [
      'a length of a day',
      { booking_date: '2099-02-03', duration_minutes: 5 },
      422,
      'duration_minutes',
      'time',
    ],
    ['a late reminder', { reminder_date: '2099-02-04' }, 422, 'reminder_date', 'a reminder comes before it'],
    ['an unknown status', { status: 'done' }, 422, 'status', 'must be one of proposed'],
    ['what the server tells', { end: '2099-02-03T10:00:00Z' }, 422, 'end', 'is not known here'],
  ])('refuses %s', async (_what, members, status, member, detail) => {
    const answer = await post({ contact_id: 'c-17', booking_date: '2099-02-03T10:00:00Z', ...members });
    expectProblem(answer, status, { pointer: `#/${member}`, detail });
  });
});

describe('PATCH and PUT /bookings/{id}', () => {
  it('moves a call, whose former versions stay', async () => {
    const made = await booked({ duration_minutes: 30, note: 'Kept', reminder_date: '2099-02-28' });
    const moved = await patch(made.body.id, { booking_date: '2099-04-01T12:00:00-06:00' });
    expect(moved.status).toBe(200);
    expect(moved.body).toMatchObject({
      ...{ id: made.body.id, booking_date: '2099-04-01T12:00:00-06:00', duration_minutes: 30, note: 'Kept' },
      ...{ end: '2099-04-01T12:30:00-06:00', reminder_date: '2099-02-28', status: 'booked' },
    });
    await fhirOf(moved);
    const former = await get(`${made.body._links.fhir.href}/_history/1`);
    expect(former.body.start).toBe('2099-03-01T10:00:00Z');
    expectProblem(await patch(made.body.id, { booking_date: '2099-02-27' }), 422, {
      pointer: '#/duration_minutes',
    });
    const day = await patch(made.body.id, { booking_date: '2099-04-02', duration_minutes: null });
    expect(day.body).toMatchObject({ booking_date: '2099-04-02' });
    expect(day.body).not.toHaveProperty('duration_minutes');
    expectProblem(await patch(made.body.id, { booking_date: '2099-02-27' }), 422, {
      pointer: '#/reminder_date',
    });
  });

  it('does not move one to the time of another, also at the same moment', async () => {
    const contact_id = await someone();
    const at = (hour: number) => `2099-01-01T${hour}:00:00Z`;
    const made = await Promise.all([10, 11, 12].map((hour) => post({ contact_id, booking_date: at(hour) })));
    const [first, second, third] = made.map(({ body }) => body.id);
    expectProblem(await patch(second, { booking_date: at(10) }), 409, { detail: `booking "${first}"` });
    const moves = await Promise.all([
      ...[second, third].map((id) => patch(id, { booking_date: at(15) })),
      post({ contact_id, booking_date: at(15) }, either(1)),
    ]);
    const done = moves.filter(({ status }) => status < 300);
    expect(done.length).toBe(1);
    expect(moves.filter(({ status }) => status === 409).length).toBe(2);
    expect((await patch(first, { booking_date: at(10) })).headers.get('etag')).toBe(
      (await get(`bookings/${first}`)).headers.get('etag'),
    );
    // Its former time is free for another call, which is another Appointment.
    await patch(first, { booking_date: at(20) });
    const again = await post({ contact_id, booking_date: at(10) });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(made[0]!.body._links.fhir.href);
  });

  it('goes from state to state', async () => {
    const { body } = await booked({ booking_date: '2001-03-01T10:00:00Z' });
    const missed = await patch(body.id, { no_show: true });
    expect(missed.body).toMatchObject({ status: 'noshow', no_show: true });
    expect((await fhirOf(missed)).status).toBe('noshow');
    expectProblem(await patch(body.id, { status: 'booked' }), 409, {
      pointer: '#/status',
      detail:
        'A booking that is noshow cannot become booked: it can become fulfilled, entered-in-error. POST /api/v1/bookings books another call.',
    });
    expectProblem(await patch(body.id, { booking_date: '2099-03-01T10:00:00Z' }), 409, {
      pointer: '#/booking_date',
    });
    expect((await patch(body.id, { no_show: false })).body).toMatchObject({ status: 'fulfilled' });
    expect((await patch(body.id, { note: 'Spoke for an hour' })).body.note).toBe('Spoke for an hour');
    const corrected = await patch(body.id, { status: 'noshow' });
    expect(corrected.body.no_show).toBe(true);
  });

  it('leaves what is over as it is', async () => {
    const { body } = await booked();
    expectProblem(await patch(body.id, { no_show: true }), 422, { pointer: '#/no_show' });
    expectProblem(await patch(body.id, { status: 'fulfilled' }), 422, { pointer: '#/status' });
    expectProblem(await patch(body.id, { booking_date: null }), 422, { pointer: '#/booking_date' });
    const off = await patch(body.id, { status: 'cancelled' });
    expect(off.body.status).toBe('cancelled');
    await fhirOf(off);
    for (const change of [{ note: 'X' }, { booking_date: '2099-05-01' }, { kind: 'X' }]) {
      const [name] = Object.keys(change);
      expectProblem(await patch(body.id, change), 409, { pointer: `#/${name}`, detail: 'is cancelled' });
    }
    expectProblem(await patch(body.id, { status: 'booked' }), 409, { pointer: '#/status' });
    expect((await put(body.id, off.body)).headers.get('etag')).toBe(off.headers.get('etag'));
  });

  it('books what was proposed, and takes the time away again', async () => {
    const made = await booked({ booking_date: undefined, reminder_date: '2099-01-01' });
    const timed = await patch(made.body.id, { booking_date: '2099-01-02T10:00:00Z' });
    expect(timed.body).toMatchObject({ status: 'booked', booking_date: '2099-01-02T10:00:00Z' });
    const open = await patch(made.body.id, { booking_date: null, status: 'proposed' });
    expect(open.body.status).toBe('proposed');
    expect(open.body).not.toHaveProperty('booking_date');
    expect(await fhirOf(open)).not.toHaveProperty('end');
  });

  it('replaces all but the person and the state', async () => {
    const made = await booked({ note: 'Gone', reminder_date: '2099-01-01', physician_id: 'd-1' });
    const { id, contact_id } = made.body;
    const replaced = await put(id, { booking_date: '2099-06-01T10:00:00Z', kind: 'Second call' });
    expect({ ...replaced.body, _links: undefined }).toEqual({
      ...{ id, contact_id, patient_id: contact_id, kind: 'Second call', status: 'booked', no_show: false },
      booking_date: '2099-06-01T10:00:00Z',
    });
    expect((await put(id, replaced.body)).headers.get('etag')).toBe(replaced.headers.get('etag'));
    expectProblem(await put(id, { ...replaced.body, patient_id: undefined, contact_id: 'c-17' }), 422, {
      ...{ pointer: '#/contact_id', detail: 'a booking stays with its person' },
    });
    expectProblem(await patch(id, { end: '2099-06-01T11:00:00Z' }), 422, { pointer: '#/end' });
    const stale = await patch(id, { note: 'X' }, { 'if-match': made.headers.get('etag')! });
    expectProblem(stale, 412);
    expectProblem(await put('none', { booking_date: '2099-06-01' }), 404);
    expectProblem(await patch('none', {}), 404);
  });

  it('takes another physician, or none', async () => {
    await fhir('Practitioner', 'other-doc', {});
    const { body } = await booked({ physician_id: 'd-1' });
    const other = await patch(body.id, { physician_id: 'other-doc' });
    expect(other.body.physician_id).toBe('other-doc');
    const tag = [{ system: 'https://salus.example/fhir/CodeSystem/contact-types', code: 'pharmacist' }];
    await fhir('Practitioner', 'pharmacist', { meta: { tag } });
    expectProblem(await patch(body.id, { physician_id: 'pharmacist' }), 422, {
      ...{ pointer: '#/physician_id', detail: 'Practitioner/pharmacist is a pharmacist' },
    });
    const none = await patch(body.id, { physician_id: null });
    expect(none.body).not.toHaveProperty('physician_id');
    expect((await fhirOf(none)).participant.length).toBe(1);
  });
});

describe('DELETE /bookings/{id}', () => {
  it('deletes it; the same call booked again is another Appointment', async () => {
    const made = await booked();
    const gone = await send('DELETE', `${api}/bookings/${made.body.id}`);
    expect(gone.status).toBe(204);
    expectProblem(await get(`bookings/${made.body.id}`), 404);
    expect((await get(made.body._links.fhir.href)).status).toBe(410);
    const { contact_id, booking_date } = made.body;
    const again = await post({ contact_id, booking_date });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(made.body._links.fhir.href);
  });
});
