// Two servers on one database with people who book calls, where profiles are enforced.
import { expect } from '@jest/globals';
import { type Answer, send, startTestServer } from '../../support/testServer.ts';

export const contactSystem = 'https://salus.example/fhir/sid/crm-contacts';
export const bookingSystem = 'https://salus.example/fhir/sid/crm-bookings';
const clinicSystem = 'https://salus.example/fhir/sid/clinic-patients';
const doctorSystem = 'https://salus.example/fhir/sid/physicians';

const JSON_TYPE = { 'content-type': 'application/json' };
const PATCH_TYPE = { 'content-type': 'application/merge-patch+json' };

export type BookingServer = Awaited<ReturnType<typeof startBookingServer>>;

/** Patients `diana` (contact c-17, patient 3) and `plain` (fhir:plain), and the physician `doc` (contact c-doc, physician d-1). */
export async function startBookingServer() {
  const server = await startTestServer({ PROFILE_POLICY: 'enforce' });
  const other = await startTestServer({ DATABASE_URL: server.databaseUrl, PROFILE_POLICY: 'enforce' });
  const [api, otherApi] = [server, other].map(({ base }) => base.replace('/fhir/R4', '/api/v1')) as [
    string,
    string,
  ];
  const path = (id: string) => `${api}/bookings/${encodeURIComponent(id)}`;
  const get = (from: string): Promise<Answer> =>
    send('GET', from.startsWith('http') ? from : `${api}/${from}`);
  const post = (body: unknown, base = api): Promise<Answer> =>
    send('POST', `${base}/bookings`, body, JSON_TYPE);
  const fhir = async (type: string, id: string, members: object): Promise<void> => {
    const body = { resourceType: type, id, ...members };
    expect((await send('PUT', `${server.base}/${type}/${id}`, body)).status).toBe(201);
  };
  let people = 0;
  /** A new person, so that calls of other tests are not in the way. */
  const someone = async (): Promise<string> => {
    const id = `person-${++people}`;
    await fhir('Patient', id, {});
    return `fhir:${id}`;
  };
  const clinic = { system: clinicSystem, value: '3' };
  await fhir('Patient', 'diana', { identifier: [{ system: contactSystem, value: 'c-17' }, clinic] });
  await fhir('Patient', 'plain', {});
  await fhir('Practitioner', 'doc', {
    identifier: [
      { system: contactSystem, value: 'c-doc' },
      { system: doctorSystem, value: 'd-1' },
    ],
  });
  return {
    ...{ api, get, post, fhir, someone },
    /** The address of one server, then of the other. */
    either: (i: number): string => (i % 2 === 0 ? api : otherApi),
    put: (id: string, body: unknown): Promise<Answer> => send('PUT', path(id), body, JSON_TYPE),
    patch: (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
      send('PATCH', path(id), body, { ...PATCH_TYPE, ...headers }),
    /** A booking of a new person. */
    booked: async (members: object = {}): Promise<Answer> => {
      const contact_id = await someone();
      const made = await post({ contact_id, booking_date: '2099-03-01T10:00:00Z', ...members });
      expect(made.status).toBe(201);
      return made;
    },
    /** The resource behind a thing, which must be valid. */
    fhirOf: async (thing: Answer): Promise<Answer['body']> => {
      const { body } = await get(thing.body._links.fhir.href);
      const judged = await send('POST', `${server.base}/${body.resourceType}/$validate`, body);
      expect(judged.status).toBe(200);
      const errors = judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
      expect(errors).toEqual([]);
      return body;
    },
    stop: async () => {
      await other.stop();
      await server.stop();
    },
  };
}
