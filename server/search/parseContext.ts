// What the parsing of every parameter of a search needs to know.

import type { Definitions } from '../definitions/definitions.ts';
import { refuse } from '../errors.ts';

/** The resource type at hand and how deep in chains it is. */
export interface ParseContext {
  definitions: Definitions;
  /** this server's base URLs, without trailing slash */
  baseUrls: readonly string[];
  /** milliseconds since the epoch, for the prefix `ap` of dates */
  now: number;
  /** comma-separated alternatives of one parameter */
  maxAlternatives: number;
  /** whether `_text`, `_content` and `:text` are indexed */
  textSearch: boolean;
  type: string;
  /** resources of the type are looked for inside others */
  contained: boolean;
  /** a chain has led to a contained resource: it looks for no further ones */
  wasContained: boolean;
  /** steps of chains above this one */
  depth: number;
  /** type searches that chains have opened so far, shared by the whole search */
  opened: { count: number };
}

const deepestChain = 10;
const mostOpened = 200;

/**
 * The context of a further step of a chain.
 * @throws FhirError 400 when chains are too deep or too many
 */
export function stepInto(context: ParseContext, type: string, contained: boolean): ParseContext {
  if (context.depth >= deepestChain)
    throw refuse(400, 'too-costly', `Chains may have at most ${deepestChain} steps.`);
  if (++context.opened.count > mostOpened) {
    throw refuse(
      400,
      'too-costly',
      "The chains of this search lead to too many resource types: name them, as in 'subject:Patient.name'.",
    );
  }
  return {
    ...context,
    type,
    contained,
    wasContained: context.wasContained || contained,
    depth: context.depth + 1,
  };
}
