// Published resources have no errors: the official examples and those of US Core, with each exception and its reason, and the
// Synthea sets. Judged by the validator itself, as a server puts it together.
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Issue } from '../../server/errors.ts';
import { createPublishedJudge, type PublishedJudge } from './judge.ts';
import { data, haveData, type Resource, resourcesIn } from './structureSupport.ts';

interface Exception {
  file: string;
  /** key of the broken constraint, or else the code of the issue */
  error: string;
  reason: string;
}

const noContent = 'its narrative is an empty div; HAPI refuses it too';
const fullUrl = 'an entry has the fullUrl of another resource';
const target = (of: string, to: string) => `${of} refers to ${to}, which is none of its target types`;

/** Published resources that are wrong. */
const officialExceptions: readonly Exception[] = [
  { file: 'ActivityDefinition-blood-tubes-supply.json', error: 'txt-2', reason: noContent },
  { file: 'ActivityDefinition-heart-valve-replacement.json', error: 'txt-2', reason: noContent },
  { file: 'EventDefinition-example.json', error: 'txt-2', reason: noContent },
  { file: 'Questionnaire-zika-virus-exposure-assessment.json', error: 'txt-2', reason: noContent },
  {
    file: 'Basic-referral.json',
    error: 'extension',
    reason: 'its modifier extensions are made up (example.org/do-not-use)',
  },
  { file: 'Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json', error: 'value', reason: fullUrl },
  { file: 'Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json', error: 'value', reason: fullUrl },
  { file: 'Bundle-lri-example.json', error: 'value', reason: fullUrl },
  { file: 'DeviceMetric-example.json', error: 'value', reason: target('parent', 'a DeviceDefinition') },
  {
    file: 'DeviceUseStatement-example.json',
    error: 'value',
    reason: target('reasonReference', 'a Procedure'),
  },
  {
    file: 'MedicationRequest-medrx0301.json',
    error: 'value',
    reason: target('dispenseRequest.performer', 'a Practitioner'),
  },
  { file: 'Observation-clinical-gender.json', error: 'value', reason: target('performer', 'an Encounter') },
  {
    file: 'Questionnaire-qs1.json',
    error: 'required',
    reason: 'its nested items have no linkId (1..1); HAPI refuses it too',
  },
];

const ethnicity =
  'it has the ethnicity extension of US Core on an Observation, with a bare code as its value';
/** Those that do not meet the definitions of profiles and extensions. */
const officialProfileExceptions: readonly Exception[] = ['extension', 'required', 'structure'].map(
  (error) => ({
    ...{ file: 'Observation-example-genetics-brcapat.json', error, reason: ethnicity },
  }),
);
const usCoreExceptions: readonly Exception[] = [
  {
    file: 'diagnosticreport-cbc.json',
    error: 'required',
    reason: 'its text has no div (1..1); HAPI refuses it too',
  },
];

/** Those that do not meet 5.0.1 of the profiles. */
const usCoreProfileExceptions: readonly Exception[] = ['', '-child', '-deceased', '-infant'].map((which) => ({
  file: `patient${which}-example.json`,
  error: 'required',
  reason: 'gender is 1..1 in 5.0.1 and no longer in 9.0.0; HAPI refuses them too',
}));

const whereAvailable = haveData ? describe : describe.skip;

let judge: PublishedJudge;
beforeAll(async () => {
  judge = await createPublishedJudge();
});

/** Errors in short: `file key-or-code`, each once. */
async function errorsIn(
  folder: string,
  errorsOf: (resource: Resource) => Issue[] | Promise<Issue[]>,
): Promise<{ errors: Set<string>; count: number }> {
  const errors = new Set<string>();
  let count = 0;
  for (const { file, resource } of resourcesIn(folder)) {
    count++;
    for (const { code, details } of await errorsOf(resource)) {
      errors.add(`${file} ${details?.coding?.[0]?.code ?? code}`);
    }
  }
  return { errors, count };
}

const listed = (exceptions: readonly Exception[]) =>
  new Set(exceptions.map(({ file, error }) => `${file} ${error}`));

whereAvailable(`published resources (skipped without ${data})`, () => {
  it('the official examples are sound', async () => {
    const { errors, count } = await errorsIn('hl7-r4-examples', judge.base);
    expect(errors).toEqual(listed(officialExceptions));
    expect(count).toBe(718);
  });

  it('the official examples meet the profiles they claim', async () => {
    const { errors } = await errorsIn('hl7-r4-examples', judge.claimed);
    expect(errors).toEqual(listed([...officialExceptions, ...officialProfileExceptions]));
  });

  it('the examples of US Core are sound', async () => {
    const { errors, count } = await errorsIn('us-core-examples', judge.base);
    expect(errors).toEqual(listed(usCoreExceptions));
    expect(count).toBe(230);
  });

  it('the examples of US Core meet the profiles they claim, in the version at hand', async () => {
    let judged = 0;
    const { errors } = await errorsIn('us-core-examples', (resource) => {
      const claims = (resource.meta as { profile?: string[] } | undefined)?.profile ?? [];
      // They claim 9.0.0; the definitions have 5.0.1 of some.
      const known = claims.map((claim) => claim.replace(/\|.*/, '')).filter(judge.knows);
      judged += known.length;
      return judge.against(resource, known);
    });
    expect(errors).toEqual(listed([...usCoreExceptions, ...usCoreProfileExceptions]));
    expect(judged).toBeGreaterThan(10);
  });

  it.each(['synthea-conditional', 'synthea-embedded', 'synthea-legacy', 'bulk-ndjson'])(
    'the Synthea set %s is sound',
    async (folder) => {
      const { errors, count } = await errorsIn(folder, judge.base);
      expect(errors).toEqual(new Set());
      expect(count).toBeGreaterThan(1900);
    },
  );
});
