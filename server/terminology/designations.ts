// The names of a code: those of its code system and supplements, those that a value set gives, and which of them is in a
// language (concept designations, codesystem.html and valueset.html).

import type { Designation, ExpansionCode } from '../definitions/terminology.ts';
import { type CodeSystem, conceptOf } from './codeSystem.ts';

/** All designations of a code, those of the value set first, each once. */
export function designationsOf(code: ExpansionCode, system: CodeSystem | undefined): Designation[] {
  const ofSystem = (system && conceptOf(system, code.code)?.designations) ?? [];
  const all = [...(code.designations ?? []), ...ofSystem];
  if (all.length < 2) return all;
  const seen = new Set<string>();
  return all.filter((designation) => {
    const key = JSON.stringify([designation.language, designation.use, designation.value]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Whether a designation's language is the one asked for: `de-CH` is `de`, and `de` will do where `de-CH` is asked for. */
export function speaks(language: string | undefined, asked: string): boolean {
  if (language === undefined) return false;
  const [has, wants] = [language.toLowerCase(), asked.toLowerCase()];
  return has === wants || has.startsWith(`${wants}-`) || wants.startsWith(`${has}-`);
}

/** What a code is called in a language: exactly that one before others, plain displays before other uses. */
export function displayIn(designations: readonly Designation[], asked: string): string | undefined {
  const rank = ({ language, use }: Designation): number =>
    (language!.toLowerCase() === asked.toLowerCase() ? 0 : 2) + (isDisplay(use) ? 0 : 1);
  const [best] = designations
    .filter(({ language }) => speaks(language, asked))
    .toSorted((a, b) => rank(a) - rank(b));
  return best?.value;
}

function isDisplay(use: unknown): boolean {
  if (typeof use !== 'object' || use === null) return true;
  const { code } = use as { code?: unknown };
  return code === 'display' || code === 'preferredForLanguage' || code === '900000000000013009';
}
