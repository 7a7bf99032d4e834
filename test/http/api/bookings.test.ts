// Bookings: calls of contacts, leads and patients, each an Appointment of its own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from '../../support/testServer.ts';
import { type BookingServer, bookingSystem, contactSystem, startBookingServer } from './bookingServer.ts';
import { expectProblem } from './expectProblem.ts';

let to: BookingServer;

beforeAll(async () => {
  to = await startBookingServer();
  for (const id of ['twin-1', 'twin-2']) {
    await to.fhir('Patient', id, { identifier: [{ system: contactSystem, value: 'twin' }] });
  }
});
afterAll(() => to.stop());

describe('POST /bookings', () => {
  it('makes an Appointment of its own, and tells back what was sent', async () => {
    const sent = {
      ...{ contact_id: 'c-17', patient_id: '3', physician_id: 'd-1', kind: 'Initial consultation' },
      ...{ booking_date: '2099-01-31T10:20:00+01:00', duration_minutes: 30 },
      ...{ reminder_date: '2099-01-30', note: 'Call the mother.' },
    };
    const made = await to.post(sent);
    expect(made.status).toBe(201);
    const { id, _links, ...told } = made.body;
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(told).toEqual({ ...sent, status: 'booked', no_show: false, end: '2099-01-31T10:50:00+01:00' });
    expect(made.headers.get('location')).toBe(`${to.api}/bookings/${id}`);
    expect(_links).toMatchObject({
      self: { href: `${to.api}/bookings/${id}` },
      contact: { href: `${to.api}/contacts/c-17` },
      patient: { href: `${to.api}/patients/3` },
      physician: { href: `${to.api}/physicians/d-1` },
    });
    expect((await to.get(`bookings/${id}`)).body).toEqual(made.body);
    expect(await to.fhirOf(made)).toMatchObject({
      ...{ resourceType: 'Appointment', status: 'booked', minutesDuration: 30, comment: 'Call the mother.' },
      meta: { profile: ['https://salus.example/fhir/StructureDefinition/salus-booking'] },
      identifier: [{ system: bookingSystem, value: id }],
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
    const day = await to.post({ patient_id: '3', booking_date: '2099-02-03' });
    expect(day.body).toMatchObject({ contact_id: 'c-17', booking_date: '2099-02-03', kind: 'Booked call' });
    expect(day.body).not.toHaveProperty('end');
    expect(await to.fhirOf(day)).toMatchObject({
      start: '2099-02-03T00:00:00Z',
      end: '2099-02-03T23:59:59Z',
    });
    const reminder = await to.post({ contact_id: 'fhir:plain', reminder_date: '2099-02-03T09:00:00Z' });
    expect(reminder.body).toMatchObject({
      status: 'proposed',
      contact_id: 'fhir:plain',
      patient_id: 'fhir:plain',
    });
    expect(await to.fhirOf(reminder)).not.toHaveProperty('start');
  });

  it('books calls of professionals, and calls that have been', async () => {
    const own = await to.post({ contact_id: 'c-doc', booking_date: '2001-01-01T08:00:00Z', no_show: true });
    expect(own.body).toMatchObject({ contact_id: 'c-doc', status: 'noshow', no_show: true });
    expect(own.body).not.toHaveProperty('patient_id');
    expect(own.body).not.toHaveProperty('physician_id');
    await to.fhirOf(own);
    const been = await to.booked({ booking_date: '2001-01-01T08:00:00Z', no_show: false });
    expect(been.body).toMatchObject({ status: 'fulfilled', no_show: false });
    const ahead = await to.booked({ no_show: false });
    expect(ahead.body.status).toBe('booked');
  });

  it('takes an id once, also of two at the same time', async () => {
    const contact_id = await to.someone();
    const times = ['10', '11', '12', '13', '14'];
    const rivals = await Promise.all(
      times.map((hour, i) =>
        to.post({ id: 'b-1', contact_id, booking_date: `2099-01-01T${hour}:00:00Z` }, to.either(i)),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expectProblem(rivals.find(({ status }) => status === 409)!, 409, { pointer: '#/id' });
    expect((await to.get(`bookings?contact_id=${contact_id}&total=true`)).body.total).toBe(1);
  });

  it('refuses the same person and instant twice, however it is written, also at the same time', async () => {
    const contact_id = await to.someone();
    const first = await to.post({ contact_id, booking_date: '2099-01-01T10:00:00Z' });
    expectProblem(await to.post({ contact_id, booking_date: '2099-01-01T11:00:00+01:00' }), 409, {
      ...{ pointer: '#/booking_date', detail: `booking "${first.body.id}", which is booked` },
    });
    const rivals = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        to.post({ id: `rival-${i}`, contact_id, booking_date: '2099-01-02T10:00:00Z' }, to.either(i)),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const winner = rivals.find(({ status }) => status === 201)!;
    for (const { status, body } of rivals) {
      if (status === 409) expect(body.detail).toContain(`booking "${winner.body.id}"`);
    }
    expect((await to.get(`bookings?contact_id=${contact_id}&total=true`)).body.total).toBe(2);
    // Another second, another person, the time of a call that is off.
    expect((await to.post({ contact_id, booking_date: '2099-01-01T10:00:01Z' })).status).toBe(201);
    await to.booked({ booking_date: '2099-01-01T10:00:00Z' });
    await to.patch(first.body.id, { status: 'cancelled' });
    const again = await to.post({ contact_id, booking_date: '2099-01-01T10:00:00Z' });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(first.body._links.fhir.href);
    expect((await to.get(`bookings/${first.body.id}`)).body.status).toBe('cancelled');
  });

  it('tells days apart from times, and kinds of a day', async () => {
    const contact_id = await to.someone();
    const of = (members: object) => to.post({ contact_id, ...members });
    expect((await of({ booking_date: '2099-01-01' })).status).toBe(201);
    expect((await of({ booking_date: '2099-01-01T00:00:00Z' })).status).toBe(201);
    expect((await of({ booking_date: '2099-01-01', kind: 'Initial consultation' })).status).toBe(201);
    expectProblem(await of({ booking_date: '2099-01-01' }), 409, { pointer: '#/booking_date' });
  });

  it.each<[what: string, body: object, status: number, pointer: string, detail: string]>([
    ['nobody', { contact_id: undefined }, 422, 'contact_id', '"contact_id" is missing'],
    ['an unknown contact', { contact_id: 'x' }, 422, 'contact_id', 'there is no contact "x"'],
    ['an unknown patient', { patient_id: 'x' }, 422, 'patient_id', 'there is no patient "x"'],
    ['an identified one by FHIR id', { contact_id: 'fhir:diana' }, 422, 'contact_id', 'there is no contact'],
    ['a contact of which there are two', { contact_id: 'twin' }, 409, 'contact_id', 'Patient/twin-'],
    ['a FHIR id without its mark', { contact_id: 'plain' }, 422, 'contact_id', 'there is no contact'],
    ['two people', { patient_id: 'fhir:plain' }, 422, 'patient_id', 'both must mean the same person'],
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
    const answer = await to.post({ contact_id: 'c-17', booking_date: '2099-02-03T10:00:00Z', ...members });
    expectProblem(answer, status, { pointer: `#/${member}`, detail });
  });
});

describe('DELETE /bookings/{id}', () => {
  it('deletes it; the same call booked again is another Appointment', async () => {
    const made = await to.booked();
    const gone = await send('DELETE', `${to.api}/bookings/${made.body.id}`);
    expect(gone.status).toBe(204);
    expectProblem(await to.get(`bookings/${made.body.id}`), 404);
    expect((await to.get(made.body._links.fhir.href)).status).toBe(410);
    const { contact_id, booking_date } = made.body;
    const again = await to.post({ contact_id, booking_date });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(made.body._links.fhir.href);
  });
});
