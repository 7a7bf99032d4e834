// What a concept map translates a code to, or in reverse from (conceptmap.html, conceptmap-operation-translate.html).

import type {
  ConceptMapDefinition,
  ConceptMapGroup,
  MappedElement,
  MappedTarget,
  OtherElement,
} from '../definitions/conceptMap.ts';
import { refuse } from '../errors.ts';
import { type CodeSystem, conceptOf } from './codeSystem.ts';
import { canonicalOf } from './findValueSet.ts';
import { folded, indexOf } from './mapIndex.ts';
import type { TerminologyView } from './terminology.ts';
import type { Dependency, Match, TranslatedConcept, TranslateRequest, Translation } from './translation.ts';

/** Maps that may delegate to one another for one code. */
const MOST_MAPS = 50;

interface Walk {
  readonly view: TerminologyView;
  readonly asked: TranslateRequest;
  readonly notes: Set<string>;
  /** why groups and maps were passed over; of interest where nothing is found */
  readonly passedOver: Set<string>;
  visited: number;
}

/**
 * Translates a code by a map and the maps it delegates to.
 * @throws FhirError 400 (too-costly) when those are too many
 */
export async function translate(
  view: TerminologyView,
  map: ConceptMapDefinition,
  asked: TranslateRequest,
): Promise<Translation> {
  const walk: Walk = { view, asked, notes: new Set(), passedOver: new Set(), visited: 0 };
  const all = await translateBy(walk, map, []);
  const { targetSystem } = asked;
  const matches = distinct(
    all.filter(({ concept }) => targetSystem === undefined || !concept || concept.system === targetSystem),
  );
  return { matches, notes: [...walk.notes, ...(matches.length > 0 ? [] : walk.passedOver)] };
}

/** Groups may leave codes to the same other map. */
function distinct(matches: readonly Match[]): Match[] {
  return [...new Map(matches.map((match) => [JSON.stringify(match), match])).values()];
}

const nameOf = ({ url, version }: ConceptMapDefinition): string =>
  url === '' ? 'The concept map' : `The concept map ${canonicalOf(url, version)}`;

async function translateBy(
  walk: Walk,
  map: ConceptMapDefinition,
  above: readonly ConceptMapDefinition[],
): Promise<Match[]> {
  const name = nameOf(map);
  if (above.some((each) => nameOf(each) === name)) {
    walk.passedOver.add(`${name} leads back to itself for codes that it does not map.`);
    return [];
  }
  if (++walk.visited > MOST_MAPS) {
    const message = `More than ${MOST_MAPS} concept maps would have to be looked into, one after the other.`;
    throw refuse(400, 'too-costly', message);
  }
  const matches: Match[] = [];
  for (const group of map.groups) {
    if (!isAbout(walk, map, group)) continue;
    const step: Step = { walk, map, group, path: [...above, map] };
    matches.push(...(walk.asked.reverse ? await backward(step) : await forward(step)));
  }
  return matches;
}

/** Whether a group maps from the system of the code, and to the system asked for. */
function isAbout({ asked, passedOver }: Walk, map: ConceptMapDefinition, group: ConceptMapGroup): boolean {
  const [from, version, to] = asked.reverse
    ? [group.target, group.targetVersion, group.source]
    : [group.source, group.sourceVersion, group.target];
  if (from === undefined ? !asked.anySystem : from !== asked.system) return false;
  if (asked.targetSystem !== undefined && to !== undefined && to !== asked.targetSystem) return false;
  if (version !== undefined && asked.version !== undefined && version !== asked.version) {
    passedOver.add(`${nameOf(map)} is about version ${version} of ${asked.system}, not ${asked.version}.`);
    return false;
  }
  return true;
}

interface Step {
  walk: Walk;
  map: ConceptMapDefinition;
  group: ConceptMapGroup;
  path: readonly ConceptMapDefinition[];
}

async function forward(step: Step): Promise<Match[]> {
  const { walk, map, group } = step;
  const { asked, view, notes } = walk;
  const held = await view.codeSystem(canonicalOf(asked.system, asked.version));
  const mapped = elementsOf(group, asked.code, held).flatMap(({ targets }) => targets);
  if (mapped.length === 0) return unmapped(step);
  const matches: Match[] = [];
  for (const target of mapped) {
    const lacking = (target.dependsOn ?? []).find((needed) => !isGiven(needed, asked.dependencies));
    if (lacking) {
      const to = target.code === undefined ? '' : ` to '${target.code}'`;
      notes.add(
        `${nameOf(map)} maps '${asked.code}'${to} only where ${lacking.property} is '${lacking.value}'.`,
      );
      continue;
    }
    matches.push({
      equivalence: target.equivalence,
      ...(target.code === undefined
        ? {}
        : { concept: await conceptIn(view, group.target, group.targetVersion, target.code, target.display) }),
      products: target.products ?? [],
      ...(target.comment === undefined ? {} : { comment: target.comment }),
      source: map.url,
    });
  }
  return matches;
}

const elementsOf = (
  group: ConceptMapGroup,
  code: string,
  held: CodeSystem | undefined,
): readonly MappedElement[] => indexOf(group, held).elements.get(folded(code, held)) ?? [];

/** A mapping holds where each value it depends on is among those that were given. */
function isGiven({ property, system, value }: OtherElement, given: readonly Dependency[]): boolean {
  const url = system?.split('|')[0];
  return given.some(
    ({ element, codings, text }) =>
      element === property &&
      (codings.some((coding) => coding.code === value && (url === undefined || coding.system === url)) ||
        (url === undefined && text === value)),
  );
}

async function conceptIn(
  view: TerminologyView,
  system: string | undefined,
  version: string | undefined,
  code: string,
  display: string | undefined,
): Promise<TranslatedConcept> {
  const held =
    display !== undefined || system === undefined
      ? undefined
      : await view.codeSystem(canonicalOf(system, version));
  const name = display ?? (held && conceptOf(held, code)?.display);
  return {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    code,
    ...(name === undefined ? {} : { display: name }),
  };
}

/** What a group says of codes it does not list (ConceptMap.group.unmapped): how they relate is not said. */
async function unmapped(step: Step): Promise<Match[]> {
  const { walk, map, group } = step;
  const { asked, view } = walk;
  const { mode, code, display, url } = group.unmapped ?? {};
  if (mode === undefined) return [];
  if (mode === 'other-map') return otherMap(step, url);
  const chosen = mode === 'fixed' ? code : asked.code;
  if (chosen === undefined) return [];
  const known = mode === 'fixed' ? display : asked.display;
  const concept = await conceptIn(view, group.target, group.targetVersion, chosen, known);
  return [{ equivalence: 'relatedto', concept, products: [], source: map.url }];
}

/** What another map says, as far as it is between the code systems of the group. */
async function otherMap({ walk, map, group, path }: Step, url: string | undefined): Promise<Match[]> {
  const other = url === undefined ? undefined : await walk.view.conceptMap(url);
  if (!other) {
    walk.notes.add(`${nameOf(map)} leaves codes that it does not map to ${url}, which is not known here.`);
    return [];
  }
  const to = walk.asked.reverse ? group.source : group.target;
  const found = await translateBy(walk, other, path);
  return found.filter(({ concept }) => to === undefined || !concept || concept.system === to);
}

/** How the source relates to the target where the map says how the target relates to the source. */
const INVERSE: Readonly<Record<string, string>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
};

async function backward(step: Step): Promise<Match[]> {
  const { walk, map, group } = step;
  const { asked, view } = walk;
  const held = await view.codeSystem(canonicalOf(asked.system, asked.version));
  const matches: Match[] = [];
  for (const [element, target] of indexOf(group, held).targets.get(folded(asked.code, held)) ?? []) {
    if (element.code === undefined) continue;
    matches.push(await inverse(view, map, group, element, element.code, target));
  }
  return [...matches, ...(await unmappedBackward(step))];
}

/** Values that a mapping depends on are what it results in the other way round. */
async function inverse(
  view: TerminologyView,
  map: ConceptMapDefinition,
  { source, sourceVersion }: ConceptMapGroup,
  { display }: MappedElement,
  code: string,
  { equivalence, comment, dependsOn }: MappedTarget,
): Promise<Match> {
  return {
    equivalence: INVERSE[equivalence] ?? equivalence,
    concept: await conceptIn(view, source, sourceVersion, code, display),
    products: dependsOn ?? [],
    ...(comment === undefined ? {} : { comment }),
    source: map.url,
  };
}

/** Codes the group does not list that lead to the code all the same. */
async function unmappedBackward(step: Step): Promise<Match[]> {
  const { walk, map, group } = step;
  const { asked, view, notes } = walk;
  const { mode, code, url } = group.unmapped ?? {};
  const held =
    group.source === undefined
      ? undefined
      : await view.codeSystem(canonicalOf(group.source, group.sourceVersion));
  const isListed = (each: string) => elementsOf(group, each, held).some(({ targets }) => targets.length > 0);
  switch (mode) {
    case 'fixed':
      if (code === asked.code) notes.add(`${nameOf(map)} maps all codes that it does not list to '${code}'.`);
      return [];
    case 'provided': {
      if (isListed(asked.code)) return [];
      const concept = await conceptIn(view, group.source, group.sourceVersion, asked.code, asked.display);
      return [{ equivalence: 'relatedto', concept, products: [], source: map.url }];
    }
    case 'other-map': {
      const found = await otherMap(step, url);
      return found.filter(({ concept }) => concept && !isListed(concept.code));
    }
    default:
      return [];
  }
}
