// What a clinic's words for studies are in LOINC, DICOM and SNOMED CT: the ConceptMaps of fhir-profiles/clinic/, read once. What
// they do not know has no code.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Coding {
  system?: string;
  code?: string;
  display?: string;
}

interface Target extends Coding {
  dependsOn?: { value: string }[];
}
interface ConceptMap {
  group: {
    source: string;
    target: string;
    element: { code: string; display?: string; target: Target[] }[];
  }[];
}

const folder = new URL('../../../fhir-profiles/clinic/', import.meta.url);

/** A map as a function; `about` is what a target may depend on. */
function reader(name: string): (code: string, about?: string) => Coding | undefined {
  let targets: Map<string, Target[]> | undefined;
  const load = () => {
    const map = JSON.parse(
      readFileSync(fileURLToPath(new URL(`${name}.json`, folder)), 'utf8'),
    ) as ConceptMap;
    return new Map(
      map.group.flatMap(({ target: system, element }) =>
        element.map(({ code, target }) => [code, target.map((each) => ({ system, ...each }))] as const),
      ),
    );
  };
  return (code, about) => {
    targets ??= load();
    const found = targets
      .get(code)
      ?.find(({ dependsOn = [] }) => dependsOn.every(({ value }) => value === about));
    return found && { system: found.system!, code: found.code!, display: found.display! };
  };
}

/** Code system of the types of studies that the maps know. */
export const typeSystem = 'https://salus.example/fhir/CodeSystem/clinic-study-types';
const PARTS = 'https://salus.example/fhir/CodeSystem/clinic-body-parts';

const typeSpelling = reader('clinic-study-type-spellings');
const partSpelling = reader('clinic-body-part-spellings');
const modality = reader('clinic-study-type-modality');
const site = reader('clinic-body-part-site');
const loinc = reader('clinic-study-loinc');
const priority = reader('clinic-urgency-priority');

/** In capitals, with a single blank for whatever separates words. */
const plain = (text: string) =>
  text
    .toUpperCase()
    .replace(/[\s_./-]+/g, ' ')
    .trim();

/** Every word of a clinic that the maps know has a code of the clinic's own system, by which it is found. */
export function typeCoding(text: string): Coding | undefined {
  const code = typeSpelling(plain(text))?.code ?? plain(text);
  return modality(code) && { system: typeSystem, code };
}

/** What the maps make of a type of study and a body part; each absent where they do not know it. */
export function codesOfStudy(type = '', bodyPart = '') {
  const typeCode = typeSpelling(plain(type))?.code ?? plain(type);
  const partCode = partSpelling(plain(bodyPart))?.code ?? plain(bodyPart);
  return {
    type: typeCoding(type),
    modality: modality(typeCode),
    site: site(partCode),
    loinc: loinc(typeCode, partCode),
    part: site(partCode) && { system: PARTS, code: partCode },
  };
}

const LEVELS = ['HIGH', 'MID', 'LOW'] as const;

/** ServiceRequest.priority of an urgency. */
export const priorityOf = (level: string): string => priority(level)!.code!;

/** Priorities that the map knows no level for, and those that they are told as. */
const TOLD_AS: Readonly<Record<string, string>> = { asap: 'urgent' };

/** What an order without a priority has (ServiceRequest.priority). */
export const USUAL_PRIORITY = 'routine';

/** The priorities that are told as an urgency: the one that is written first. */
export function prioritiesOf(level: string): string[] {
  const written = priorityOf(level);
  return [written, ...Object.keys(TOLD_AS).filter((code) => TOLD_AS[code] === written)];
}

/** The urgency that a priority stands for; ASAP is between those that clinics know, and told as the lower. */
export const urgencyOf = (code: string): string | undefined =>
  LEVELS.find((level) => prioritiesOf(level).includes(code));
