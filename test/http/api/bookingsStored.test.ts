// Appointments that an EHR or a CRM wrote, as bookings: shown and changed without loss.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type BookingServer, bookingSystem, contactSystem, startBookingServer } from './bookingServer.ts';
import { expectProblem } from './expectProblem.ts';

/** An id that a CRM may have given. */
const odd = 'c,1|a "b\\$';

let to: BookingServer;

beforeAll(async () => {
  to = await startBookingServer();
  await to.fhir('Patient', 'ann', { identifier: [{ system: contactSystem, value: odd }] });
  await to.fhir('Location', 'room', { name: 'Room 1' });
});
afterAll(() => to.stop());

describe('an Appointment of an EHR', () => {
  const appointment = (members: object) => ({
    ...{ status: 'booked', start: '2099-03-01T10:00:00Z', end: '2099-03-01T10:00:45Z' },
    participant: [
      { actor: { reference: 'Location/room' }, status: 'accepted' },
      { type: [{ text: 'Surgeon' }], actor: { reference: 'Practitioner/doc' }, status: 'tentative' },
      { actor: { reference: 'Patient/ann', display: 'Ann' }, status: 'needs-action', required: 'required' },
    ],
    ...members,
  });
  const stored = async (id: string) =>
    (await to.get(to.api.replace('/api/v1', `/fhir/R4/Appointment/${id}`))).body;

  it('is shown and changed, and nothing of it is lost', async () => {
    const own = {
      ...{ identifier: [{ system: 'urn:ehr', value: '7' }], description: 'Follow-up', priority: 3 },
      serviceType: [{ coding: [{ system: 'urn:types', code: '57', display: 'Immunization' }] }],
      extension: [{ url: 'http://example.org/mode', valueString: 'video' }],
      requestedPeriod: [{ start: '2099-02-01', end: '2099-04-01' }],
    };
    await to.fhir('Appointment', 'ehr-1', appointment(own));
    const before = await stored('ehr-1');
    const { body } = await to.get('bookings/fhir:ehr-1');
    expect({ ...body, _links: undefined }).toEqual({
      ...{
        id: 'fhir:ehr-1',
        contact_id: odd,
        patient_id: 'fhir:ann',
        physician_id: 'd-1',
        kind: 'Immunization',
      },
      ...{ status: 'booked', no_show: false },
      ...{ booking_date: '2099-03-01T10:00:00Z', end: '2099-03-01T10:00:45Z' },
    });
    const same = await to.put('fhir:ehr-1', body);
    expect({ status: same.status, body: same.body }).toEqual({ status: 200, body });
    expect(await stored('ehr-1')).toEqual(before);
    const noted = await to.patch('fhir:ehr-1', { note: 'N', reminder_date: '2099-02-01' });
    expect(noted.status).toBe(200);
    const { meta: _, extension, comment, ...rest } = await stored('ehr-1');
    expect({ comment, reminder: extension[1].valueDateTime }).toEqual({
      comment: 'N',
      reminder: '2099-02-01',
    });
    expect({ ...rest, meta: before.meta, extension: [extension[0]] }).toEqual(before);
    const moved = await to.patch('fhir:ehr-1', {
      booking_date: '2099-03-02T10:00:00-06:00',
      physician_id: null,
    });
    expect(moved.body.end).toBe('2099-03-02T10:00:45-06:00');
    const after = await stored('ehr-1');
    expect(after.requestedPeriod).toEqual([
      { start: '2099-03-02T10:00:00-06:00', end: '2099-03-02T10:00:45-06:00' },
      ...own.requestedPeriod,
    ]);
    expect(after.participant).toEqual([before.participant[0], before.participant[2]]);
    expect(after).toMatchObject({ description: 'Follow-up', serviceType: own.serviceType, priority: 3 });
  });

  it('may be without a time, a kind and a person', async () => {
    const participant = [{ type: [{ text: 'Anyone' }], status: 'needs-action' }];
    const wish = [{ start: '2099-02-01', end: '2099-04-01' }];
    const timeless = { start: undefined, end: undefined, status: 'waitlist', requestedPeriod: wish };
    await to.fhir('Appointment', 'ehr-2', appointment({ ...timeless, participant }));
    const { body } = await to.get('bookings/fhir:ehr-2');
    expect({ ...body, _links: undefined }).toEqual({ id: 'fhir:ehr-2', status: 'waitlist', no_show: false });
    const noted = await to.patch('fhir:ehr-2', { note: 'N' });
    expect({ ...noted.body, _links: undefined }).toEqual({ ...body, note: 'N', _links: undefined });
    const named = await to.patch('fhir:ehr-2', { patient_id: '3', booking_date: '2099-03-05T10:00:00Z' });
    expect(named.body).toMatchObject({ patient_id: '3', contact_id: 'c-17', status: 'booked' });
    expect(await stored('ehr-2')).toMatchObject({
      participant: [{ actor: { reference: 'Patient/diana' } }, ...participant],
      requestedPeriod: [{ start: '2099-03-05T10:00:00Z' }, ...wish],
    });
    expectProblem(await to.patch('fhir:ehr-2', { patient_id: 'fhir:ann', contact_id: odd }), 422, {
      pointer: '#/contact_id',
    });
  });

  it('may break what is asked of new ones, as long as that is left alone', async () => {
    const cancelationReason = { text: 'Ill' };
    const late = { url: 'https://salus.example/fhir/StructureDefinition/salus-reminder' };
    await to.fhir(
      'Appointment',
      'ehr-3',
      appointment({
        ...{ status: 'noshow', cancelationReason },
        extension: [{ ...late, valueDateTime: '2099-05-01' }],
      }),
    );
    expect((await to.patch('fhir:ehr-3', { note: 'N' })).body).toMatchObject({ status: 'noshow', note: 'N' });
    const wrong = await to.patch('fhir:ehr-3', { status: 'entered-in-error' });
    expect(wrong.body.status).toBe('entered-in-error');
    expect(await stored('ehr-3')).not.toHaveProperty('cancelationReason');
    expectProblem(await to.patch('fhir:ehr-3', { status: 'booked' }), 409, {
      detail: 'A booking that is entered-in-error cannot become booked: it stays so.',
    });
  });

  it('may be of a CRM, with an id that has blanks', async () => {
    const value = 'patient p 1|2099-04-01';
    await to.fhir('Appointment', 'crm', appointment({ identifier: [{ system: bookingSystem, value }] }));
    const found = await to.get(`bookings/${encodeURIComponent(value)}`);
    expect(found.body.id).toBe(value);
    expect((await to.get(found.body._links.self.href)).body).toEqual(found.body);
    const again = await to.put(value, found.body);
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: found.body });
  });
});
