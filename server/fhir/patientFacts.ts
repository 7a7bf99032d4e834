// What is known of patients that vital signs are judged and scored by: read in one statement for all of them.
import { parseJson } from '../json/parseJson.ts';
import { factHash } from '../search/factRows.ts';
import type { Resource, Services } from '../services.ts';
import type { JudgedBy } from '../store/change.ts';
import type { Database } from '../store/database.ts';
import { readPatientRecords } from '../store/patientRecords.ts';
import { patientFacts } from '../vitals/patientFacts.ts';
import { type Asked, codesToLookUp } from '../vitals/recordedFacts.ts';
import type { Ruleset } from '../vitals/ruleset.ts';
import { pregnant, spo2Scale2 } from '../vitals/scores/scoreFor.ts';
import { type Code, type PatientFacts, sameCode } from '../vitals/vitalSign.ts';

interface LookUp {
  readonly asked: Asked;
  readonly codes: readonly Code[];
  /** patients of whom nothing but the Patient is known, by `Patient/[id]`, as they were when last read */
  readonly plain: Map<string, AssumedFacts>;
}

/** Facts that hold as long as what they were read from is what it was. */
export interface AssumedFacts {
  readonly facts: PatientFacts;
  readonly judgedBy: JudgedBy;
}

/** Patients that are remembered; about 2 kB each. */
const MOST_REMEMBERED = 5_000;

/** By ruleset, and for as long as that is in force. */
const lookUps = new WeakMap<Ruleset, LookUp>();

/** What the ranges in force and the scores ask for. */
function lookUpFor(ruleset: Ruleset): LookUp {
  let known = lookUps.get(ruleset);
  if (!known) {
    const { contexts, gestationalAge } = ruleset.asks;
    const scored = [...pregnant, spo2Scale2].filter((code) => !contexts.some((each) => sameCode(each, code)));
    const asked = { contexts: [...contexts, ...scored], gestationalAge };
    known = { asked, codes: codesToLookUp(asked), plain: new Map() };
    lookUps.set(ruleset, known);
  }
  return known;
}

/** What a request is about to write, which counts in place of what is stored. */
export interface Pending {
  /** by `Type/[id]`; undefined for what it deletes */
  readonly resources: ReadonlyMap<string, Resource | undefined>;
  /** what tells something of a patient, by `Patient/[id]` */
  readonly records: ReadonlyMap<string, readonly Resource[]>;
  /** patients (`Patient/[id]`) of whom nothing can be stored yet, since their ids are new */
  readonly fresh: ReadonlySet<string>;
}

const nothingPending: Pending = { resources: new Map(), records: new Map(), fresh: new Set() };

/**
 * The facts of patients, given by id (`[id]` or `Patient/[id]`), by `Patient/[id]`; those that are not there are left out.
 */
export async function readPatientFacts(
  services: Services,
  db: Database,
  ids: Iterable<string>,
  pending: Pending = nothingPending,
): Promise<Map<string, PatientFacts>> {
  const { asked, codes, plain } = lookUpFor(services.current.ruleset);
  const names = new Set([...ids].map((id) => (id.startsWith('Patient/') ? id : `Patient/${id}`)));
  const hashes = new Map<string, bigint[]>();
  for (const name of names) {
    if (pending.fresh.has(name)) continue;
    hashes.set(
      name.slice('Patient/'.length),
      codes.map((code) => factHash(name, code)),
    );
  }
  const patients = new Map<string, Resource>();
  const records = new Map<string, Map<string, Resource>>();
  for (const { patient, type, id, content } of await readPatientRecords(db, hashes)) {
    const name = `${type}/${id}`;
    if (pending.resources.has(name)) continue;
    if (type === 'Patient') patients.set(name, parseJson(content) as Resource);
    else {
      const of = records.get(`Patient/${patient}`) ?? new Map<string, Resource>();
      records.set(`Patient/${patient}`, of);
      if (!of.has(name)) of.set(name, parseJson(content) as Resource);
    }
  }
  const facts = new Map<string, PatientFacts>();
  for (const name of names) {
    const patient = pending.resources.get(name) ?? patients.get(name);
    if (!patient) continue;
    const of = [...(records.get(name)?.values() ?? []), ...(pending.records.get(name) ?? [])];
    const own = patientFacts(name, patient, of, asked);
    facts.set(name, own);
    if (of.length > 0 || patient !== patients.get(name)) plain.delete(name);
    else {
      const id = name.slice('Patient/'.length);
      if (plain.size >= MOST_REMEMBERED) plain.clear();
      plain.set(name, {
        facts: own,
        judgedBy: {
          patient: id,
          version: Number(patient.meta?.versionId),
          hashes: hashes.get(id)!.map(String),
        },
      });
    }
  }
  return facts;
}

/**
 * The facts of a patient (`Patient/[id]`) as this process saw them last, and what they rest on; undefined where that is more
 * than the Patient. Whoever stores something by them makes sure that they are current, in the same statement.
 */
export function assumedFacts(services: Services, name: string): AssumedFacts | undefined {
  return lookUpFor(services.current.ruleset).plain.get(name);
}
