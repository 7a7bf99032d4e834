// What :in, :not-in, :above and :below of tokens need: members of value sets and hierarchies of codes, as tables that the
// test gives.
import type { Token } from './matchToken.ts';

export interface Terminology {
  /** whether a code is a member of the value set with this URL */
  isIn(valueSet: string, token: Token): boolean;
  /** whether the first code is the second one or an ancestor of it */
  subsumes(general: Token, special: Token): boolean;
}

export interface TerminologyTables {
  /** members as system|code, by URL of the value set */
  readonly members: Readonly<Record<string, readonly string[]>>;
  /** parents as system|code, by system|code */
  readonly parents: Readonly<Record<string, readonly string[]>>;
}

const written = ({ system, code }: Token): string => `${system ?? ''}|${code ?? ''}`;

/** A terminology from tables. */
export function terminologyOf({ members, parents }: TerminologyTables): Terminology {
  const subsumes = (general: string, special: string): boolean =>
    general === special || (parents[special] ?? []).some((parent) => subsumes(general, parent));
  return {
    isIn: (valueSet, token) => members[valueSet]?.includes(written(token)) ?? false,
    subsumes: (general, special) => subsumes(written(general), written(special)),
  };
}
