// One kind of thing of the plain JSON API, as data: its routes, its validation, its place in the OpenAPI document and how
// it is kept as FHIR resources are all made of it.
import type { FhirError, Issue } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import type { Plan } from './planThings.ts';
import type { Seen } from './seen.ts';
import type { Thing } from './thing.ts';
import type { BeforeCommit, Outcome } from './things.ts';

export type Json = Record<string, unknown>;

/** The FHIR parameters that a filter stands for. */
export type SearchTerms = [name: string, value: string][];

export interface ClinicFilter {
  description: string;
  /** JSON Schema of the value, as text; its description, where it has one, completes "it takes …" */
  schema: Json;
  /** what holds where a list is asked for without it */
  standard?: string;
  search(value: string, services: Services): SearchTerms | Promise<SearchTerms>;
}

/** The value of a member that is included, where there is one, and whether there is more of it. */
export interface Embedded {
  value?: unknown;
  hasMore?: boolean;
}

/** What clients may ask for in addition, with `?include=[name]`: the member of that name. */
export interface ClinicEmbed {
  description: string;
  /** JSON Schema of the member */
  schema: Json;
  /** a list that may be cut short: `[name]_more` says so */
  isPartial?: boolean;
  /** The member for each of the main resources, in their order. */
  load(services: Services, db: Database, mains: readonly Resource[]): Promise<Embedded[]>;
}

/** A list below each thing, `/patients/{id}/studies`: things of another kind, filtered by its id. */
export interface ClinicSublist {
  /** name of the other kind */
  of: string;
  /** the filter of that kind which takes the id */
  filter: string;
}

/** A write that is about to be planned. */
export interface Wanted {
  op: 'create' | 'replace' | 'change' | 'act';
  /** judged by the schema */
  input: Json;
  id: string;
  /** the main resource and its parts as they are; none for a create */
  known: readonly Resource[];
  /** JSON pointer of the input in the body, `#` or `#/operations/0/data`: where refusals point to */
  at: string;
}

export interface Prepared {
  /** of a create: it is of something that is there already, which is changed instead */
  same?: Thing;
  /** given to `toFhir` */
  context?: unknown;
  /** searches that it was decided by: if one finds something else when it is committed, it is prepared and planned again */
  seen?: readonly Seen[];
}

/** What can be done with a thing beside changing it: `POST /leads/{id}:convert` for the name `convert`. */
export interface ClinicAction {
  /** what it does, as a command: `Take on a lead as a patient` */
  summary: string;
  description: string;
  /** JSON Schema of the body */
  schema: Json;
  prepare?(services: Services, wanted: Wanted): Promise<Prepared>;
  /** As `toFhir` of the thing. */
  toFhir(input: Json, id: string, known: readonly Resource[], context: unknown): WriteRequest[];
}

/** Things that stay when they are taken back: alone they are 410, lists leave them out. */
export interface Withdrawing {
  /** search parameters of those that count */
  live: readonly (readonly [name: string, value: string])[];
  /** The refusal of one that was withdrawn. */
  refusal(main: Resource): FhirError | undefined;
}

/** How things are kept that are no resources of their own but parts of one, which is read and written as a whole. */
export interface Kept {
  /** All of them; their order is that in which they came. */
  read(services: Services, db: Database): Promise<Thing[]>;
  /**
   * Stores what `toFhir` made of each intent, in one transaction.
   * @throws FhirError 412 (conflict) where it was planned in view of something else
   */
  store(
    services: Services,
    plans: readonly Plan[],
    beforeCommit: BeforeCommit | undefined,
  ): Promise<Outcome[]>;
  /** Where it is, below the FHIR base. */
  fhirPath(thing: Thing): string;
}

export interface ClinicResource {
  /** path below /api/v1: `patients` */
  name: string;
  /** one of them, as people say it and as the OpenAPI document names its schema: `Patient` */
  title: string;
  description: string;
  /**
   * JSON Schema 2020-12 of what a client sends: an object without further properties, with descriptions and examples. `id` is
   * an optional property of it where clients may choose it.
   */
  schema: Json;
  /** JSON Schemas of members that the server tells and clients cannot change, by name */
  shown?: Readonly<Record<string, Json>>;
  /**
   * FHIR types that the main resource may be of: mostly one. Its version is that of the thing, ETag `W/"[version]"`; where there are
   * parts, the ETag also changes with them: `W/"[version]-[digest of the parts' versions]"`.
   */
  types: readonly [string, ...string[]];
  /**
   * Identifier system of the thing's `id`. The id in a path is the value of that identifier, or the FHIR id of a resource of
   * this type without such an identifier, as thingIds.ts tells it.
   */
  system: string;
  /** search parameters that tell these from other resources of the type */
  scope: readonly (readonly [name: string, value: string])[];
  /** what else it is made of, read together with it: what the main resource refers to, or what refers to it */
  parts: readonly (readonly [
    kind: '_include' | '_include:iterate' | '_revinclude' | '_revinclude:iterate',
    path: string,
  ])[];
  /** Which of what is read with it is part of it, where others may refer to it too; by default all of it. */
  isPart?(part: Resource, main: Resource): boolean;
  filters: Readonly<Record<string, ClinicFilter>>;
  /** what a list can be sorted by: the search parameter of each, `last_name` → `family` */
  sorts: Readonly<Record<string, string>>;
  /** where they are parts of one resource; filters and sorts are members then, which begin with a value */
  kept?: Kept;
  /** The plain form, with `id`. `words` are what `wordsNow` gave; where nobody reads it for a client they are absent. */
  toJson(main: Resource, parts: readonly Resource[], words?: unknown): Json;
  /** What the plain form says beyond the resources, such as names of codes as they are now: read once for all of a request. */
  wordsNow?(services: Services, db: Database): Promise<unknown>;
  /**
   * Looks up what has to be known before it can be written: before every create, replace and change, and again when others were
   * faster.
   * @throws FhirError 409, 422 where it cannot be written
   */
  prepare?(services: Services, wanted: Wanted): Promise<Prepared>;
  /**
   * The writes that make it so, that of the main resource first. `known` are the main resource and its parts as they are (none for a
   * new thing): their ids, and whatever the plain form does not tell, are kept. New resources are POSTs, with a fullUrl
   * `urn:uuid:…` where others of the writes refer to them; known ones are PUTs or DELETEs by id. A conditional reference,
   * `Patient?identifier=system|7`, must match; preconditions are set by who carries them out. `context` is what `prepare` gave.
   */
  toFhir(input: Json, id: string, known: readonly Resource[], context?: unknown): WriteRequest[];
  /**
   * Looks whether it can be deleted. `seen` is what that was decided by, as in `prepare`.
   * @throws FhirError 409 where others need it
   */
  prepareDelete?(services: Services, known: readonly Resource[]): Promise<{ seen?: readonly Seen[] }>;
  /** What is deleted with it, children first; by default the main resource alone. */
  toDelete?(known: readonly Resource[]): WriteRequest[];
  /** Paths below /api/v1 of what belongs to it, for `_links`: `patients/1/studies`. */
  links?(thing: Json): Record<string, string>;
  embeds?: Readonly<Record<string, ClinicEmbed>>;
  sublists?: Readonly<Record<string, ClinicSublist>>;
  actions?: Readonly<Record<string, ClinicAction>>;
  /** the `sort` of lists that name none; without it, what came last comes first */
  standardSort?: string;
  withdrawing?: Withdrawing;
  /** whether numbers keep the digits that they were written with: `toFhir` gets atoms then (json/jsonNumber.ts) */
  exactNumbers?: boolean;
  /** What is wrong beyond the schema, with an input that has these faults already: all is told at once. */
  alsoWrong?(services: Services, wanted: Wanted, faults: readonly Issue[]): Promise<Issue[]>;
  /** Where somebody may have meant to look instead, for an id that nothing here has: a sentence. */
  elsewhere?(services: Services, id: string): Promise<string | undefined>;
  /** when a create is of something that is there already (`same` of `prepare`), for the documentation */
  returning?: string;
  /** the server makes these: clients read and list them, and act on them */
  readOnly?: boolean;
}

/** A kind of thing that is kept below each thing of another: `/patients/{id}/interactions`. */
export interface ClinicBelow {
  /** path below /api/v1 of what it is below: `patients` */
  parent: string;
  /** the last step of its path: `interactions` */
  name: string;
  /** the parameter that its own ids are called by in paths: `iid` */
  id: string;
  /** those of an example, `patients/3/interactions`: for routes and documentation */
  example: ClinicResource;
  /**
   * Those below the thing with this id.
   * @throws FhirError 404, 409 where there is no one such thing
   */
  of(services: Services, id: string): Promise<ClinicResource>;
}
