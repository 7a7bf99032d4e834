// All that is known of one concept: its names and properties (codesystem-operation-lookup.html).

import {
  type ConceptDefinition,
  type Designation,
  type PropertyDefinition,
  propertyMeaning,
} from '../definitions/terminology.ts';
import { type CodeSystem, conceptOf, isInactive, neighbours } from './codeSystem.ts';
import { displayIn, speaks } from './designations.ts';

/** What is asked for. */
export interface LookupWish {
  /** codes of properties; none means all but the url, `*` all of them */
  readonly properties: readonly string[];
  /** what the display is to be in */
  readonly language?: string;
}

/** A property of the concept. `type` is the FHIR type of the value. */
export interface FoundProperty {
  readonly code: string;
  readonly type: string;
  readonly value: unknown;
  /** of a code: what it is called */
  readonly description?: string;
}

/** What was found. */
export interface FoundConcept {
  readonly code: string;
  readonly display: string;
  readonly designations: readonly Designation[];
  readonly properties: readonly FoundProperty[];
}

/** Looks a code up in a code system with definitions and designations; undefined when it has no such code. */
export function lookupCode(system: CodeSystem, code: string, wish: LookupWish): FoundConcept | undefined {
  const concept = conceptOf(system, code);
  if (!concept) return undefined;
  const { properties, language } = wish;
  const everything = properties.includes('*');
  const all = everything || properties.length === 0;
  const asked = new Set(properties.map((name) => meaningOf(system, name)));
  const wanted = (name: string): boolean => all || asked.has(name);

  const found: FoundProperty[] = [];
  const add = (name: string, type: string, value: unknown, description?: string): void => {
    if (!wanted(name) || value === undefined) return;
    found.push({ code: name, type, value, ...(description === undefined ? {} : { description }) });
  };
  const displayOf = (other: string) => conceptOf(system, other)?.display;

  if (everything || asked.has('url')) add('url', 'uri', system.definition.url);
  add('definition', 'string', concept.definition);
  for (const side of ['parent', 'child'] as const) {
    for (const other of neighbours(system, concept.code, `${side === 'child' ? 'children' : 'parents'}`)) {
      add(side, 'code', other, displayOf(other));
    }
  }
  const own = (concept.properties ?? []).map(([name, value]) => ({ name, value }));
  if (!own.some(({ name }) => meaningOf(system, name) === 'inactive')) {
    add('inactive', 'boolean', isInactive(system, concept));
  }
  for (const { name, value } of own) {
    if (!all && !properties.includes(name) && !asked.has(meaningOf(system, name))) continue;
    const type = typeOf(declared(system, name), value);
    found.push({ code: name, type, value, ...describing(type, value, displayOf) });
  }
  const designations = concept.designations ?? [];
  return {
    code: concept.code,
    display: displayOfConcept(concept, language),
    designations: designations.filter(
      ({ language: spoken }) =>
        wanted('designation') ||
        properties.some((name) => name.startsWith('lang.') && speaks(spoken, name.slice('lang.'.length))),
    ),
    properties: found,
  };
}

const displayOfConcept = (
  { code, display, designations = [] }: ConceptDefinition,
  language?: string,
): string => (language === undefined ? undefined : displayIn(designations, language)) ?? display ?? code;

const declared = ({ definition }: CodeSystem, name: string): PropertyDefinition | undefined =>
  definition.properties?.find(({ code }) => code === name);

/** The standard property that one of the code system means; those that tell of the hierarchy are parent or child. */
function meaningOf(system: CodeSystem, name: string): string {
  const property = declared(system, name);
  const meaning = property ? propertyMeaning(property) : name;
  return meaning === 'subsumedBy' ? 'parent' : meaning;
}

/** The type a property is declared with, as far as the value is of it. */
function typeOf(property: PropertyDefinition | undefined, value: unknown): string {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') {
    const { type } = property ?? {};
    return type === 'code' || type === 'dateTime' ? type : 'string';
  }
  if (typeof value === 'number' || JSON.isRawJSON(value)) {
    return property?.type === 'integer' || (property?.type !== 'decimal' && Number.isInteger(value))
      ? 'integer'
      : 'decimal';
  }
  return 'Coding';
}

function describing(
  type: string,
  value: unknown,
  displayOf: (code: string) => string | undefined,
): { description?: string } {
  const description =
    type === 'code' ? displayOf(value as string) : (value as { display?: string } | null)?.display;
  return typeof description === 'string' ? { description } : {};
}
