// An early-warning score as parameters: the table it was computed by, its parts, and the readings that went into it.
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readVersion } from '../store/resources.ts';
import { rulesetUrl } from '../vitals/computed.ts';
import type { Concept, JsonObject } from '../vitals/observation.ts';
import { news2Ruleset } from '../vitals/scores/news2Table.ts';
import { pewsRuleset } from '../vitals/scores/pewsTables.ts';
import type { Reading } from '../vitals/scores/reading.ts';
import { readingsOf } from '../vitals/scores/readingsOf.ts';
import type { Parameter } from './parametersText.ts';

const tables = [news2Ruleset, pewsRuleset];

/** Readings of one score; there are seven of NEWS2, and an answer that raises PEWS. */
const MOST_INPUTS = 50;

interface StoredScore {
  readonly extension?: readonly { readonly url?: string; readonly valueString?: string }[];
  readonly subject?: { readonly reference?: string };
  readonly effectiveDateTime?: string;
  readonly code?: Concept;
  readonly valueInteger?: number;
  readonly interpretation?: readonly Concept[];
  readonly note?: readonly { readonly text?: string }[];
  readonly component?: readonly { readonly code?: Concept; readonly valueInteger?: number }[];
  readonly derivedFrom?: readonly { readonly reference?: string }[];
}

/** What is stored of a score, and what its readings said in the version that was scored. */
export async function explainScore(observation: Resource, db: Database): Promise<Parameter[]> {
  const score = observation as JsonObject as StoredScore;
  const [kind, version] =
    score.extension?.find(({ url }) => url === rulesetUrl)?.valueString?.split('|') ?? [];
  const table = tables.find((each) => each.kind === kind && each.version === version);
  const inputs: Parameter[] = [];
  for (const { reference } of score.derivedFrom?.slice(0, MOST_INPUTS) ?? []) {
    if (reference !== undefined) inputs.push(await explainInput(reference, db));
  }
  return [
    ...optional('effective', 'valueDateTime', score.effectiveDateTime),
    ...optional('patient', 'valueReference', score.subject),
    {
      name: 'score',
      part: [
        ...optional('code', 'valueCodeableConcept', score.code),
        ...optional('table', 'valueString', kind),
        ...optional('version', 'valueString', version),
        ...optional('source', 'valueString', table?.source),
        ...optional('total', 'valueInteger', score.valueInteger),
        ...(score.interpretation ?? []).map((concept) => ({ name: 'result', valueCodeableConcept: concept })),
        ...(score.note ?? []).flatMap(({ text }) => optional('explanation', 'valueString', text)),
      ],
    },
    ...(score.component ?? []).map(({ code, valueInteger }) => ({
      name: 'subscore',
      part: [
        ...optional('code', 'valueCodeableConcept', code),
        ...optional('score', 'valueInteger', valueInteger),
      ],
    })),
    ...inputs,
  ];
}

function optional(name: string, key: `value${string}`, value: unknown): Parameter[] {
  return value === undefined ? [] : [{ name, [key]: value }];
}

/** What one Observation told the score. */
async function explainInput(reference: string, db: Database): Promise<Parameter> {
  const [, id, version] = /^Observation\/([^/]+)\/_history\/(\d{1,9})$/.exec(reference) ?? [];
  const stored = id === undefined ? undefined : await readVersion(db, 'Observation', id, Number(version));
  const readings = stored?.content ? readingsOf(parseJson(stored.content) as Resource) : [];
  return {
    name: 'input',
    part: [{ name: 'observation', valueReference: { reference } }, ...readings.map(explainReading)],
  };
}

function explainReading({ parameter, value, time }: Reading): Parameter {
  return {
    name: 'reading',
    part: [
      { name: 'parameter', valueCode: parameter },
      typeof value === 'number'
        ? { name: 'value', valueDecimal: value }
        : { name: 'value', valueString: value },
      { name: 'effective', valueDateTime: new Date(time).toISOString() },
    ],
  };
}
