// The codes that doctors' interactions are told by: those of fhir-profiles/code-systems/interaction-*.json, and what they are
// in published code systems.

const OWN = 'https://salus.example/fhir/CodeSystem/';

export const kindSystem = `${OWN}interaction-kinds`;
export const outcomeSystem = `${OWN}interaction-outcomes`;

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}

export interface Concept {
  coding?: Coding[];
  text?: string;
}

const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ambulatory = { system: actCode, code: 'AMB', display: 'ambulatory' };
const virtual = { system: actCode, code: 'VR', display: 'virtual' };
const homeHealth = { system: actCode, code: 'HH', display: 'home health' };

/** How the two met, in the words of the plain form: code in `interaction-kinds`, Encounter.class. */
export const kinds: Readonly<Record<string, { code: string; display: string; actClass: Coding }>> = {
  'in person': { code: 'in-person', display: 'In person', actClass: ambulatory },
  phone: { code: 'phone', display: 'Phone', actClass: virtual },
  video: { code: 'video', display: 'Video', actClass: virtual },
  'home visit': { code: 'home-visit', display: 'Home visit', actClass: homeHealth },
};

/** What the doctor concludes, in the words of the plain form: code in `interaction-outcomes`. */
export const outcomes: Readonly<Record<string, { code: string; display: string }>> = {
  healthy: { code: 'healthy', display: 'Healthy' },
  'not healthy': { code: 'not-healthy', display: 'Not healthy' },
  undetermined: { code: 'undetermined', display: 'Undetermined' },
};

/** Observation.code of an outcome. */
export const outcomeQuestion = {
  system: outcomeSystem,
  code: 'outcome',
  display: 'Outcome of interaction',
};

/** DocumentReference.type of what the doctor wrote. */
export const noteType = { system: 'http://loinc.org', code: '34109-9', display: 'Note' };

/** The code of a system in a concept. */
export const codeIn = (concept: unknown, system: string): string | undefined =>
  (concept as Concept | undefined)?.coding?.find((coding) => coding.system === system)?.code;

/** The word of the plain form that stands for a code. */
export const wordOf = (
  table: Readonly<Record<string, { code: string }>>,
  code: string | undefined,
): string | undefined => Object.keys(table).find((word) => table[word]!.code === code);
