// How long it takes to judge and annotate a vital sign, without anything else: the server's own functions on the vital signs of
// the Synthea sets, in this process and warm. The floor is parsing the same texts.
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseJson } from '../../server/json/parseJson.ts';
import { annotated } from '../../server/vitals/annotate.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import { patientFacts } from '../../server/vitals/patientFacts.ts';
import { readVitalSign } from '../../server/vitals/readVitalSign.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import type { PatientFacts } from '../../server/vitals/vitalSign.ts';
import { type Corpus, resourceTexts } from './corpus.ts';
import { measureRounds } from './measureRounds.ts';
import { number } from './report.ts';
import type { Result } from './result.ts';

const SIGNS = 20_000;
const WARM_UP_ROUNDS = 3;
const SHIPPED = resolve(import.meta.dirname, '../../fhir-profiles/vital-signs');

interface Json {
  resourceType: string;
  code?: { text?: string };
  [key: string]: unknown;
}

/** Mean time for a vital sign of the Synthea sets. */
export function judging(corpus: Corpus, seconds: number): Result {
  const ruleset = createRuleset(
    readdirSync(SHIPPED).flatMap((name) => {
      const definition = parseJson(readFileSync(`${SHIPPED}/${name}`, 'utf8')) as Json;
      return readVitalSign(definition, '1').vitalSign ?? [];
    }),
  );
  const signs = corpus.patients
    .values()
    .flatMap((file) => {
      const texts = resourceTexts(file);
      const resources = texts.map((text) => parseJson(text) as Json);
      const patient = resources.find(({ resourceType }) => resourceType === 'Patient');
      const facts = patient && patientFacts('Patient/1', patient);
      return resources
        .map((resource, n) => ({ resource, text: texts[n]!, facts }))
        .filter(({ resource }) => resource.resourceType === 'Observation' && ruleset.concerns(resource))
        .values();
    })
    .take(SIGNS)
    .toArray();
  const judge = ({ resource, facts }: { resource: Json; facts: PatientFacts | undefined }) =>
    judgeObservation(resource, facts, ruleset);
  const evaluate = (sign: (typeof signs)[number]) => annotated(sign.resource, judge(sign).judged);
  const round = () => signs.forEach(evaluate);
  for (let n = 0; n < WARM_UP_ROUNDS; n++) round();
  const whole = measureRounds(round, seconds / 3, signs.length);
  const judgement = measureRounds(() => signs.forEach(judge), seconds / 6, signs.length);
  const parsing = measureRounds(
    () => {
      for (const { text } of signs) JSON.parse(text);
    },
    seconds / 6,
    signs.length,
  );
  const byCode = [...Map.groupBy(signs, ({ resource }) => resource.code?.text ?? '')].map(([name, some]) => ({
    name,
    share: some.length / signs.length,
    // The clock of a thread's processor time ticks too slowly for one round.
    cost: measureRounds(() => some.forEach(evaluate), seconds / 30, some.length).own,
  }));
  const judgements = signs.map(judge);
  const judged = judgements.flatMap((one) => one.judged);
  const unjudged = Map.groupBy(
    judgements.flatMap((one) => one.unjudged),
    ({ reason }) => reason,
  );
  return {
    workload: 'judging',
    title: 'judging and annotating a vital sign',
    unit: 'µs a vital sign',
    figure: whole.own,
    target: {},
    floor: { what: 'JSON.parse of the same texts', figures: [{ rate: parsing.own, cpu: undefined }] },
    seconds: whole.seconds,
    failures: 0,
    notes: [
      `processor time of the thread; ${number(whole.all)} µs with the other threads of the process, ${number(whole.waited)} µs by the clock; judging alone ${number(judgement.own)} µs`,
      `${signs.length.toLocaleString('en')} vital signs: ${judged.length.toLocaleString('en')} values judged; not judged: ${[...unjudged].map(([reason, some]) => `${reason} ${some.length.toLocaleString('en')}`).join(', ') || 'none'}`,
      `by code: ${byCode
        .toSorted((a, b) => b.share * b.cost - a.share * a.cost)
        .slice(0, 8)
        .map(({ name, share, cost }) => `${name} ${number(cost)} µs (${Math.round(share * 100)} %)`)
        .join(', ')}`,
    ],
  };
}
