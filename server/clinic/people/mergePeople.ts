// Two Patients who turned out to be one person: what each record is from then on (patient.html#links). The survivor keeps what it
// says and gets what only the other one knows; the other one leads to it.
import { refuse } from '../../errors.ts';
import type { Resource } from '../../services.ts';
import { personState } from '../crm/crmUnit.ts';
import { defined, profileUrl, type Reference, referenceTo } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import { mergedSystem } from './currentRecord.ts';
import { isHospital, STATES } from './leadFacts.ts';
import { mergedNames, mergedTelecom } from './mergeNames.ts';

export { mergedSystem } from './currentRecord.ts';

interface Link {
  other?: Reference;
  type?: string;
}
interface Coding {
  system?: string;
  code?: string;
}
interface Extension {
  url?: string;
  valueDateTime?: string;
}

/** What is not taken over as it is, or has rules of its own below. */
const OWN = new Set([
  ...['resourceType', 'id', 'meta', 'implicitRules', 'language', 'text', 'contained', 'active', 'link'],
  ...['identifier', 'name', 'telecom', 'birthDate', '_birthDate', 'gender', '_gender'],
  ...['extension', 'generalPractitioner'],
]);
const CHOICES = ['deceased', 'multipleBirth'];
const FIRST_CONTACT = profileUrl('salus-first-contact');
const LAST_CONTACT = profileUrl('salus-last-contact');

const list = <T>(value: unknown): T[] => (value ?? []) as T[];
/** The element that a property is of: `_birthDate` and `deceasedBoolean` have others beside them. */
const elementOf = (property: string): string => {
  const plain = property.replace(/^_/, '');
  return CHOICES.find((choice) => plain.startsWith(choice)) ?? plain;
};

/**
 * What speaks against it: what both records tell, and cannot both be true of one person. `1988` and `1988-08-29` can.
 * @returns sentences that say what of the survivor would be kept
 */
export function contradictions(survivor: Resource, other: Resource): string[] {
  const found: string[] = [];
  const tell = (what: string, [kept, left]: (string | undefined)[], agree: typeof isSameDay) => {
    if (kept === undefined || left === undefined || agree(kept, left)) return;
    found.push(`The ${what} of the older record is ${kept}, that of the newer one ${left}.`);
  };
  const both = [survivor, other];
  tell('date of birth', both.map(birthDate), isSameDay);
  tell('sex', both.map(sexOf), (one, two) => one === two);
  tell('date of death', both.map(deathDate), isSameDay);
  if (hasDied(survivor) && !hasDied(other)) {
    found.push('The older record says that the person has died, the newer one does not.');
  }
  if (survivor.active === false) {
    found.push('The older record was out of use, and the newer one brings it back.');
  }
  return found;
}

const isSameDay = (one: string, other: string): boolean => one.startsWith(other) || other.startsWith(one);
const deathDate = ({ deceasedDateTime }: Resource) => deceasedDateTime as string | undefined;
const hasDied = (record: Resource): boolean =>
  record.deceasedBoolean === true || deathDate(record) !== undefined;
const birthDate = ({ birthDate: date }: Resource) => date as string | undefined;
const sexOf = ({ gender }: Resource) => (gender === 'unknown' ? undefined : (gender as string | undefined));

/**
 * Both records after the merge.
 * @throws FhirError 422 for a record with contained resources, which would lose what refers to them
 */
export function mergePeople(survivor: Resource, other: Resource): { survivor: Resource; merged: Resource } {
  if (list(other.contained).length > 0) {
    throw refuse(
      422,
      'not-supported',
      `Patient/${other.id} has contained resources: store them on their own through the FHIR endpoint before it is merged.`,
    );
  }
  return { survivor: survivorOf(survivor, other), merged: mergedOf(survivor, other) };
}

function survivorOf(survivor: Resource, other: Resource): Resource {
  const told = new Set(Object.keys(survivor).map(elementOf));
  // That somebody has died is newer than that the person lives.
  if (hasDied(other) && !hasDied(survivor)) told.delete('deceased');
  const missing = Object.entries(other).filter(([key]) => !OWN.has(key) && !told.has(elementOf(key)));
  const lists = Object.entries(other).filter(
    ([key, value]) => !OWN.has(key) && told.has(key) && Array.isArray(value),
  );
  // A narrative that was made of the data is no longer true.
  const { text, active, ...all } = survivor as Resource & { text?: { status?: string } };
  const kept = Object.entries(all).filter(([key]) => OWN.has(key) || told.has(elementOf(key)));
  return {
    ...(Object.fromEntries(kept) as typeof all),
    ...Object.fromEntries(missing),
    ...Object.fromEntries(lists.map(([key, value]) => [key, united(list(survivor[key]), list(value))])),
    ...(text?.status === 'additional' && { text }),
    ...(active !== undefined && { active: true }),
    meta: metaOf(survivor, other),
    ...defined({
      extension: extensionsOf(list(survivor.extension), list(other.extension)),
      generalPractitioner: carersOf(list(survivor.generalPractitioner), list(other.generalPractitioner)),
      identifier: identifiersOf(list(survivor.identifier), list(other.identifier)),
      name: mergedNames(list(survivor.name), list(other.name)),
      telecom: mergedTelecom(list(survivor.telecom), list(other.telecom)),
    }),
    ...birthOf(survivor, other),
    ...((sexOf(survivor) ?? other.gender) !== undefined && {
      gender: sexOf(survivor) ?? sexOf(other) ?? survivor.gender ?? other.gender,
    }),
    link: [
      ...united(
        linksBeside(survivor, other),
        linksBeside(other, survivor).filter(({ type }) => type !== 'replaced-by'),
      ),
      { other: referenceTo(other), type: 'replaces' },
    ],
  };
}

/** It shows in no list any more. Its identifiers are the survivor's: each is of one record. */
const mergedOf = (survivor: Resource, other: Resource): Resource => ({
  ...other,
  identifier: [{ system: mergedSystem, value: other.id }],
  active: false,
  link: [...linksBeside(other, survivor), { other: referenceTo(survivor), type: 'replaced-by' }],
});

/** Links of a record to others than that one. */
const linksBeside = (from: Resource, to: Resource): Link[] =>
  list<Link>(from.link).filter(({ other }) => other?.reference !== `Patient/${to.id}`);

/** Both lists, what is in both once. */
function united<T>(own: readonly T[], others: readonly T[]): T[] {
  const all = new Map<string, T>();
  for (const one of [...own, ...others]) {
    const text = JSON.stringify(one);
    if (!all.has(text)) all.set(text, one);
  }
  return [...all.values()];
}

/** Labels and tags of both; who is a patient in one of them is a patient. */
function metaOf(survivor: Resource, other: Resource): Resource['meta'] {
  const tags = [survivor, other].map(({ meta }) => list<Coding>(meta?.tag));
  const states = tags.map((some) => some.find(({ system }) => system === STATES));
  // Records of other systems tell no state: they are of patients.
  const isTold = states.some((one) => one !== undefined);
  const isLead = states.every((one) => one?.code === 'lead');
  const state = isTold ? personState(isLead ? 'lead' : 'patient') : undefined;
  const labels = united(list(survivor.meta?.security), list(other.meta?.security));
  const plain = united(tags[0]!, tags[1]!).filter(({ system }) => system !== STATES);
  const { tag: _, security: __, ...meta } = (survivor.meta ?? {}) as Record<string, unknown>;
  return { ...meta, ...defined({ security: labels, tag: [...plain, ...(state ? [state] : [])] }) };
}

/** The other's beside its own, each url as the survivor has it; but for when the person got in touch. */
function extensionsOf(own: readonly Extension[], others: readonly Extension[]): Extension[] {
  const at = (wanted: string): string[] =>
    [...own, ...others].flatMap(({ url, valueDateTime }) => (url === wanted && valueDateTime) || []);
  const [first, ...later] = at(FIRST_CONTACT).sort(byTime);
  // Who came as somebody new came back.
  const last = [...later, ...at(LAST_CONTACT)]
    .filter((time) => time !== first)
    .sort(byTime)
    .at(-1);
  const dated = new Set([FIRST_CONTACT, LAST_CONTACT]);
  const kept = own.filter(({ url = '' }) => !dated.has(url));
  const urls = new Set([...dated, ...kept.map(({ url }) => url)]);
  return [
    ...kept,
    ...others.filter(({ url = '' }) => !urls.has(url)),
    ...(first === undefined ? [] : [{ url: FIRST_CONTACT, valueDateTime: first }]),
    ...(last === undefined ? [] : [{ url: LAST_CONTACT, valueDateTime: last }]),
  ];
}

const byTime = (one: string, other: string): number => Date.parse(one) - Date.parse(other);

/** Physicians of the older record come first, and hospitals of the newer one, which are those that are shown. */
function carersOf(own: readonly Reference[], others: readonly Reference[]): Reference[] {
  const physicians = [...own, ...others].filter((one) => !isHospital(one));
  return united(united(physicians, others.filter(isHospital)), own.filter(isHospital));
}

/** The survivor's first, by which the plain form goes on to know it; the other's ids of the same systems are old. */
function identifiersOf(own: readonly Identifier[], others: readonly Identifier[]): Identifier[] {
  const systems = new Set(own.map(({ system }) => system));
  const isKnown = (one: Identifier) =>
    own.some(({ system, value }) => system === one.system && value === one.value) ||
    one.system === mergedSystem;
  return [
    ...own,
    ...others
      .filter((one) => !isKnown(one))
      .map((one) => (systems.has(one.system) ? { ...one, use: 'old' } : one)),
  ];
}

/** The more exact of two dates that agree. */
function birthOf(survivor: Resource, other: Resource): Partial<Resource> {
  const [own, others] = [birthDate(survivor) ?? '', birthDate(other) ?? ''];
  const { birthDate: date, _birthDate } =
    others.length > own.length && others.startsWith(own) ? other : survivor;
  return defined({ birthDate: date, _birthDate });
}
