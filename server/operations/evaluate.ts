// Observation/[id]/$evaluate: why a vital sign is judged as it is, or why it is not, and what a score was computed from. It judges
// what is stored by the ranges in force now, says where what was stored of an earlier judgement differs, and changes nothing.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { patientNamed } from '../fhir/evaluateVitals.ts';
import { readPatientFacts } from '../fhir/patientFacts.ts';
import { read } from '../fhir/read.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { type Database, snapshot } from '../store/database.ts';
import { judgeObservation, whyNotJudged } from '../vitals/judgeObservation.ts';
import { momentOf } from '../vitals/observation.ts';
import type { Ruleset } from '../vitals/ruleset.ts';
import { isScore } from '../vitals/scores/scoreObservation.ts';
import type { PatientFacts } from '../vitals/vitalSign.ts';
import { explainPatient, explainValues } from './explainJudgement.ts';
import { explainScore } from './explainScore.ts';
import { namedParameters } from './namedParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';

export const evaluate: Operation = {
  name: 'evaluate',
  definition: 'urn:salus:operation:observation-evaluate',
  levels: { type: [], instance: ['Observation'] },
  run,
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  namedParameters(request, '$evaluate', {});
  yield await snapshot(db, async (at) => {
    await ensureDefinitions(services, at);
    const { id, version, content } = await read(services, 'Observation', request.id!, at);
    const observation = parseJson(content!) as Resource;
    const versioned = {
      name: 'observation',
      valueReference: { reference: `Observation/${id}/_history/${version}` },
    };
    const explained = isScore(observation)
      ? await explainScore(observation, at)
      : await explainVitalSign(services, at, observation);
    return parametersText([versioned, ...explained]);
  });
}

async function explainVitalSign(
  services: Services,
  db: Database,
  observation: Resource,
): Promise<Parameter[]> {
  const { ruleset } = services.current;
  const { reference } = (observation.subject ?? {}) as { reference?: string };
  const patient = patientNamed(services, reference);
  const found = patient === undefined ? undefined : await readPatientFacts(services, db, [patient]);
  const facts = found?.get(patient!);
  const when = momentOf(observation);
  const why = whyNothing(services, ruleset, observation, facts);
  return [
    ...(when === undefined ? [] : [{ name: 'effective', valueDateTime: when }]),
    ...(facts ? [explainPatient(facts, when)] : []),
    ...(why === undefined ? [] : [{ name: 'notEvaluated', valueString: why }]),
    ...explainValues(observation, judgeObservation(observation, facts, ruleset)),
  ];
}

function whyNothing(
  { config }: Services,
  ruleset: Ruleset,
  observation: Resource,
  facts: PatientFacts | undefined,
): string | undefined {
  if (config.vitals === 'off') return 'Vital signs are not evaluated here (VITALS=off).';
  if (!ruleset.concerns(observation)) return 'No ObservationDefinition in force has ranges for its codes.';
  return whyNotJudged(observation, facts);
}
