// What the operations of the plain JSON API are tried on: things that are there, and bodies that are taken.

import type { ClinicResource, Json } from '../../../server/clinic/clinicResource.ts';
import { clinicResources } from '../../../server/clinic/clinicResources.ts';
import { MOST_IN_ONE } from '../../../server/clinic/csv/importCsv.ts';
import { exampleOf } from '../../../server/clinic/openApiParts.ts';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';

/** A request of an operation that is carried out. */
export interface Asked {
  params: Record<string, string>;
  /** with its question mark */
  query?: string;
  body?: unknown;
  type: string;
  headers?: Record<string, string>;
}

export interface Subject extends Asked {
  /** what is different where it can be carried out once only */
  fresh?: () => Promise<Partial<Asked>>;
  /** what is different where it is refused with 409 */
  conflict?: Partial<Asked>;
  /** what is different where it is more than is taken, whatever the settings of the server */
  large?: Partial<Asked>;
  /** a body that is refused with 422, where `{"nonsense": 1}` is not */
  wrong?: unknown;
}

export interface Subjects {
  of(operation: { id: string; method: string; path: string }): Promise<Subject>;
  /** an id that stands for two things of the kind that the path begins with */
  ambiguous(path: string): string;
  /** the id of one of them */
  some(path: string): string;
  /** parameters of an interaction that was withdrawn */
  withdrawn: Record<string, string>;
}

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
  const bodyOf = async ({ schema }: ClinicResource): Promise<Json> => {
    const n = ++made;
    const { id: _, ...example } = exampleOf(schema) as Json;
    const { body: person } = await post('patients', { last_name: `Person ${n}` });
    const others: Json = {
      ...{ patient_id: person.id, contact_id: person._links.fhir.href.split('/').at(-1) },
      ...{ hospital_id: 'house', physician_id: 'doc', email: `n${n}@example.com`, last_name: `Name ${n}` },
      ...{ phone: `+49 30 ${1_000 + n}`, medical_license_number: `L-${n}` },
    };
    const known = Object.entries(others).filter(([name]) => Object.hasOwn(example, name));
    return { ...example, ...Object.fromEntries(known) };
  };
  /** A new thing. @returns its id */
  const make = async (resource: ClinicResource): Promise<string> =>
    (await post(resource.name, await bodyOf(resource))).body.id;

  await post('patients', { id: 'subject', last_name: 'Subject' });
  await post('hospitals', { id: 'house', name: 'House' });
  await send('PUT', `${server.base}/Practitioner/doc`, {
    ...{ resourceType: 'Practitioner', id: 'doc' },
    name: [{ family: 'Doc' }],
  });
  const kinds = clinicResources.filter(({ readOnly, name }) => !readOnly && name !== 'conditions');
  const there = new Map<string, Json>();
  for (const resource of kinds) {
    const { body: thing } = await send('GET', `${api}/${resource.name}/${await make(resource)}`);
    there.set(resource.name, thing);
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
  const csv = {
    patients: 'first_name,last_name,birth_date,email,id\nA,B,1990-01-01,a@b.example,csv-1\n',
    studies: 'urgency_level,body_part,description,type,patient_id\nLOW,CHEST,X,XRAY,subject\n',
  };

  const kindOf = (path: string) => kinds.find(({ name }) => new RegExp(`/${name}(?:[/:]|$)`).test(path));
  const things = async (path: string, method: string): Promise<Subject> => {
    const resource = kindOf(path)!;
    const { _links, ...thing } = there.get(resource.name)!;
    const asked = { params: { id: String(thing.id) }, type: 'application/json' };
    const batch = (data: Json) => ({ operations: [{ op: 'create', data }] });
    const isChosen = Object.hasOwn((resource.schema as { properties: Json }).properties, 'id');
    if (method === 'POST') {
      const [body, other] = [await bodyOf(resource), await bodyOf(resource)];
      const taken = { ...other, ...(isChosen && { id: thing.id }) };
      return path.endsWith(':batch')
        ? { ...asked, body: batch(body), conflict: { body: batch(taken) }, wrong: batch({ nonsense: 1 }) }
        : { ...asked, body, conflict: { body: taken } };
    }
    // What was read can be sent back.
    if (method === 'PUT') return { ...asked, body: thing };
    if (method === 'PATCH') {
      const { id: _, ...members } = thing;
      return { ...asked, body: Object.fromEntries(Object.entries(members).slice(0, 1)), type: PATCH_TYPE };
    }
    if (method !== 'DELETE') return asked;
    return { ...asked, fresh: async () => ({ params: { id: await make(resource) } }) };
  };
  const plain = (more: Partial<Subject> = {}): Subject => ({ params: {}, type: 'application/json', ...more });
  const fixed: Readonly<Record<string, Subject>> = {
    createInteraction: plain({ params: { id: 'subject' }, body: visit }),
    listInteraction: plain({ params: { id: 'subject' } }),
    readInteraction: plain({ params: { id: 'subject', iid: iid! } }),
    replaceInteraction: plain({ params: { id: 'subject', iid: iid! }, body: visit }),
    deleteInteraction: plain({
      params: { id: 'subject', iid: iid! },
      fresh: async () => ({
        params: { id: 'subject', iid: (await post('patients/subject/interactions', visit)).body.id },
      }),
    }),
    listInteractionVersions: plain({ params: { id: 'subject', iid: iid! } }),
    readHistory: plain({ params: { id: 'subject' } }),
    importPatientCsv: plain({
      body: csv.patients,
      type: 'text/csv',
      wrong: 'last_name,id\n,nobody\n',
      large: { query: '?mode=all-or-nothing', body: rows('last_name,id', (n) => `X,row-${n}`) },
    }),
    importStudyCsv: plain({
      body: csv.studies,
      type: 'text/csv',
      wrong: `${csv.studies.split('\n')[0]}\nLOW,CHEST,X,XRAY,nobody\n`,
      large: {
        query: '?mode=all-or-nothing',
        body: rows(csv.studies.split('\n')[0]!, () => 'LOW,CHEST,X,XRAY,subject'),
      },
    }),
    registerVitals: plain({ body: [{ ...reading, value: 80 }], wrong: [{}] }),
    readAlert: plain({ params: { id: alert } }),
    acknowledgeAlert: plain({ params: { id: alert }, body: { who: 'Practitioner/doc' } }),
  };
  return {
    of: async ({ id, method, path }) => fixed[id] ?? (kindOf(path) ? things(path, method) : plain()),
    ambiguous: () => 'ambiguous',
    some: (path) => String(there.get(kindOf(path)!.name)!.id),
    withdrawn: { id: 'subject', iid: gone! },
  };
}

/** A CSV of one row more than all-or-nothing takes. */
const rows = (heading: string, row: (n: number) => string): string =>
  [heading, ...Array.from({ length: MOST_IN_ONE + 1 }, (_, n) => row(n))].join('\n');

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not happen');
}
