// Humans of a CRM and records that were entered here: who is certainly whom, and who may be, by what people/likeness.ts counts and by
// the rules between rows. Records are found by e-mail, licence and name, for many humans at once.
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { hashPath } from '../../search/hash64.ts';
import { foldText } from '../../search/parameters/string.ts';
import type { Resource, Services } from '../../services.ts';
import { namesakes } from '../../store/namesakes.ts';
import { mergedInto } from '../people/currentRecord.ts';
import { factsOfForm, factsOfPatient } from '../people/leadFacts.ts';
import type { Candidate } from '../people/leadReviewJson.ts';
import { likenessOf, type PersonFacts, thresholds } from '../people/likeness.ts';
import { plainWords } from '../plainWords.ts';
import { exactly, token } from '../things/searchTerms.ts';
import type { Human } from './crmHumans.ts';
import { crmSystems } from './crmTables.ts';
import { readRecords } from './readRecords.ts';
import type { Kind } from './storedHumans.ts';

/** A human who may be one of several. */
export interface Likely {
  human: Human;
  /** the likeliest first */
  records: Candidate[];
}

const AT_ONCE = 500;
/** Records that one e-mail, licence or name may find, and that a doubt tells of. */
const MOST_FOUND = 50;

/** @param isTaken whether a record is another human's */
export async function certainOf(
  services: Services,
  kind: Kind,
  humans: readonly Human[],
  isTaken: (id: string) => boolean,
): Promise<{ same: Map<Human, string>; likely: Likely[] }> {
  const found = await alike(services, kind, humans);
  const records = await readRecords(
    services,
    kind,
    [...found.values()].flatMap((ids) => [...ids]),
  );
  const same = new Map<Human, string>();
  const likely: Likely[] = [];
  const claimed = new Set<string>();
  for (const human of humans) {
    const scored = [...(found.get(human) ?? [])]
      .flatMap((id): Candidate[] => {
        const record = records.get(id);
        if (!record || isTaken(id) || mergedInto(record) !== undefined) return [];
        return [{ reference: `${kind}/${id}`, ...scoreOf(kind, human, record) }];
      })
      .filter(({ score }) => score >= thresholds.doubtful)
      .sort((a, b) => b.score - a.score || (a.reference < b.reference ? -1 : 1));
    const certain = scored.filter(({ score }) => score >= thresholds.certain);
    const [one, another] = certain;
    if (one && !another && !claimed.has(one.reference)) {
      claimed.add(one.reference);
      same.set(human, one.reference.slice(kind.length + 1));
    } else if (scored.length > 0 && kind === 'Patient') {
      likely.push({ human, records: scored.slice(0, MOST_FOUND) });
    }
  }
  return { same, likely };
}

/** Ids of the records that share the e-mail, a licence or the name of a human. */
async function alike(
  services: Services,
  kind: Kind,
  humans: readonly Human[],
): Promise<Map<Human, Set<string>>> {
  const found = new Map<Human, Set<string>>();
  const add = (human: Human, id: string) => {
    if (!found.has(human)) found.set(human, new Set());
    found.get(human)!.add(id);
  };
  const asked = humans.flatMap((human) => {
    const emails = valuesOf(human, 'email').map((email) => ['email', exactly(email)]);
    const licences = valuesOf(human, 'medical_license_number').map((licence) => [
      ...['identifier', token(crmSystems.licences, licence)],
    ]);
    return [...emails, ...(kind === 'Practitioner' ? licences : [])].map(([name, value]) => ({
      human,
      criteria: parseCriteria(services, kind, `${name}=${encodeURIComponent(value!)}`),
    }));
  });
  for (let at = 0; at < asked.length; at += AT_ONCE) {
    const some = asked.slice(at, at + AT_ONCE);
    const parsed = some.map(({ criteria }) => criteria);
    const matches = await findMatches(services, services.db, parsed, MOST_FOUND);
    for (const { human, criteria } of some) {
      for (const { id } of matches.get(criteria.text) ?? []) add(human, id);
    }
  }
  if (kind === 'Practitioner') return found;
  const paths = { family: hashPath('Patient.name.family'), given: hashPath('Patient.name.given') };
  const named = humans.flatMap((human) =>
    namesOf(human).flatMap(({ first, last }) => {
      const names = { family: foldText(last), given: foldText(first.split(/\s+/)[0]!) };
      return names.family === '' || names.given === '' ? [] : [{ human, ...names }];
    }),
  );
  for (let at = 0; at < named.length; at += AT_ONCE) {
    const some = named.slice(at, at + AT_ONCE);
    const ids = await namesakes(services.db, kind, paths, some, MOST_FOUND);
    some.forEach(({ human }, i) => {
      for (const id of ids[i]!) add(human, id);
    });
  }
  return found;
}

const valuesOf = ({ rows }: Human, column: string): string[] => [
  ...new Set(rows.flatMap(({ cells }) => cells[column] ?? [])),
];

const namesOf = ({ rows }: Human) =>
  rows.map(({ cells: { firstname = '', lastname = '' } }) => ({ first: firstname, last: lastname }));

function scoreOf(kind: Kind, human: Human, record: Resource): Omit<Candidate, 'reference'> {
  if (kind === 'Practitioner') return { score: isSameProfessional(human, record) ? 100 : 0, because: [] };
  const forms = human.rows.map(({ cells }) =>
    factsOfForm({
      ...{ first_name: cells.firstname, last_name: cells.lastname },
      ...{ email: cells.email, booking_date: cells.booking_date },
    }),
  );
  const facts: PersonFacts = {
    names: forms.flatMap(({ names }) => names),
    emails: forms.flatMap(({ emails }) => emails),
    ...{ phones: [], calls: [] },
  };
  const { score, because } = likenessOf(facts, factsOfPatient(record, []));
  if (record.active !== false) return { score, because };
  return {
    score: Math.min(score, thresholds.certain - 1),
    because: [...because, 'The record is not in use.'],
  };
}

/** The rule between rows: the name and the e-mail, or the name and the licence. */
function isSameProfessional(human: Human, record: Resource): boolean {
  const {
    name = [],
    telecom = [],
    identifier = [],
  } = record as unknown as {
    name?: { use?: string; family?: string; given?: string[] }[];
    telecom?: { system?: string; value?: string }[];
    identifier?: { system?: string; value?: string }[];
  };
  const names = name.map(
    ({ family = '', given = [] }) => `${plainWords(given.join(' '))}|${plainWords(family)}`,
  );
  return human.rows.some(({ cells }) => {
    const { firstname = '', lastname = '', email, medical_license_number: licence } = cells;
    const has = (items: { system?: string; value?: string }[], system: string, value: string | undefined) =>
      value !== undefined &&
      items.some((item) => item.system === system && plainWords(item.value ?? '') === plainWords(value));
    return (
      names.includes(`${plainWords(firstname)}|${plainWords(lastname)}`) &&
      (has(telecom, 'email', email) || has(identifier, crmSystems.licences, licence))
    );
  });
}
