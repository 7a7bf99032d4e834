import { describe, expect, it } from '@jest/globals';
import { equalJson } from '../../server/json/equalJson.ts';
import { annotated } from '../../server/vitals/annotate.ts';
import { withoutComputed } from '../../server/vitals/computed.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import { specification } from '../validation/testValidator.ts';
import { adult, loinc, observation, quantity, shippedVitalSigns } from './made.ts';

const signs = shippedVitalSigns();
const ruleset = createRuleset(signs);
const nextRuleset = createRuleset(signs.map((sign) => ({ ...sign, version: '2' })));

const annotate = (given: JsonObject, rules = ruleset) =>
  annotated(given, judgeObservation(given, adult, rules).judged);

const interpretation = (
  code: string,
  system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
) => ({
  coding: [{ system, code }],
});

const fastRate = observation('8867-4', { valueQuantity: quantity(JSON.rawJSON('150.0'), '/min') });
const pressure = observation('85354-9', {
  component: [
    { code: loinc('8480-6'), valueQuantity: quantity(118, 'mm[Hg]') },
    { code: loinc('8462-4'), valueQuantity: quantity(140, 'mm[Hg]'), interpretation: [interpretation('N')] },
    { code: loinc('other'), valueQuantity: quantity(1, '1') },
  ],
});
const tag = { system: 'https://salus.example/fhir/CodeSystem/tags', code: 'computed' };
const url = 'https://salus.example/fhir/StructureDefinition/';
const ruleOf = (definition: string, interval?: number, version = '1') => ({
  url: `${url}ruleset`,
  valueString:
    interval === undefined
      ? expect.stringMatching(new RegExp(`^${definition}/_history/${version}#\\d+$`))
      : `${definition}/_history/${version}#${interval}`,
});
const rate = 'ObservationDefinition/salus-heart-rate';

/** Every kind of Observation that something is added to. */
const kinds: [string, JsonObject][] = [
  ['a value', fastRate],
  ['a panel', pressure],
  ['tags of its own', { ...fastRate, meta: { tag: [{ system: 's', code: 'c' }], source: 'urn:x' } }],
  [
    'extensions of its own',
    {
      ...fastRate,
      extension: [{ url: 'http://x.example/e', valueString: 'e' }],
      interpretation: [interpretation('L')],
    },
  ],
  ['an interpretation that agrees', { ...fastRate, interpretation: [interpretation('HH')] }],
  [
    'a range of its own',
    { ...fastRate, referenceRange: [{ low: quantity(50, '/min'), high: quantity(160, '/min') }] },
  ],
  ['a range in words', { ...fastRate, referenceRange: [{ text: 'see chart' }] }],
  [
    'a code',
    observation('67775-7', {
      valueCodeableConcept: { coding: [{ system: 'http://loinc.org', code: 'LA9343-0' }] },
    }),
  ],
];

describe('what is added to an Observation', () => {
  it('is interpretation and range, each with its rule, and a tag', () => {
    const result = annotate(fastRate)!;
    const { interpretation: added, referenceRange, meta, ...rest } = result;
    expect(rest).toEqual(fastRate);
    expect(meta).toEqual({ tag: [tag] });
    expect(added).toEqual([
      {
        extension: [ruleOf(rate)],
        coding: [{ ...interpretation('HH').coding[0], display: 'Critical high' }],
      },
    ]);
    expect(referenceRange).toEqual([
      {
        extension: [ruleOf(rate)],
        low: quantity(expect.any(Number), '/min'),
        high: quantity(expect.any(Number), '/min'),
        type: {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning',
              code: 'normal',
              display: 'Normal Range',
            },
          ],
        },
      },
    ]);
  });

  it('stands beside an interpretation that says something else, component by component', () => {
    const [systolic, diastolic, other] = annotate(pressure)!.component as JsonObject[];
    expect(systolic!.interpretation).toMatchObject([{ coding: [{ code: 'N' }] }]);
    expect(diastolic!.interpretation).toEqual([interpretation('N')]);
    expect(diastolic!.extension).toEqual([
      {
        url: `${url}computed-interpretation`,
        valueCodeableConcept: {
          extension: [ruleOf('ObservationDefinition/salus-diastolic-blood-pressure')],
          coding: [{ ...interpretation('HH').coding[0], display: 'Critical high' }],
        },
      },
    ]);
    expect(other).toBe((pressure.component as JsonObject[])[2]);
  });

  it.each<[string, JsonObject[], boolean]>([
    ['HH', [interpretation('HH')], true],
    ['HU', [interpretation('HU')], true],
    ['AA', [interpretation('AA')], true],
    ['H and HH', [interpretation('H'), interpretation('HH')], true],
    ['HH of version 2', [interpretation('HH', 'http://terminology.hl7.org/CodeSystem/v2-0078')], true],
    ['H', [interpretation('H')], false],
    ['A', [interpretation('A')], false],
    ['HH of its own', [interpretation('HH', 'http://x.example')], false],
    ['words', [{ text: 'far too fast' }], false],
  ])('is beside an interpretation %s where that does not say the same', (_, sent, agrees) => {
    const result = annotate({ ...fastRate, interpretation: sent })!;
    expect(result.interpretation).toEqual(sent);
    expect('extension' in result).toBe(!agrees);
  });

  it('is no range where there is one, even in words', () => {
    const referenceRange = [{ text: 'see chart' }];
    expect(annotate({ ...fastRate, referenceRange })!.referenceRange).toBe(referenceRange);
  });

  it('names the Observation itself where its own range decided', () => {
    const given = {
      ...fastRate,
      valueQuantity: quantity(95, '/min'),
      referenceRange: [{ high: quantity(90, '/min') }],
    };
    expect(annotate(given)!.interpretation).toMatchObject([
      { extension: [{ valueString: 'Observation.referenceRange#0' }] },
    ]);
  });

  it('is nothing where nothing was judged, or all was said', () => {
    expect(annotate(observation('8867-4', {}))).toBeUndefined();
    expect(annotate({ ...fastRate, status: 'cancelled' })).toBeUndefined();
    const said = {
      ...fastRate,
      interpretation: [interpretation('HH')],
      referenceRange: [{ text: 'see chart' }],
    };
    expect(annotate(said)).toBeUndefined();
  });

  it.each(kinds)('is valid: %s', (_, given) => {
    expect(specification.validator.validate(given)).toEqual([]);
    expect(specification.validator.validate(annotate(given))).toEqual([]);
  });

  it.each(kinds)('leaves what was sent as it was: %s', (_, given) => {
    const before = JSON.stringify(given);
    const result = annotate(given)!;
    expect(JSON.stringify(given)).toBe(before);
    expect(equalJson(withoutComputed(result), given)).toBe(true);
    expect(withoutComputed(given)).toBe(given);
  });

  it.each(kinds)('is the same when it is judged again: %s', (_, given) => {
    const result = annotate(given)!;
    expect(annotate(result)).toBeUndefined();
    // Read by a client and sent back: texts and numbers are the same, objects are others.
    const readBack = JSON.parse(JSON.stringify(result)) as JsonObject;
    expect(annotate(readBack)).toBeUndefined();
    expect(judgeObservation(readBack, adult, ruleset)).toEqual(judgeObservation(given, adult, ruleset));
  });

  it('is replaced when the rules have changed', () => {
    const result = annotate(annotate(fastRate)!, nextRuleset)!;
    expect(result).toEqual(annotate(fastRate, nextRuleset));
    expect(result.interpretation).toMatchObject([{ extension: [ruleOf(rate, undefined, '2')] }]);
  });

  it.each(kinds)('is taken away when the finding is withdrawn: %s', (_, given) => {
    const withdrawn = annotate({ ...annotate(given)!, status: 'entered-in-error' });
    expect(withdrawn).toEqual({ ...given, status: 'entered-in-error' });
  });

  it('follows a value that a client corrected in what it read', () => {
    const corrected = { ...annotate(fastRate)!, valueQuantity: quantity(80, '/min') };
    expect(annotate(corrected)).toEqual(annotate({ ...fastRate, valueQuantity: quantity(80, '/min') }));
  });
});
