// What a gateway may call a vital sign: names and codes → the code it is stored under, its unit, the answers it may have.
// LOINC codes as in the FHIR vital signs profiles (observation-vitalsigns.html) and vitals/scores/readingCodes.ts.
import type { Ruleset } from '../vitals/ruleset.ts';
import { loinc } from '../vitals/scores/readingCodes.ts';
import type { Code, VitalSign } from '../vitals/vitalSign.ts';
import type { answersTo } from './vitalAnswers.ts';

/** One thing that can be registered. */
export interface VitalKind {
  readonly code: Code;
  readonly display: string;
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

type Entry = Omit<VitalKind, 'code' | 'also'> & {
  readonly names?: readonly string[];
  readonly also?: string;
};

const pressure = { unit: 'mm[Hg]', unitText: 'mmHg' };

/** By LOINC code; names without regard to case, blanks and punctuation. */
const entries: readonly (readonly [code: string, entry: Entry])[] = [
  [
    '8867-4',
    {
      ...{ display: 'Heart rate', unit: '/min', unitText: 'beats/min' },
      names: ['heart rate', 'hr', 'pulse', 'pulse rate', 'pr'],
    },
  ],
  [
    '9279-1',
    {
      ...{ display: 'Respiratory rate', unit: '/min', unitText: 'breaths/min' },
      names: [
        'respiratory rate',
        'respiration rate',
        'respiration',
        'respirations',
        'resp',
        'resp rate',
        'rr',
      ],
    },
  ],
  [
    '8310-5',
    {
      ...{ display: 'Body temperature', unit: 'Cel', unitText: '°C' },
      names: ['body temperature', 'temperature', 'body temp', 'temp'],
    },
  ],
  [
    '2708-6',
    {
      ...{ display: 'Oxygen saturation in Arterial blood', unit: '%', unitText: '%', also: '59408-5' },
      names: ['oxygen saturation', 'spo2', 'o2 saturation', 'o2 sat', 'o2 sats', 'sats', 'pulse oximetry'],
    },
  ],
  [
    '59408-5',
    {
      ...{ display: 'Oxygen saturation in Arterial blood by Pulse oximetry', unit: '%', unitText: '%' },
    },
  ],
  [
    '85354-9',
    {
      display: 'Blood pressure panel with all children optional',
      ...pressure,
      names: ['blood pressure', 'bp', 'nibp', 'blood pressure panel'],
    },
  ],
  [
    '8480-6',
    {
      ...{ display: 'Systolic blood pressure', ...pressure },
      names: ['systolic blood pressure', 'systolic', 'systolic bp', 'sbp', 'sys', 'nibp systolic'],
    },
  ],
  [
    '8462-4',
    {
      ...{ display: 'Diastolic blood pressure', ...pressure },
      names: ['diastolic blood pressure', 'diastolic', 'diastolic bp', 'dbp', 'dia', 'nibp diastolic'],
    },
  ],
  [
    '8478-0',
    {
      ...{ display: 'Mean blood pressure', ...pressure },
      names: ['mean blood pressure', 'mean arterial pressure', 'map', 'mbp'],
    },
  ],
  [
    '39156-5',
    {
      ...{ display: 'Body mass index (BMI) [Ratio]', unit: 'kg/m2', unitText: 'kg/m²' },
      names: ['body mass index', 'bmi'],
    },
  ],
  ['29463-7', { display: 'Body weight', unit: 'kg', unitText: 'kg', names: ['body weight', 'weight', 'wt'] }],
  ['8302-2', { display: 'Body height', unit: 'cm', unitText: 'cm', names: ['body height', 'height', 'ht'] }],
  [
    '9843-4',
    {
      ...{ display: 'Head Occipital-frontal circumference', unit: 'cm', unitText: 'cm' },
      names: ['head circumference', 'ofc'],
    },
  ],
  [
    '72514-3',
    {
      ...{ display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported' },
      ...{ unit: '{score}', unitText: '{score}', names: ['pain severity', 'pain', 'pain score', 'nrs'] },
    },
  ],
  [
    '2339-0',
    {
      ...{ display: 'Glucose [Mass/volume] in Blood', unit: 'mg/dL', unitText: 'mg/dL' },
      names: ['glucose', 'blood glucose', 'blood sugar', 'bgl'],
    },
  ],
  [
    '15074-8',
    {
      ...{ display: 'Glucose [Moles/volume] in Blood', unit: 'mmol/L', unitText: 'mmol/L' },
      names: ['glucose', 'blood glucose', 'blood sugar', 'bgl'],
    },
  ],
  [
    '67775-7',
    {
      ...{ display: 'Level of responsiveness', answers: 'consciousness' },
      names: ['consciousness', 'level of consciousness', 'loc', 'acvpu', 'avpu', 'level of responsiveness'],
    },
  ],
  ['80288-4', { display: 'Level of consciousness', answers: 'consciousness' }],
  [
    '3151-8',
    {
      ...{ display: 'Inhaled oxygen flow rate', unit: 'L/min', unitText: 'L/min', answers: 'oxygen' },
      names: ['inhaled oxygen flow rate', 'oxygen flow', 'oxygen flow rate', 'o2 flow', 'o2 flow rate'],
    },
  ],
  [
    '3150-0',
    {
      ...{ display: 'Inhaled oxygen concentration', unit: '%', unitText: '%', answers: 'oxygen' },
      names: ['inhaled oxygen concentration', 'inspired oxygen', 'oxygen concentration', 'fio2'],
    },
  ],
  [
    '44963-7',
    {
      ...{ display: 'Capillary refill [Time]', unit: 's', unitText: 's' },
      names: ['capillary refill', 'capillary refill time', 'cap refill', 'crt'],
    },
  ],
  [
    '80341-1',
    {
      ...{ display: 'Respiratory effort', answers: 'effort' },
      names: ['respiratory effort', 'effort', 'work of breathing', 'respiratory distress'],
    },
  ],
];

/** Yes or no is said of these, never a number. */
const suppliedNames = ['on oxygen', 'oxygen supply', 'air or oxygen', 'supplemental oxygen'];

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
  for (const [code, { names = [] }] of entries) {
    const kind = table.get(code)!;
    const { also, ...alone } = kind;
    add(byCode, code, alone);
    add(byCode, keyOf(kind.code), alone);
    for (const name of names) add(byName, folded(name), kind);
  }
  const { unit: _, unitText: __, ...supplied } = table.get('3150-0')!;
  for (const name of suppliedNames) byName.set(folded(name), [{ ...supplied, display: 'Oxygen supply' }]);
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

/** The table, with the units of the vital signs in force. */
function tableKinds(signs: readonly VitalSign[]): Map<string, VitalKind> {
  const kinds = new Map<string, VitalKind>();
  for (const [code, { names: _, also, ...entry }] of entries) {
    const inForce = signs.find(({ codes }) => codes.some((c) => c.system === loinc && c.code === code));
    const unit = inForce?.unit;
    kinds.set(code, {
      code: { system: loinc, code },
      ...entry,
      ...(unit !== undefined && unit !== entry.unit && { unit, unitText: unit }),
      ...(also !== undefined && {
        also: { system: loinc, code: also, display: entries.find((other) => other[0] === also)![1].display },
      }),
    });
  }
  const panel = kinds.get('85354-9')!;
  kinds.set('85354-9', { ...panel, components: [kinds.get('8480-6')!, kinds.get('8462-4')!] });
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
