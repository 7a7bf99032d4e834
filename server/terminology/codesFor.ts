// The codes that the token modifiers :in, :not-in, :above and :below stand for (search.html#modifiers).

import { refuse } from '../errors.ts';
import { ancestors, type CodeSystem, conceptOf, descendants } from './codeSystem.ts';
import type { TerminologyView } from './terminology.ts';

/** What a modifier and its value ask for. */
export interface CodesRequest {
  modifier: 'in' | 'not-in' | 'above' | 'below';
  /** unescaped: for `in` and `not-in` a value set's canonical or reference; otherwise `system|code` or `code` */
  value: string;
  /** how many codes may be listed */
  maxCodes?: number;
}

/** Codes, and systems any code of which is meant. The codes of one system stand together. */
export interface RequestedCodes {
  codes: { system?: string; code: string }[];
  systems: string[];
  /** code systems of which only a part is held here: codes of theirs may be missing */
  partial: string[];
}

/**
 * What a token has to be one of; for `not-in`, what it may be none of.
 * @throws FhirError 400 when the value set, code system or code is not known here, or what it means cannot be worked out
 *   here (never guessed), or there are more than `maxCodes` (too-costly)
 */
export async function codesFor(
  terminology: TerminologyView,
  { modifier, value, maxCodes = 5000 }: CodesRequest,
): Promise<RequestedCodes> {
  const found =
    modifier === 'in' || modifier === 'not-in'
      ? await codesOfValueSet(terminology, value, modifier)
      : await relatedCodes(terminology, value, modifier);
  if (found.codes.length > maxCodes) {
    throw refuse(
      400,
      'too-costly',
      `':${modifier}' with '${value}' stands for ${found.codes.length} codes; a search may ask for ${maxCodes}.`,
    );
  }
  return found;
}

async function codesOfValueSet(
  terminology: TerminologyView,
  value: string,
  modifier: string,
): Promise<RequestedCodes> {
  const expansion = await terminology.expansion(value);
  if (!expansion) {
    const hint = 'Name it by its canonical url, or by ValueSet/[id] if it is stored here';
    throw refuse(400, 'not-found', `This server knows no value set '${value}'. ${hint}.`);
  }
  const problems = expansion.unresolved.map(({ message }) => message);
  const codes: RequestedCodes['codes'] = [];
  const systems: string[] = [];
  for (const [system, content] of expansion.systems) {
    if (!content.whole) {
      for (const code of content.codes.keys()) codes.push(system === '' ? { code } : { system, code });
    } else if (content.except.size > 0) {
      problems.push(`It has all codes of ${system} but some, and this server does not hold that code system`);
    } else systems.push(system);
  }
  if (problems.length > 0) {
    const reasons = [...new Set(problems)].join('; ');
    throw refuse(
      400,
      'not-supported',
      `The codes of ${value} cannot be worked out here, so ':${modifier}' cannot be answered: ${reasons}.`,
    );
  }
  return { codes, systems, partial: [...expansion.partial] };
}

async function relatedCodes(
  terminology: TerminologyView,
  value: string,
  modifier: 'above' | 'below',
): Promise<RequestedCodes> {
  const bar = value.indexOf('|');
  const code = value.slice(bar + 1);
  if (code === '' || bar === 0) {
    throw refuse(400, 'value', `':${modifier}' needs system|code, but got '${value}'.`);
  }
  const url = bar < 0 ? await soleSystemWith(terminology, code, modifier) : value.slice(0, bar);
  const system = await terminology.codeSystem(url);
  if (!system) {
    throw refuse(
      400,
      'not-supported',
      `This server holds no code system ${url}: its hierarchy is not known.`,
    );
  }
  if (!conceptOf(system, code)) {
    throw refuse(400, 'code-invalid', `The code system ${url} has no code '${code}' here.`);
  }
  refuseOtherHierarchies(system, modifier);
  const related = modifier === 'below' ? descendants(system, code)! : ancestors(system, code)!;
  return {
    codes: related.map((each) => ({ system: url, code: each })),
    systems: [],
    partial: system.definition.content === 'complete' ? [] : [url],
  };
}

/** The one held code system that has the code. */
async function soleSystemWith(terminology: TerminologyView, code: string, modifier: string): Promise<string> {
  const [only, ...others] = await terminology.codeSystemsWith(code);
  if (only !== undefined && others.length === 0) return only;
  const known =
    only === undefined
      ? 'no code system held here has that code'
      : `${others.length + 1} code systems have it, such as ${[only, ...others].slice(0, 3).join(', ')}`;
  throw refuse(400, 'value', `':${modifier}' needs the system of '${code}' (system|code): ${known}.`);
}

function refuseOtherHierarchies({ isA, definition }: CodeSystem, modifier: string): void {
  if (isA) return;
  const { url, hierarchyMeaning } = definition;
  throw refuse(
    400,
    'not-supported',
    `The hierarchy of ${url} is ${hierarchyMeaning}, not is-a, so ':${modifier}' has no meaning for it.`,
  );
}
