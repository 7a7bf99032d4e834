// ValueSet/$expand (valueset-operation-expand.html): the codes of a value set, as far as they are all known here.
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Designation, ExpansionCode, ValueSetDefinition } from '../definitions/terminology.ts';
import { terminologyNow } from '../fhir/storedTerminology.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readCurrent } from '../store/resources.ts';
import type { CodeSystem } from '../terminology/codeSystem.ts';
import { designationsOf, displayIn } from '../terminology/designations.ts';
import type { Expansion } from '../terminology/expandValueSet.ts';
import { type NestedCode, nestCodes } from '../terminology/nestCodes.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import { definitionOf } from './definitionOf.ts';
import { type DesignationWish, type ExpandParameters, expandParameters } from './expandParameters.ts';
import { expansionFor } from './expansionFor.ts';
import { type FoundValueSet, findValueSet } from './findInTerminology.ts';
import { matchText } from './matchText.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { refuseUnresolved } from './refuseUnresolved.ts';

export const expand: Operation = {
  name: 'expand',
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
  levels: { type: ['ValueSet'], instance: ['ValueSet'] },
  run,
};

/** Codes between two turns of whatever else waits in this process. */
const TURN = 2000;

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const asked = expandParameters(request);
  const view = await terminologyNow(services, db);
  const found = await findValueSet(services, db, view, request, asked.given);
  const expansion = await expansionFor(view, found, asked.versions);
  refuseUnresolved(expansion, asked.excluded);
  const systems = await systemsOf(view, expansion, asked);
  const codes = await selectCodes(expansion, systems, asked);

  const { offset, count } = asked;
  const paged = asked.given.has('offset') || (count !== undefined && !asked.nested);
  const page = asked.nested
    ? nestCodes(count === 0 ? [] : codes, (code) => systems.get(systemKey(code)))
    : codes.slice(offset, count === undefined ? undefined : offset + count).map(lone);
  const head = JSON.stringify({
    identifier: `urn:uuid:${randomUUID()}`,
    timestamp: new Date().toISOString(),
    total: codes.length,
    ...(paged ? { offset } : {}),
    ...reported(asked, expansion),
  });
  const described = await describe(db, found, asked);
  // The expansion comes last, so that its codes can be sent as they are written.
  yield `${JSON.stringify(described).slice(0, -1)},"expansion":${head.slice(0, -1)}`;
  yield* contains(page, systems, asked);
  yield '}}';
}

const lone = (code: ExpansionCode): NestedCode => ({ code, children: [] });

const systemKey = ({ system = '', version }: ExpansionCode): string =>
  version === undefined ? system : `${system}|${version}`;

/** The code systems of the codes, by system and version, as far as they are held. */
async function systemsOf(
  view: TerminologyView,
  expansion: Expansion,
  { filter, language, designations }: ExpandParameters,
): Promise<Map<string, CodeSystem>> {
  const names = [filter, language, designations].some((each) => each !== undefined);
  const systems = new Map<string, CodeSystem>();
  const looked = new Set<string>();
  for (const [url, { codes }] of expansion.systems) {
    for (const code of codes.values()) {
      const key = systemKey(code);
      if (looked.has(key)) continue;
      looked.add(key);
      const held = expansion.contained.get(url) ?? (await view.codeSystem(key));
      if (held) systems.set(key, names ? await view.described(held) : held);
    }
  }
  return systems;
}

/** The codes that pass the parameters, in the order of the expansion. */
async function selectCodes(
  { systems }: Expansion,
  held: ReadonlyMap<string, CodeSystem>,
  { excluded, activeOnly, selectableOnly, filter }: ExpandParameters,
): Promise<ExpansionCode[]> {
  const matches = filter === undefined ? undefined : matchText(filter);
  const selected: ExpansionCode[] = [];
  let looked = 0;
  for (const [system, { codes }] of systems) {
    const out = excluded.filter((each) => each.system === system);
    for (const code of codes.values()) {
      if (++looked % TURN === 0) await setImmediate();
      if (out.some(({ version }) => version === undefined || version === code.version)) continue;
      if ((activeOnly && code.inactive) || (selectableOnly && code.abstract)) continue;
      if (matches) {
        const designations = designationsOf(code, held.get(systemKey(code)));
        if (!matches([code.code, code.display ?? '', ...designations.map(({ value }) => value)])) continue;
      }
      selected.push(code);
    }
  }
  return selected;
}

function reported({ reported: parameters }: ExpandParameters, { used }: Expansion) {
  const versions = [...used].map(([system, version]) => ({
    name: 'version',
    valueUri: version === undefined ? system : `${system}|${version}`,
  }));
  const parameter = [...parameters, ...versions];
  return parameter.length > 0 ? { parameter } : {};
}

/** What the answer says of the value set itself: its names, or with includeDefinition all of its definition. */
async function describe(
  db: Database,
  { definition, sent }: FoundValueSet,
  { definition: whole }: ExpandParameters,
): Promise<Record<string, unknown>> {
  const names = namesOf(definition, sent);
  if (!whole) return names;
  const { id } = definition;
  const stored = id === undefined ? undefined : await readCurrent(db, 'ValueSet', id);
  const resource = sent ?? (stored?.content ? (JSON.parse(stored.content) as object) : undefined);
  return { ...names, ...definitionOf(resource, definition) };
}

function namesOf(
  { url, version, name, title, status = 'unknown', id }: ValueSetDefinition,
  sent: object | undefined,
): Record<string, unknown> {
  const own = sent ? 'url' in sent : url !== `ValueSet/${id}`;
  return {
    resourceType: 'ValueSet',
    ...(own ? { url } : {}),
    ...(version === undefined ? {} : { version }),
    ...(name === undefined ? {} : { name }),
    ...(title === undefined ? {} : { title }),
    status,
  };
}

/** `contains` of the expansion, in pieces of a few thousand codes; nothing where there are none. */
async function* contains(
  nodes: readonly NestedCode[],
  systems: ReadonlyMap<string, CodeSystem>,
  asked: ExpandParameters,
): AsyncGenerator<string> {
  if (nodes.length === 0) return;
  let text = ',"contains":[';
  for (const [at, node] of nodes.entries()) {
    text += `${at > 0 ? ',' : ''}${JSON.stringify(entry(node, systems, asked))}`;
    if (at % TURN === TURN - 1) {
      yield text;
      text = '';
      await setImmediate();
    }
  }
  yield `${text}]`;
}

function entry(
  { code: { designations: _, ...code }, children }: NestedCode,
  systems: ReadonlyMap<string, CodeSystem>,
  asked: ExpandParameters,
): object {
  const { language, designations: wishes } = asked;
  if (language === undefined && !wishes) return withChildren(code);
  const all = designationsOf({ ...code, ...(_ ? { designations: _ } : {}) }, systems.get(systemKey(code)));
  const display = (language === undefined ? undefined : displayIn(all, language)) ?? code.display;
  const designation = wishes ? all.filter((each) => isWished(each, wishes)) : [];
  return withChildren({
    ...code,
    ...(display === undefined ? {} : { display }),
    ...(designation.length > 0 ? { designation } : {}),
  });

  function withChildren(own: object): object {
    if (children.length === 0) return own;
    return { ...own, contains: children.map((child) => entry(child, systems, asked)) };
  }
}

/** Systems that languages are named in. */
const LANGUAGES = new Set(['urn:ietf:bcp:47', 'http://hl7.org/fhir/ValueSet/languages']);

function isWished({ language, use }: Designation, wishes: readonly DesignationWish[]): boolean {
  if (wishes.length === 0) return true;
  const coding = use as { system?: string; code?: string } | undefined;
  return wishes.some(({ system, code }) => {
    const asLanguage = (system === undefined || LANGUAGES.has(system)) && language !== undefined;
    if (asLanguage && (code === undefined || code.toLowerCase() === language.toLowerCase())) return true;
    return (
      coding !== undefined &&
      (system === undefined || system === coding.system) &&
      (code === undefined || code === coding.code)
    );
  });
}
