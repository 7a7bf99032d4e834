// Bookings that are moved, missed, cancelled: what becomes of a call, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BookingServer, startBookingServer } from './bookingServer.ts';
import { expectProblem } from './expectProblem.ts';

let to: BookingServer;

beforeAll(async () => {
  to = await startBookingServer();
});
afterAll(() => to.stop());

describe('PATCH and PUT /bookings/{id}', () => {
  it('moves a call, whose former versions stay', async () => {
    const made = await to.booked({ duration_minutes: 30, note: 'Kept', reminder_date: '2099-02-28' });
    const moved = await to.patch(made.body.id, { booking_date: '2099-04-01T12:00:00-06:00' });
    expect(moved.status).toBe(200);
    expect(moved.body).toMatchObject({
      ...{ id: made.body.id, booking_date: '2099-04-01T12:00:00-06:00', duration_minutes: 30, note: 'Kept' },
      ...{ end: '2099-04-01T12:30:00-06:00', reminder_date: '2099-02-28', status: 'booked' },
    });
    await to.fhirOf(moved);
    const former = await to.get(`${made.body._links.fhir.href}/_history/1`);
    expect(former.body.start).toBe('2099-03-01T10:00:00Z');
    expectProblem(await to.patch(made.body.id, { booking_date: '2099-02-27' }), 422, {
      pointer: '#/duration_minutes',
    });
    const day = await to.patch(made.body.id, { booking_date: '2099-04-02', duration_minutes: null });
    expect(day.body).toMatchObject({ booking_date: '2099-04-02' });
    expect(day.body).not.toHaveProperty('duration_minutes');
    expectProblem(await to.patch(made.body.id, { booking_date: '2099-02-27' }), 422, {
      pointer: '#/reminder_date',
    });
  });

  it('does not move one to the time of another, also at the same moment', async () => {
    const contact_id = await to.someone();
    const at = (hour: number) => `2099-01-01T${hour}:00:00Z`;
    const made = await Promise.all(
      [10, 11, 12].map((hour) => to.post({ contact_id, booking_date: at(hour) })),
    );
    const [first, second, third] = made.map(({ body }) => body.id);
    expectProblem(await to.patch(second, { booking_date: at(10) }), 409, { detail: `booking "${first}"` });
    const moves = await Promise.all([
      ...[second, third].map((id) => to.patch(id, { booking_date: at(15) })),
      to.post({ contact_id, booking_date: at(15) }, to.either(1)),
    ]);
    const done = moves.filter(({ status }) => status < 300);
    expect(done.length).toBe(1);
    expect(moves.filter(({ status }) => status === 409).length).toBe(2);
    expect((await to.patch(first, { booking_date: at(10) })).headers.get('etag')).toBe(
      (await to.get(`bookings/${first}`)).headers.get('etag'),
    );
    // Its former time is free for another call, which is another Appointment.
    await to.patch(first, { booking_date: at(20) });
    const again = await to.post({ contact_id, booking_date: at(10) });
    expect(again.status).toBe(201);
    expect(again.body._links.fhir.href).not.toBe(made[0]!.body._links.fhir.href);
  });

  it('goes from state to state', async () => {
    const { body } = await to.booked({ booking_date: '2001-03-01T10:00:00Z' });
    const missed = await to.patch(body.id, { no_show: true });
    expect(missed.body).toMatchObject({ status: 'noshow', no_show: true });
    expect((await to.fhirOf(missed)).status).toBe('noshow');
    expectProblem(await to.patch(body.id, { status: 'booked' }), 409, {
      pointer: '#/status',
      detail:
        'A booking that is noshow cannot become booked: it can become fulfilled, entered-in-error. POST /api/v1/bookings books another call.',
    });
    expectProblem(await to.patch(body.id, { booking_date: '2099-03-01T10:00:00Z' }), 409, {
      pointer: '#/booking_date',
    });
    expect((await to.patch(body.id, { no_show: false })).body).toMatchObject({ status: 'fulfilled' });
    expect((await to.patch(body.id, { note: 'Spoke for an hour' })).body.note).toBe('Spoke for an hour');
    const corrected = await to.patch(body.id, { status: 'noshow' });
    expect(corrected.body.no_show).toBe(true);
  });

  it('leaves what is over as it is', async () => {
    const { body } = await to.booked();
    expectProblem(await to.patch(body.id, { no_show: true }), 422, { pointer: '#/no_show' });
    expectProblem(await to.patch(body.id, { status: 'fulfilled' }), 422, { pointer: '#/status' });
    expectProblem(await to.patch(body.id, { booking_date: null }), 422, { pointer: '#/booking_date' });
    const off = await to.patch(body.id, { status: 'cancelled' });
    expect(off.body.status).toBe('cancelled');
    await to.fhirOf(off);
    for (const change of [{ note: 'X' }, { booking_date: '2099-05-01' }, { kind: 'X' }]) {
      const [name] = Object.keys(change);
      expectProblem(await to.patch(body.id, change), 409, { pointer: `#/${name}`, detail: 'is cancelled' });
    }
    expectProblem(await to.patch(body.id, { status: 'booked' }), 409, { pointer: '#/status' });
    expect((await to.put(body.id, off.body)).headers.get('etag')).toBe(off.headers.get('etag'));
  });

  it('books what was proposed, and takes the time away again', async () => {
    const made = await to.booked({ booking_date: undefined, reminder_date: '2099-01-01' });
    const timed = await to.patch(made.body.id, { booking_date: '2099-01-02T10:00:00Z' });
    expect(timed.body).toMatchObject({ status: 'booked', booking_date: '2099-01-02T10:00:00Z' });
    const open = await to.patch(made.body.id, { booking_date: null, status: 'proposed' });
    expect(open.body.status).toBe('proposed');
    expect(open.body).not.toHaveProperty('booking_date');
    expect(await to.fhirOf(open)).not.toHaveProperty('end');
  });

  it('replaces all but the person and the state', async () => {
    const made = await to.booked({ note: 'Gone', reminder_date: '2099-01-01', physician_id: 'd-1' });
    const { id, contact_id } = made.body;
    const replaced = await to.put(id, { booking_date: '2099-06-01T10:00:00Z', kind: 'Second call' });
    expect({ ...replaced.body, _links: undefined }).toEqual({
      ...{ id, contact_id, patient_id: contact_id, kind: 'Second call', status: 'booked', no_show: false },
      booking_date: '2099-06-01T10:00:00Z',
    });
    expect((await to.put(id, replaced.body)).headers.get('etag')).toBe(replaced.headers.get('etag'));
    expectProblem(await to.put(id, { ...replaced.body, patient_id: undefined, contact_id: 'c-17' }), 422, {
      ...{ pointer: '#/contact_id', detail: 'a booking stays with its person' },
    });
    expectProblem(await to.patch(id, { end: '2099-06-01T11:00:00Z' }), 422, { pointer: '#/end' });
    const stale = await to.patch(id, { note: 'X' }, { 'if-match': made.headers.get('etag')! });
    expectProblem(stale, 412);
    expectProblem(await to.put('none', { booking_date: '2099-06-01' }), 404);
    expectProblem(await to.patch('none', {}), 404);
  });

  it('takes another physician, or none', async () => {
    await to.fhir('Practitioner', 'other-doc', {});
    const { body } = await to.booked({ physician_id: 'd-1' });
    const other = await to.patch(body.id, { physician_id: 'fhir:other-doc' });
    expect(other.body.physician_id).toBe('fhir:other-doc');
    const tag = [{ system: 'https://salus.example/fhir/CodeSystem/contact-types', code: 'pharmacist' }];
    await to.fhir('Practitioner', 'pharmacist', { meta: { tag } });
    expectProblem(await to.patch(body.id, { physician_id: 'fhir:pharmacist' }), 422, {
      ...{ pointer: '#/physician_id', detail: 'Practitioner/pharmacist is a pharmacist' },
    });
    const none = await to.patch(body.id, { physician_id: null });
    expect(none.body).not.toHaveProperty('physician_id');
    expect((await to.fhirOf(none)).participant.length).toBe(1);
  });
});
