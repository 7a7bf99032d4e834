// Which records the humans of a CRM have here: by the keys of their rows, else by being certainly somebody who was entered here. Who
// is only likely to be somebody is told and left apart: two people must never become one record.
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import type { Resource, Services } from '../../services.ts';
import { mergedInto } from '../people/currentRecord.ts';
import { token } from '../things/searchTerms.ts';
import { certainOf, type Likely } from './alikeHumans.ts';
import { type Doubt, type Human, humanOf, likeness } from './crmHumans.ts';
import { humanId } from './crmPeople.ts';
import { crmSystems } from './crmTables.ts';
import { readRecords } from './readRecords.ts';

export type Kind = 'Patient' | 'Practitioner';

export interface StoredHumans {
  /** humans whom somebody has found to be one here are one */
  humans: Human[];
  /** FHIR ids of those who are stored */
  ids: Map<Human, string>;
  doubts: Doubt[];
}

const AT_ONCE = 500;
/** Records of one key that are told of. */
const MOST_MATCHES = 5;

/** The records of humans, and where these do not tell one human. */
export async function storedHumans(
  services: Services,
  kind: Kind,
  wanted: readonly Human[],
): Promise<StoredHumans> {
  const byKey = await candidatesOf(services, kind, wanted);
  const ids = new Map<Human, string>();
  const taken = new Map<string, Human>();
  const claim = (human: Human, id: string) => {
    ids.set(human, id);
    taken.set(id, human);
  };
  // Whoever a record was made for keeps it.
  for (const human of wanted) {
    const id = humanId(kind, human);
    if (byKey.get(human)!.has(id)) claim(human, id);
  }
  for (const human of wanted) {
    const free = [...byKey.get(human)!].sort().find((id) => !taken.has(id));
    if (!ids.has(human) && free !== undefined) claim(human, free);
  }
  const left = wanted.filter((human) => !ids.has(human));
  const merged = kind === 'Patient' ? await mergedHumans(services, left, byKey) : new Map<Human, string>();
  const joined = new Map<Human, Human>();
  for (const [human, id] of merged) joined.set(human, taken.get(id)!);
  const { same, likely } = await certainOf(
    services,
    kind,
    left.filter((human) => !joined.has(human)),
    (id) => taken.has(id),
  );
  for (const [human, id] of same) claim(human, id);

  const doubts: Doubt[] = likely.map(toDoubt);
  for (const human of wanted) {
    const others = [...byKey.get(human)!].sort().filter((id) => id !== ids.get(human));
    if (others.length === 0 || joined.has(human)) continue;
    const because = `what these rows are is also stored as ${others.map((id) => `${kind}/${id}`).join(', ')}`;
    const records = others.map((id) => ({
      ...{ reference: `${kind}/${id}`, score: likeness.certain },
      because: ['It has the key of the same row of the CRM.'],
    }));
    doubts.push({ score: likeness.certain, because, rows: human.rows, records });
  }
  return { ...joinedHumans(wanted, joined, ids), doubts };
}

function toDoubt({ human, records }: Likely): Doubt {
  const told = records.map(({ reference, because }) => `${reference} (${because.join(' ')})`);
  return {
    score: Math.max(...records.map(({ score }) => score)),
    because: `it may be who is stored as ${told.join(', ')}`,
    ...{ rows: human.rows, records },
  };
}

/** Ids of the records that have the key of a row, by human. */
async function candidatesOf(
  services: Services,
  kind: Kind,
  humans: readonly Human[],
): Promise<Map<Human, Set<string>>> {
  const criteria = humans.flatMap((human) =>
    human.rows.map(({ table, key }) => {
      const value = token(crmSystems[table as 'Contact' | 'Patient'], key);
      return { human, criteria: parseCriteria(services, kind, `identifier=${encodeURIComponent(value)}`) };
    }),
  );
  const candidates = new Map<Human, Set<string>>(humans.map((human) => [human, new Set()]));
  for (let at = 0; at < criteria.length; at += AT_ONCE) {
    const some = criteria.slice(at, at + AT_ONCE);
    const parsed = some.map((each) => each.criteria);
    const matches = await findMatches(services, services.db, parsed, MOST_MATCHES);
    for (const { human, criteria } of some) {
      for (const { id } of matches.get(criteria.text) ?? []) candidates.get(human)!.add(id);
    }
  }
  return candidates;
}

/** Humans whose record was merged into another's here: the id of that one. */
async function mergedHumans(
  services: Services,
  humans: readonly Human[],
  byKey: ReadonlyMap<Human, ReadonlySet<string>>,
): Promise<Map<Human, string>> {
  const some = humans.filter((human) => byKey.get(human)!.size > 0);
  const wanted = some.flatMap((human) => [humanId('Patient', human), ...byKey.get(human)!]);
  const records = await readRecords(services, 'Patient', wanted);
  const merged = new Map<Human, string>();
  for (const human of some) {
    const own = records.get(humanId('Patient', human));
    const survivor = [...byKey.get(human)!].find(
      (id) =>
        (own && mergedInto(own) === `Patient/${id}`) ||
        human.rows.every((row) => isOldKey(records.get(id), row.key)),
    );
    if (survivor !== undefined) merged.set(human, survivor);
  }
  return merged;
}

/** A merge marks the ids of the record that is no more as old. */
const isOldKey = (record: Resource | undefined, key: string): boolean =>
  ((record?.identifier ?? []) as { use?: string; system?: string; value?: string }[]).some(
    ({ use, system, value }) =>
      use === 'old' && value === key && [crmSystems.Contact, crmSystems.Patient].includes(system as never),
  );

/** The humans, with the rows of those who were joined to them; the first key stays the one they are named after. */
function joinedHumans(
  wanted: readonly Human[],
  joined: ReadonlyMap<Human, Human>,
  ids: ReadonlyMap<Human, string>,
): Pick<StoredHumans, 'humans' | 'ids'> {
  if (joined.size === 0) return { humans: [...wanted], ids: new Map(ids) };
  const more = Map.groupBy(joined.keys(), (human) => joined.get(human)!);
  const result: Pick<StoredHumans, 'humans' | 'ids'> = { humans: [], ids: new Map() };
  for (const human of wanted) {
    if (joined.has(human)) continue;
    const others = more.get(human) ?? [];
    const whole =
      others.length === 0
        ? human
        : { ...humanOf([human, ...others].flatMap(({ rows }) => rows)), primary: human.primary };
    result.humans.push(whole);
    const id = ids.get(human);
    if (id !== undefined) result.ids.set(whole, id);
  }
  return result;
}
