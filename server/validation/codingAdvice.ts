// What can be said about a Coding by itself, whatever it is bound to (datatypes.html#Coding): its code should be one of
// its system, its display what the system calls that code.
import { nearestName } from './nearestName.ts';

/** A code system that is held here. */
export interface HeldSystem {
  readonly url: string;
  /** whether all its codes are held */
  readonly complete: boolean;
  /** what a code is called: displays and designations; undefined for what is no code of it */
  names(code: string): readonly string[] | undefined;
  /** codes a misspelt one may have been meant for; empty where there are too many */
  candidates(): Iterable<string>;
}

/** Finds code systems that were loaded, by `url` or `url|version`; undefined for those that are not held. */
export type FindSystem = (canonical: string) => HeldSystem | undefined;

/** Canonicals of the code systems that a resource names: what has to be loaded for `codingAdvice`. */
export function systemsNamedIn(resource: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { system, version, code } = value as Record<string, unknown>;
    if (typeof system === 'string' && typeof code === 'string') found.add(canonicalOf(system, version));
    for (const each of Object.values(value)) visit(each);
  };
  visit(resource);
  return found;
}

/** Warnings about a Coding; none where its system is not held, or not in the version that it names. */
export function codingAdvice(coding: Record<string, unknown>, find: FindSystem): string[] {
  const { system, version, code, display } = coding;
  if (typeof system !== 'string' || typeof code !== 'string') return [];
  const held = find(canonicalOf(system, version));
  if (!held) return [];
  const names = held.names(code);
  if (!names) {
    if (!held.complete) return [];
    const near = nearestName(code, held.candidates());
    return [`The code system ${system} has no code ${shown(code)}${near ? `; did you mean '${near}'?` : ''}`];
  }
  if (typeof display !== 'string' || names.length === 0) return [];
  if (names.some((name) => plain(name) === plain(display))) return [];
  const others = names.slice(0, 5).map(shown).join(' or ');
  return [`The display ${shown(display)} is not what ${system} calls ${shown(code)}: ${others}`];
}

const canonicalOf = (system: string, version: unknown): string =>
  typeof version === 'string' ? `${system}|${version}` : system;

/** Capitals and white space do not matter. */
const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();

const shown = (text: string): string => `'${text.length > 120 ? `${text.slice(0, 120)}…` : text}'`;
