// What a gateway may call a vital sign: names and codes → the code it is stored under, its unit, the answers it may have. From
// vitalTable.ts and the vital signs in force.
import type { Ruleset } from '../../vitals/ruleset.ts';
import { loinc } from '../../vitals/scores/readingCodes.ts';
import type { Code, VitalSign } from '../../vitals/vitalSign.ts';
import type { answersTo } from './vitalAnswers.ts';
import { bloodPressure, oxygenSupply, vitalTable } from './vitalTable.ts';

/** One thing that can be registered. */
export interface VitalKind {
  readonly code: Code;
  readonly display: string;
  /** what it is called, where that is not the display of its code */
  readonly text?: string;
  /** further LOINC codes that what goes by this name is */
  readonly also?: Code & { readonly display: string };
  /** UCUM code of its own unit; absent where values are words or codes only */
  readonly unit?: string;
  /** how people write that unit */
  readonly unitText?: string;
  /** what words may be said of it */
  readonly answers?: keyof typeof answersTo;
  /** the codes its definition lists, where values are codes */
  readonly codes?: readonly Code[];
  /** systolic/diastolic, each a component */
  readonly components?: readonly VitalKind[];
}

/** The letters and digits of a name. */
export const folded = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

interface Index {
  readonly byCode: ReadonlyMap<string, VitalKind[]>;
  readonly byName: ReadonlyMap<string, VitalKind[]>;
}

const indexes = new WeakMap<Ruleset, Index>();

/**
 * What a text of the column `code` may mean: a code, `system|code` or a name of the vital signs in force, of what scores are
 * computed from, and of the usual names of both. Several where only the unit can tell (glucose); none where it is unknown.
 */
export function kindsNamed(ruleset: Ruleset, text: string): readonly VitalKind[] {
  const known = indexes.get(ruleset);
  const index = known ?? indexOf(ruleset);
  if (!known) indexes.set(ruleset, index);
  return index.byCode.get(text) ?? index.byName.get(folded(text)) ?? [];
}

function indexOf(ruleset: Ruleset): Index {
  const byCode = new Map<string, VitalKind[]>();
  const byName = new Map<string, VitalKind[]>();
  const add = (map: Map<string, VitalKind[]>, key: string, kind: VitalKind) => {
    const kinds = map.get(key) ?? [];
    if (!kinds.some(({ code }) => keyOf(code) === keyOf(kind.code))) map.set(key, [...kinds, kind]);
  };
  const signs = ruleset.vitalSigns.filter(({ patient }) => patient === undefined);
  const table = tableKinds(signs);
  for (const [code, { names }] of Object.entries(vitalTable)) {
    const kind = table.get(code)!;
    const { also, ...alone } = kind;
    add(byCode, code, alone);
    add(byCode, keyOf(kind.code), alone);
    for (const name of namesIn(names)) add(byName, folded(name), kind);
  }
  const { unit: _, unitText: __, ...supplied } = table.get(oxygenSupply.code)!;
  const { text } = oxygenSupply;
  for (const name of namesIn(oxygenSupply.names)) byName.set(folded(name), [{ ...supplied, text }]);
  for (const sign of signs) {
    const kinds = kindsOf(sign, table);
    for (const code of sign.codes) {
      const kind = kinds.find((each) => keyOf(each.code) === keyOf(code)) ?? kinds[0]!;
      if (!byCode.has(keyOf(code))) add(byCode, keyOf(code), kind);
      if (code.system !== loinc || !table.has(code.code)) add(byCode, code.code, kind);
    }
    // What the table has under this name stays what it is, together with what may differ in its unit.
    add(byName, folded(sign.name), kinds[0]!);
  }
  return { byCode, byName };
}

const namesIn = (names: string | undefined): string[] => names?.split(', ') ?? [];

/** The table, with the units of the vital signs in force. */
function tableKinds(signs: readonly VitalSign[]): Map<string, VitalKind> {
  const kinds = new Map<string, VitalKind>();
  for (const [code, { names: _, also, ...entry }] of Object.entries(vitalTable)) {
    const inForce = signs.find(({ codes }) => codes.some((c) => c.system === loinc && c.code === code));
    const unit = inForce?.unit;
    kinds.set(code, {
      code: { system: loinc, code },
      ...entry,
      ...(unit !== undefined && unit !== entry.unit && { unit, unitText: unit }),
      ...(also !== undefined && {
        also: { system: loinc, code: also, display: vitalTable[also]!.display },
      }),
    });
  }
  const { panel, parts } = bloodPressure;
  kinds.set(panel, { ...kinds.get(panel)!, components: parts.map((code) => kinds.get(code)!) });
  return kinds;
}

/** The kinds of the table that a vital sign in force is, or else one made of it. */
function kindsOf(sign: VitalSign, table: ReadonlyMap<string, VitalKind>): VitalKind[] {
  const found = sign.codes.flatMap(({ system, code }) =>
    system === loinc && table.has(code) ? [table.get(code)!] : [],
  );
  if (found.length > 0) return found;
  const code = sign.codes.find(({ system }) => system === loinc) ?? sign.codes[0]!;
  const codes = [...(sign.normalCodes ?? []), ...(sign.abnormalCodes ?? []), ...(sign.criticalCodes ?? [])];
  const { name: display, unit } = sign;
  return [
    {
      ...{ code, display },
      ...(unit !== undefined && { unit, unitText: unit }),
      ...(codes.length > 0 && { codes }),
    },
  ];
}

/** `system|code`. */
export const keyOf = ({ system, code }: Code): string => `${system}|${code}`;
