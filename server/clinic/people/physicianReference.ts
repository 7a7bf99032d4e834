// Whom clients mean by the doctor of an interaction: what /physicians/{id} takes, or Practitioner/[id].
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';
import type { SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { fhirIdIn } from '../things/thingIds.ts';

/** Identifier system of the ids that a clinic gives its doctors. */
export const doctorSystem = 'https://salus.example/fhir/sid/physicians';

const TYPED = 'Practitioner/';
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** A doctor as a reference, or a sentence on why there is none. */
export async function findDoctor(
  services: Services,
  name: string,
): Promise<{ doctor: { reference: string; display?: string } } | { problem: string }> {
  const [first, second] = name.startsWith(TYPED)
    ? await withId(services, name.slice(TYPED.length))
    : await named(services, name);
  if (!first) {
    const advice = 'GET /api/v1/physicians lists those there are; Practitioner/[id] names one by FHIR.';
    return { problem: `There is no doctor "${name}": ${advice}` };
  }
  if (second) return { problem: `Several doctors have the id "${name}": name one as Practitioner/[id].` };
  const display = nameOf(first);
  return { doctor: { reference: `Practitioner/${first.id}`, ...(display && { display }) } };
}

/** The Encounters with a doctor. */
export function withDoctor(name: string): SearchTerms {
  if (name.startsWith(TYPED)) return [['participant', exactly(name)]];
  const identified = `participant:Practitioner.identifier eq ${JSON.stringify(token(doctorSystem, name))}`;
  const fhirId = fhirIdIn(name);
  if (fhirId === undefined) return [['_filter', identified]];
  return [['_filter', `${identified} or participant eq ${JSON.stringify(TYPED + fhirId)}`]];
}

/** By the id that the clinic gives, else by the FHIR id. */
async function named(services: Services, name: string): Promise<Resource[]> {
  const query: [string, string][] = [
    ['identifier', token(doctorSystem, name)],
    ['_count', '2'],
  ];
  const base = services.baseUrls[0]!;
  const request = { type: 'Practitioner', query, base, handling: 'strict' as const };
  const { matches } = await find(services, request, services.db);
  if (matches.length === 0) return withId(services, fhirIdIn(name) ?? '');
  return matches.map(({ resource }) => parseJson(resource.content!) as Resource);
}

async function withId(services: Services, id: string): Promise<Resource[]> {
  if (!FHIR_ID.test(id)) return [];
  const found = await readContents(services.db, 'Practitioner', [id]);
  return found.map(({ content }) => parseJson(content) as Resource);
}

/** How a person is called. */
function nameOf({ name }: Resource): string | undefined {
  const [first] = (name ?? []) as { text?: string; prefix?: string[]; given?: string[]; family?: string }[];
  const { text, prefix = [], given = [], family = [] } = first ?? {};
  return text ?? ([...prefix, ...given, family].flat().join(' ') || undefined);
}
