// Published and synthetic Observations (skipped where shared/data is not there): each is judged, and valid with what is added.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseJson } from '../../server/json/parseJson.ts';
import { annotated } from '../../server/vitals/annotate.ts';
import { withoutComputed } from '../../server/vitals/computed.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { patientFacts } from '../../server/vitals/patientFacts.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import { specification } from '../validation/testValidator.ts';
import { adult, shippedVitalSigns } from './made.ts';

const examples = '../shared/data/hl7-r4-examples';
const synthea = '../shared/data/synthea-embedded';
const ruleset = createRuleset(shippedVitalSigns());
const read = (path: string) => parseJson(readFileSync(path, 'utf8')) as JsonObject;

const describeWith = (folder: string) => (existsSync(folder) ? describe : describe.skip);

describeWith(examples)(`Observations in ${examples}`, () => {
  const answer = (name: string) => {
    const given = read(`${examples}/Observation-${name}.json`);
    const { judged, unjudged } = judgeObservation(given, adult, ruleset);
    return [
      ...judged.map((each) => `${each.component} ${each.interpretation} ${each.source}`),
      ...unjudged.map((each) => `${each.component} ${each.reason}`),
    ];
  };

  it.each([
    ['heart-rate', ['-1 L population']],
    ['respiratory-rate', ['-1 HH population']],
    ['body-temperature', ['-1 N population']],
    ['satO2', ['-1 N observation']],
    ['blood-pressure', ['0 N population', '1 N population']],
    ['blood-pressure-cancel', []],
    ['blood-pressure-dar', ['0 N population', '1 no-value']],
    ['f001', ['-1 H observation']],
    ['vitals-panel', []],
    ['eye-color', []],
  ])('%s', (name, expected) => {
    expect(answer(name)).toEqual(expected);
  });

  it('stay valid and themselves', () => {
    const names = readdirSync(examples).filter((name) => /^Observation-.*\.json$/.test(name));
    let changed = 0;
    for (const name of names) {
      const given = read(`${examples}/${name}`);
      const result = annotated(given, judgeObservation(given, adult, ruleset).judged);
      if (!result) continue;
      changed++;
      expect(specification.validator.validate(result)).toEqual([]);
      expect(withoutComputed(result)).toEqual(given);
    }
    expect(changed).toBeGreaterThan(5);
  });
});

describeWith(synthea)(`Observations in ${synthea}`, () => {
  it('are judged, all that can be', () => {
    const counts: Record<string, number> = {};
    const files = readdirSync(synthea)
      .filter((name) => name.endsWith('.json'))
      .slice(0, 4);
    for (const file of files) {
      const { entry = [] } = read(`${synthea}/${file}`) as { entry?: { resource: JsonObject }[] };
      const patient = entry.find(({ resource }) => resource.resourceType === 'Patient')?.resource;
      if (!patient) continue;
      const facts = patientFacts('Patient/a', patient);
      for (const { resource } of entry) {
        if (resource.resourceType !== 'Observation' || !ruleset.concerns(resource)) continue;
        const { judged, unjudged } = judgeObservation(resource, facts, ruleset);
        for (const { interpretation } of judged) counts[interpretation] = (counts[interpretation] ?? 0) + 1;
        for (const { reason } of unjudged) counts[reason] = (counts[reason] ?? 0) + 1;
        const result = annotated(resource, judged);
        if (!result) continue;
        expect(specification.validator.validate(result)).toEqual([]);
        expect(annotated(result, judgeObservation(result, facts, ruleset).judged)).toBeUndefined();
      }
    }
    expect(counts.N).toBeGreaterThan(20);
    // Weight and height have no range of what is normal, only of what is possible.
    expect(Object.keys(counts).filter((key) => !/^(?:LL?|N|HH?|no-range)$/.test(key))).toEqual([]);
  });
});
