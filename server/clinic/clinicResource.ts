// One kind of thing of the plain JSON API, as data: its routes, its validation, its place in the OpenAPI document and how
// it is kept as FHIR resources are all made of it.
import type { WriteRequest } from '../fhir/planChange.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';

export type Json = Record<string, unknown>;

/** The FHIR parameters that a filter stands for. */
export type SearchTerms = [name: string, value: string][];

export interface ClinicFilter {
  description: string;
  /** JSON Schema of the value, as text */
  schema: Json;
  search(value: string): SearchTerms;
}

/** What clients may ask for in addition, with `?include=[name]`: the member of that name. */
export interface ClinicEmbed {
  description: string;
  /** JSON Schema of the member */
  schema: Json;
  /** The member's value for each of the main resources, in their order. */
  load(services: Services, db: Database, mains: readonly Resource[]): Promise<unknown[]>;
}

/** A list below each thing, `/patients/{id}/studies`: things of another kind, filtered by its id. */
export interface ClinicSublist {
  /** name of the other kind */
  of: string;
  /** the filter of that kind which takes the id */
  filter: string;
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
  /**
   * FHIR type of the main resource. Its version is that of the thing, ETag `W/"[version]"`; where there are parts, the ETag also
   * changes with them, `W/"[version]-[digest of the parts' versions]"`, and `W/"[version]"` is taken as If-Match.
   */
  type: string;
  /**
   * Identifier system of the thing's `id`. The id in a path is the value of that identifier, or the FHIR id of a resource of
   * this type without such an identifier.
   */
  system: string;
  /** search parameters that tell these from other resources of the type */
  scope: readonly (readonly [name: string, value: string])[];
  /** what else it is made of, read together with it: what the main resource refers to, or what refers to it */
  parts: readonly (readonly [kind: '_include' | '_revinclude' | '_revinclude:iterate', path: string])[];
  /** Which of what is read with it is part of it, where others may refer to it too; by default all of it. */
  isPart?(part: Resource): boolean;
  filters: Readonly<Record<string, ClinicFilter>>;
  /** what a list can be sorted by: the search parameter of each, `last_name` → `family` */
  sorts: Readonly<Record<string, string>>;
  /** The plain form, with `id`. */
  toJson(main: Resource, parts: readonly Resource[]): Json;
  /**
   * The writes that make it so, that of the main resource first. `known` are the main resource and its parts as they are (none for a
   * new thing): their ids, and whatever the plain form does not tell, are kept. New resources are POSTs, with a fullUrl
   * `urn:uuid:…` where others of the writes refer to them; known ones are PUTs or DELETEs by id. A conditional reference,
   * `Patient?identifier=system|7`, must match; preconditions are set by who carries them out.
   */
  toFhir(input: Json, id: string, known: readonly Resource[]): WriteRequest[];
  /** What is deleted with it, children first; by default the main resource alone. */
  toDelete?(known: readonly Resource[]): WriteRequest[];
  /** Paths below /api/v1 of what belongs to it, for `_links`: `patients/1/studies`. */
  links?(thing: Json): Record<string, string>;
  embeds?: Readonly<Record<string, ClinicEmbed>>;
  sublists?: Readonly<Record<string, ClinicSublist>>;
}
