// Judges a resource by the specification and by the extensions of alerts and their policies, warnings included.
import { readdirSync, readFileSync } from 'node:fs';
import { reduceStructures } from '../../../server/definitions/reduceStructures.ts';
import { specification, validatorWith } from '../../validation/testValidator.ts';

const folder = 'fhir-profiles/alert-policy';

/** The StructureDefinitions beside the policy, by url. */
export const ownStructures = new Map(
  readdirSync(folder)
    .map(
      (name) =>
        JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { resourceType: string; url: string },
    )
    .filter(({ resourceType }) => resourceType === 'StructureDefinition')
    .map((json) => [json.url, json] as const),
);

const view = reduceStructures((url) => ownStructures.get(url), {
  find: specification.structures.find,
  problem: () => undefined,
});
const validator = validatorWith({
  knowsExtension: (url) => ownStructures.has(url) || specification.extensions.has(url),
});

/** What is wrong with a resource: errors, and with `advice` warnings too, as `severity: diagnostics`. */
export function judgePublished(resource: unknown, advice = false): string[] {
  const loaded = {
    find: (url: string) => view.find(url) ?? view.problem(url),
    boundSet: () => undefined,
    rules: new Map(),
  };
  const question = { profiles: [], claimed: false, extensions: true, advice };
  return validator
    .judge(JSON.parse(JSON.stringify(resource)), question, loaded)
    .filter(({ severity }) => advice || severity === 'error')
    .map(({ severity, diagnostics, expression }) => `${severity}: ${diagnostics} (${expression?.[0]})`);
}
