// Writes of every kind of thing, made of the examples of its schema: each with all that it can have, and with no more than it must.
import type { ClinicResource } from '../../server/clinic/things/clinicResource.ts';
import { type Answer, send } from '../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests make arbitrary JSON
type Json = any;

/** Kinds of which not all members can go together: what is sent instead, made of all the examples. */
const TOGETHER: Readonly<Record<string, (all: Json) => Json[]>> = {
  bookings: ({ status: _, no_show: __, contact_id: ___, ...all }) => {
    const { booking_date: at, duration_minutes: minutes, ...proposed } = all;
    const { id, physician_id: _physician, ...past } = { ...all, booking_date: '2026-01-30T10:00:00Z' };
    const { reminder_date: ____, ...day } = { ...past, booking_date: '2026-01-29' };
    return [
      { ...proposed, id, booking_date: at, duration_minutes: minutes },
      { ...past, reminder_date: '2026-01-29T10:00:00Z', no_show: true },
      { ...day, duration_minutes: undefined, no_show: false },
      { ...proposed, id: `${id}-proposed` },
      { ...proposed, id: `${id}-cancelled`, status: 'cancelled' },
    ];
  },
  referrals: ({ id, kind: _, patient_id, physician_id, condition_id, ...all }) => [
    {
      ...{ id, kind: 'ct', patient_id, physician_id, condition_id },
      ...{ trial_id: all.trial_id, trial_title: all.trial_title, ct_referral_date: all.ct_referral_date },
    },
    { kind: 'ct', patient_id, trial_id: 'NCT07' },
    {
      ...{ kind: 'eap', patient_id, physician_id, product: all.product, eap_number: all.eap_number },
      eap_request_date: all.eap_request_date,
    },
    { kind: 'eap', patient_id, product: 'Another product' },
  ],
  // Nobody who is known already.
  leads: (all) => [
    { ...all, first_name: 'Rosa', last_name: 'Luna', email: 'rosa@ejemplo.com', phone: '+528180000099' },
    { last_name: 'Sol' },
  ],
  contacts: ({ id: _, job_title, specialization, medical_license_number, hospital_id, ...lead }) => {
    const job = { job_title, specialization, medical_license_number, hospital_id };
    const { first_name, phone } = lead;
    return [
      { ...lead, last_name: 'Rios', email: 'rios@ejemplo.com', phone: '+528180000098' },
      { contact_type: 'lead', last_name: 'Prado' },
      {
        ...job,
        contact_type: 'pharmacist',
        first_name,
        phone,
        last_name: 'Mena',
        medical_license_number: 'P-1',
      },
      { contact_type: 'physician', last_name: 'Duran', specialization },
      { contact_type: 'pharmacist', last_name: 'Vega' },
    ];
  },
  // No two terms are called the same.
  'medical-conditions': (all) => [all, { name: 'Huntington Disease' }],
  conditions: ({ abatement_date, ...all }) => [
    all,
    { ...all, id: `${all.id}-over`, medical_condition: 'GBM', status: 'resolved', abatement_date },
    { patient_id: all.patient_id, medical_condition: 'IPF' },
  ],
};

/** Creates things of every kind, each also replaced by one of the others; ids of other things are those of the first of their kind. */
export async function writeExamples(api: string, resources: readonly ClinicResource[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  const first = new Map<string, string>();
  const write = async (method: string, path: string, body: Json): Promise<Answer> => {
    const answer = await send(method, `${api}/${path}`, body, { 'content-type': 'application/json' });
    // What was refused is told with what was sent.
    if (answer.status >= 300) throw new Error(`${method} ${path} ${JSON.stringify(body)}: ${answer.text}`);
    answers.push(answer);
    return answer;
  };
  for (const resource of inOrder(resources.filter(({ readOnly }) => !readOnly))) {
    const { name, schema } = resource;
    const all = exampleOf(schema, first);
    const required = (schema.required ?? []) as string[];
    const least = Object.fromEntries(required.map((member) => [member, all[member]]));
    const bodies = TOGETHER[name]?.(all) ?? [all, least];
    for (const body of bodies) {
      const { id } = (await write('POST', name, body)).body;
      if (!first.has(name)) first.set(name, id);
    }
    const { id: _, ...same } = bodies[0];
    await write('PUT', `${name}/${encodeURIComponent(first.get(name)!)}`, same);
  }
  return answers;
}

/** Kinds after those whose ids they take. */
function inOrder(resources: readonly ClinicResource[]): ClinicResource[] {
  const left = [...resources];
  const done: ClinicResource[] = [];
  while (left.length > 0) {
    const names = left.map(({ name }) => name);
    const next = left.findIndex(({ schema, name }) =>
      Object.keys(schema.properties as Json).every((member) => {
        const other = kindOf(member);
        return other === name || !other || !names.includes(other);
      }),
    );
    if (next < 0) throw new Error(`${names.join(', ')} need each other`);
    done.push(...left.splice(next, 1));
  }
  return done;
}

/** `patients` of `patient_id`. */
const kindOf = (member: string): string | undefined =>
  member.endsWith('_id') ? `${member.slice(0, -3)}s` : undefined;

function exampleOf({ properties }: Json, first: ReadonlyMap<string, string>): Json {
  const members = Object.entries(properties as Record<string, Json>).map(([name, schema]) => {
    const other = kindOf(name);
    if (other && first.has(other)) return [name, first.get(other)];
    return [name, schema.examples?.[0] ?? schema.enum?.[0] ?? schema.const];
  });
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}
