// Published resources have no errors: the official examples and those of US Core, with each exception and its reason, and the
// Synthea sets. Judged by the validator itself, as a server puts it together.
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Issue } from '../../server/errors.ts';
import { createPublishedJudge, type PublishedJudge } from './judge.ts';
import { data, haveData, type Resource, resourcesIn } from './structureSupport.ts';

interface Exception {
  file: string;
  /** key of the constraint, or else the code, of every error */
  error: string;
  reason: string;
}

/** Published resources that are wrong. */
const officialExceptions: readonly Exception[] = [
  { file: 'Questionnaire-qs1.json', error: 'required', reason: 'its nested items have no linkId (1..1)' },
];
const usCoreExceptions: readonly Exception[] = [
  { file: 'diagnosticreport-cbc.json', error: 'required', reason: 'its text has no div (1..1)' },
];

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
    expect(errors).toEqual(listed([...officialExceptions]));
  });

  it('the examples of US Core are sound', async () => {
    const { errors, count } = await errorsIn('us-core-examples', judge.base);
    expect(errors).toEqual(listed(usCoreExceptions));
    expect(count).toBe(230);
  });

  it('the examples of US Core meet the profiles they claim, as far as those are known', async () => {
    const { errors } = await errorsIn('us-core-examples', judge.claimed);
    expect(errors).toEqual(listed([...usCoreExceptions]));
  });

  it.each(['synthea-conditional', 'synthea-embedded', 'synthea-legacy', 'bulk-ndjson'])(
    'the Synthea set %s is sound',
    async (folder) => {
      const { errors, count } = await errorsIn(folder, judge.base);
      expect(errors).toEqual(new Set());
      expect(count).toBeGreaterThan(2000);
    },
  );
});
