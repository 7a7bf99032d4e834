// Judges a resource by the specification and by the extensions of fhir-profiles, warnings included.
import { readdirSync, readFileSync } from 'node:fs';
import { specification, validatorWith } from '../../validation/testValidator.ts';

const folder = 'fhir-profiles';

/** The StructureDefinitions of the extensions of alerts and their policies, by url. */
export const ownStructures = new Map(
  readdirSync(folder)
    .filter((name) => name.startsWith('salus-alert-'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as { url: string })
    .map((json) => [json.url, json] as const),
);

const { find, problem } = specification.structures;
const validator = validatorWith({});

/** What is wrong with a resource: errors, and with `advice` warnings too, as `severity: diagnostics`. */
export function judgePublished(resource: unknown, advice = false): string[] {
  const loaded = {
    find: (url: string) => find(url) ?? problem(url),
    boundSet: () => undefined,
    rules: new Map(),
  };
  const question = { profiles: [], claimed: false, extensions: true, advice };
  return validator
    .judge(JSON.parse(JSON.stringify(resource)), question, loaded)
    .filter(({ severity }) => advice || severity === 'error')
    .map(({ severity, diagnostics, expression }) => `${severity}: ${diagnostics} (${expression?.[0]})`);
}
