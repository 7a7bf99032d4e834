// What the operations of the plain JSON API are tried on: things that are there, and bodies that are taken.

import { clinicResources } from '../../../server/clinic/clinicResources.ts';
import { exampleOf } from '../../../server/clinic/openApi/openApiParts.ts';
import { patientSystem } from '../../../server/clinic/patients/patientIds.ts';
import { doctorSystem } from '../../../server/clinic/people/physicianReference.ts';
import { studySystem } from '../../../server/clinic/studies/studyResources.ts';
import type { ClinicResource, Json } from '../../../server/clinic/things/clinicResource.ts';
import { stableId } from '../../../server/clinic/things/stableId.ts';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';
import { alertOf, alertWriter, highHeartRate } from './madeAlerts.ts';
import { person, reviewsOf } from './madeReviews.ts';

/** A request of an operation that is carried out. */
export interface Asked {
  params: Record<string, string>;
  /** with its question mark */
  query?: string;
  body?: unknown;
  type: string;
  headers?: Record<string, string>;
  /** length that is told of a body of which nothing is sent */
  declared?: number;
}

export interface Subject extends Asked {
  /** what is different where it can be carried out once only */
  fresh?: () => Promise<Partial<Asked>>;
  /** what is different where it is of something that is there */
  again?: () => Promise<Partial<Asked>>;
  /** what is different where it is refused with 409 */
  conflict?: Partial<Asked>;
  /** what is different where it is more than is taken, whatever the settings of the server */
  large?: Partial<Asked>;
  /** the resource that somebody else stores where it loses a race: it has no other conflict */
  race?: { type: string; id: string };
  /** what is different where it was withdrawn */
  withdrawn?: Partial<Asked>;
  /** what is different where its ETag is another */
  stale?: Partial<Asked>;
  /** a body that is refused with 422, where `{"nonsense": 1}` is not */
  wrong?: unknown;
}

export interface Subjects {
  of(operation: { id: string; method: string; path: string }): Promise<Subject>;
  /** an id that stands for two things of the kind that the path begins with */
  ambiguous(path: string): string;
}

/** More than an import takes. */
const HUGE = { declared: 2 ** 30 };
const TERM = 'Amyotrophic Lateral Sclerosis';
const JSON_TYPE = { 'content-type': 'application/json' };
const PATCH_TYPE = 'application/merge-patch+json';

export async function makeSubjects(server: TestServer): Promise<Subjects> {
  const api = server.base.replace('/fhir/R4', '/api/v1');
  const post = async (path: string, body: unknown, headers = JSON_TYPE): Promise<Answer> => {
    const answer = await send('POST', `${api}/${path}`, body, headers);
    if (answer.status >= 400) throw new Error(`POST ${path}: ${answer.text}`);
    return answer;
  };
  let made = 0;
  /** The example of a kind, of somebody who has nothing yet, and other than all before. */
  const bodyOf = async ({ schema, kept }: ClinicResource): Promise<Json> => {
    const n = ++made;
    const { id: _, ...example } = exampleOf(schema) as Json;
    const { body: person } = await post('patients', { last_name: `Person ${n}` });
    const others: Json = {
      ...{ patient_id: person.id, contact_id: person._links.fhir.href.split('/').at(-1) },
      ...{ hospital_id: 'house', physician_id: 'doc', email: `n${n}@example.com`, last_name: `Name ${n}` },
      ...{ phone: `+49 30 ${1_000 + n}`, medical_license_number: `L-${n}`, medical_condition: 'ALS' },
      ...(kept && { name: `Term ${n}`, abbreviation: `T${n}` }),
    };
    const known = Object.entries(others).filter(([name]) => Object.hasOwn(example, name));
    return { ...example, ...Object.fromEntries(known) };
  };
  const reviews = reviewsOf(server);
  /** A new thing. @returns its id */
  const make = async (resource: ClinicResource): Promise<string> => {
    if (!resource.readOnly) return (await post(resource.name, await bodyOf(resource))).body.id;
    const [fresh, known] = [`new-${++made}`, `known-${made}`];
    await reviews.put(person(fresh, 'lead'), person(known, 'patient'));
    return reviews.review(fresh, known);
  };

  await post('patients', { id: 'subject', last_name: 'Subject' });
  await post('hospitals', { id: 'house', name: 'House' });
  await post('medical-conditions', { id: 'ALS', name: TERM });
  await send('PUT', `${server.base}/Practitioner/doc`, {
    ...{ resourceType: 'Practitioner', id: 'doc' },
    identifier: [{ system: doctorSystem, value: 'doc' }],
    name: [{ family: 'Doc' }],
  });
  const there = new Map<string, Json>();
  for (const resource of clinicResources) {
    const { body: thing } = await send('GET', `${api}/${resource.name}/${await make(resource)}`);
    there.set(resource.name, thing);
    if (resource.kept) continue;
    const { body: main } = await send('GET', thing._links.fhir.href);
    const { id: _, ...twin } = main;
    twin.identifier = [{ system: resource.system, value: 'ambiguous' }];
    for (let i = 0; i < 2; i++) await send('POST', `${server.base}/${main.resourceType}`, twin);
  }
  const visit = {
    doctor: 'Practitioner/doc',
    time: '2026-01-31T10:20:00Z',
    kind: 'in person',
    outcome: 'healthy',
  };
  const visits = await Promise.all([1, 2].map(() => post('patients/subject/interactions', visit)));
  const [iid, gone] = visits.map(({ body }) => body.id as string);
  await send('DELETE', `${api}/patients/subject/interactions/${gone}`);
  const reading = {
    patient: 'Patient/pulse',
    code: 'pulse',
    value: 190,
    unit: '/min',
    time: new Date().toISOString(),
  };
  await send('PUT', `${server.base}/Patient/pulse`, {
    resourceType: 'Patient',
    id: 'pulse',
    birthDate: '1980-01-01',
  });
  await post('vitals', [reading]);
  const alert = await until(async () => (await send('GET', `${api}/alerts`)).body.data[0]?.id as string);
  const taken = alertOf(highHeartRate('pulse', 60));
  const writer = alertWriter(server.databaseUrl);
  await writer.store({ ...taken, status: 'withdrawn' });
  await writer.close();
  const csv = {
    patients: 'first_name,last_name,birth_date,email,id\nA,B,1990-01-01,a@b.example,csv-1\n',
    studies: 'urgency_level,body_part,description,type,patient_id,id\nLOW,CHEST,X,XRAY,subject,csv-1\n',
  };

  const kindOf = (path: string) =>
    clinicResources.find(({ name }) => name === path.split('/')[3]?.split(':')[0]);
  const undone = { status: 'screening', reason: 'Entered for another patient' };
  const actions: Readonly<Record<string, { body: Json; ready?: (path: string) => Promise<unknown> }>> = {
    undo: {
      body: undone,
      ready: (path) =>
        send('PATCH', `${api}/${path}`, { status: undone.status }, { 'content-type': PATCH_TYPE }),
    },
    convert: { body: { physician_id: 'doc' } },
    resolve: { body: { decision: 'different' } },
  };
  const acted = (resource: ClinicResource, asked: Asked, action: string): Subject => {
    const { body, ready } = actions[action]!;
    const fresh = async () => {
      const id = await make(resource);
      await ready?.(`${resource.name}/${id}`);
      return { params: { id } };
    };
    return { ...asked, body, fresh };
  };
  /** Of terms, a name stands for one; one that somebody has stays. */
  const conflictOf = ({ kept }: ClinicResource, method: string, thing: Json): Partial<Asked> | undefined => {
    if (!kept) return undefined;
    const name = TERM;
    if (method === 'DELETE') return { params: { id: 'ALS' } };
    return { body: method === 'PUT' ? { ...thing, name } : { name } };
  };
  const posted = async (
    resource: ClinicResource,
    asked: Asked,
    id: unknown,
    path: string,
  ): Promise<Subject> => {
    const batch = (data: Json) => ({ operations: [{ op: 'create', data }] });
    const [body, other] = [await bodyOf(resource), await bodyOf(resource)];
    const isChosen = Object.hasOwn((resource.schema as { properties: Json }).properties, 'id');
    const taken = { ...other, ...(isChosen && { id }) };
    if (path.endsWith(':batch')) {
      return {
        ...{ ...asked, body: batch(body), conflict: { body: batch(taken) }, wrong: batch({ nonsense: 1 }) },
        stale: { body: { operations: [{ op: 'delete', id, ifMatch: 'W/"999"' }] } },
      };
    }
    const again = async () => {
      await post(resource.name, body);
      return { body };
    };
    return { ...asked, body, again, conflict: { body: taken } };
  };
  const things = async (path: string, method: string): Promise<Subject> => {
    const resource = kindOf(path)!;
    const { _links, ...thing } = there.get(resource.name)!;
    const asked = { params: { id: String(thing.id) }, type: 'application/json' };
    const action = path.split('}:')[1];
    if (action) return acted(resource, asked, action);
    if (method === 'POST') return posted(resource, asked, thing.id, path);
    const conflict = conflictOf(resource, method, thing);
    const refused = conflict && { conflict };
    // What was read can be sent back.
    if (method === 'PUT') return { ...asked, body: thing, ...refused };
    if (method === 'PATCH') {
      const { id: _, ...members } = thing;
      const body = Object.fromEntries(Object.entries(members).slice(0, 1));
      return { ...asked, body, type: PATCH_TYPE, ...refused };
    }
    if (method !== 'DELETE') return asked;
    return { ...asked, fresh: async () => ({ params: { id: await make(resource) } }), ...refused };
  };
  const plain = (more: Partial<Subject> = {}): Subject => ({ params: {}, type: 'application/json', ...more });
  const withdrawn = { params: { id: 'subject', iid: gone! } };
  const fixed: Readonly<Record<string, Subject>> = {
    createInteraction: plain({ params: { id: 'subject' }, body: visit }),
    listInteraction: plain({ params: { id: 'subject' } }),
    readInteraction: plain({ params: { id: 'subject', iid: iid! }, withdrawn }),
    replaceInteraction: plain({ params: { id: 'subject', iid: iid! }, body: visit, withdrawn }),
    changeInteraction: plain({
      ...{ params: { id: 'subject', iid: iid! }, type: PATCH_TYPE, withdrawn },
      body: { kind: 'phone' },
    }),
    deleteInteraction: plain({
      ...{ params: { id: 'subject', iid: iid! }, withdrawn },
      fresh: async () => ({
        params: { id: 'subject', iid: (await post('patients/subject/interactions', visit)).body.id },
      }),
    }),
    batchInteraction: plain({
      params: { id: 'subject' },
      body: { operations: [{ op: 'create', data: visit }] },
      withdrawn: { body: { operations: [{ op: 'delete', id: gone }] } },
      stale: { body: { operations: [{ op: 'delete', id: iid, ifMatch: 'W/"999"' }] } },
    }),
    listInteractionVersions: plain({ params: { id: 'subject', iid: iid! } }),
    readHistory: plain({ params: { id: 'subject' } }),
    importPatientCsv: plain({
      body: csv.patients,
      type: 'text/csv',
      wrong: 'last_name,id\n,nobody\n',
      ...lost('last_name,id\nLate,late\n', 'Patient', patientSystem),
      large: HUGE,
    }),
    importStudyCsv: plain({
      body: csv.studies,
      type: 'text/csv',
      wrong: `${csv.studies.split('\n')[0]}\nLOW,CHEST,X,XRAY,nobody,csv-2\n`,
      ...lost(csv.studies.replace('csv-1', 'late'), 'DiagnosticReport', studySystem),
      large: HUGE,
    }),
    registerVitals: plain({ body: [{ ...reading, value: 80 }], wrong: [{}] }),
    readAlert: plain({ params: { id: alert } }),
    acknowledgeAlert: plain({
      ...{ params: { id: alert }, body: { who: 'Practitioner/doc' } },
      conflict: { params: { id: taken.id } },
      wrong: { who: 'Practitioner/nobody' },
    }),
  };
  return {
    of: async ({ id, method, path }) => fixed[id] ?? (kindOf(path) ? things(path, method) : plain()),
    ambiguous: () => 'ambiguous',
  };
}

/** An import of something with the id `late` that somebody else is storing. */
const lost = (body: string, type: string, system: string) => ({
  conflict: { body, query: '?mode=all-or-nothing' },
  race: { type, id: stableId(type, system, 'late') },
});

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not happen');
}
