// The clinical mix: what an application that shows one patient's record asks for, all with values drawn from the data.
import { PAGE, type SearchRequest } from './searchFamilies.ts';
import type { Coding, Sampled, SampleName, Samples } from './searchSamples.ts';

interface ClinicalSearch {
  title: string;
  sample: SampleName;
  path(resource: Sampled): string | undefined;
}

const EACH = 60;

const patientOf = ({ subject }: Sampled) => subject?.reference;
const tokenOf = ({ system, code }: Coding = {}) => code && encodeURIComponent(`${system ?? ''}|${code}`);
const codeOf = ({ code }: Sampled) => tokenOf(code?.coding?.[0]);
const identifierOf = ({ system, value }: { system?: string; value?: string } = {}) =>
  value && encodeURIComponent(`${system ?? ''}|${value}`);
const categoryOf = ({ category }: Sampled) => tokenOf(category?.[0]?.coding?.[0]);

/** A path, or none where the resource lacks one of its values. */
function filled(texts: TemplateStringsArray, ...values: (string | number | undefined)[]): string | undefined {
  return values.every((value) => value) ? String.raw({ raw: texts }, ...values) : undefined;
}

const SEARCHES: ClinicalSearch[] = [
  {
    title: 'patient + category, newest first',
    sample: 'observation',
    path: (one) =>
      filled`Observation?patient=${patientOf(one)}&category=${categoryOf(one)}&_sort=-date&_count=${PAGE}`,
  },
  {
    title: 'patient + code',
    sample: 'observation',
    path: (one) => filled`Observation?patient=${patientOf(one)}&code=${codeOf(one)}&_count=${PAGE}`,
  },
  {
    title: 'last 5 of a code',
    sample: 'observation',
    path: (one) => filled`Observation?patient=${patientOf(one)}&code=${codeOf(one)}&_sort=-date&_count=5`,
  },
  {
    title: 'conditions of a patient',
    sample: 'condition',
    path: (one) => filled`Condition?patient=${patientOf(one)}&_count=${PAGE}`,
  },
  {
    title: 'encounters by practitioner',
    sample: 'encounter',
    path: ({ participant }) =>
      filled`Encounter?practitioner=${participant?.[0]?.individual?.reference}&_count=${PAGE}`,
  },
  {
    title: 'medication with its requester',
    sample: 'medication',
    path: (one) =>
      filled`MedicationRequest?patient=${patientOf(one)}&_include=MedicationRequest:requester&_count=${PAGE}`,
  },
  {
    title: 'encounter with patient and observations',
    sample: 'encounter',
    path: ({ id }) =>
      filled`Encounter?_id=${id}&_include=Encounter:patient&_revinclude=Observation:encounter&_count=${PAGE}`,
  },
  {
    title: 'count of a patient and category',
    sample: 'observation',
    path: (one) =>
      filled`Observation?patient=${patientOf(one)}&category=${categoryOf(one)}&_total=accurate&_count=${PAGE}`,
  },
  {
    title: 'count of a code',
    sample: 'condition',
    path: (one) => filled`Condition?code=${codeOf(one)}&_total=accurate&_count=${PAGE}`,
  },
  {
    title: 'chain to an identifier',
    sample: 'patient',
    path: ({ identifier }) =>
      filled`Observation?patient.identifier=${identifierOf(identifier?.[0])}&_count=${PAGE}`,
  },
  {
    title: '_has a code',
    sample: 'condition',
    path: (one) => filled`Patient?_has:Condition:patient:code=${codeOf(one)}&_count=${PAGE}`,
  },
];

/** The requests of the mix. */
export function clinicalRequests(samples: Samples): SearchRequest[] {
  return SEARCHES.flatMap(({ title, sample, path }) =>
    samples[sample].slice(0, EACH).flatMap((resource) => {
      const filledIn = path(resource);
      return filledIn ? [{ path: filledIn, search: title, group: 'clinical', shape: '', hit: true }] : [];
    }),
  );
}
