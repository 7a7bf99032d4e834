// What `salus validate` judges by: definitions from files, before those in the database of the settings where one is
// configured, before the published ones.
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { reduceStructures } from '../definitions/reduceStructures.ts';
import type { Issue } from '../errors.ts';
import { findBoundSets, findCodeSystems, publishedBoundSets } from '../fhir/boundSets.ts';
import { structuresNow } from '../fhir/storedStructures.ts';
import { storedTerminology } from '../fhir/storedTerminology.ts';
import {
  type Judgement,
  type JudgementSources,
  judgeWith,
  type Known,
  nothingKnown,
} from '../fhir/validateResource.ts';
import { createServices } from '../services.ts';
import { loadSpecification } from '../specification.ts';
import type { Logger } from '../telemetry.ts';
import { createValidator } from '../validation/validator.ts';
import { fileDefinitions, layered } from './fileDefinitions.ts';

export interface OpenJudge {
  judge(resource: unknown, judgement: Judgement): Promise<Issue[]>;
  close(): Promise<void>;
}

/** Definitions that are remembered from one resource to the next. */
const MOST_KNOWN = 2_000;

/**
 * Opens what is judged by.
 * @param paths folders, .json files and packages (.tgz) with definitions
 * @throws Error when they cannot be read, or the database cannot be reached
 */
export async function openJudge(paths: readonly string[], config: Config, log: Logger): Promise<OpenJudge> {
  const files = await fileDefinitions(paths);
  const cacheDir = join(config.dataDir, 'cache');
  const services = config.databaseUrl === '' ? undefined : await createServices(config, log);
  const specification = services ?? (await loadSpecification(cacheDir));
  const { definitions, structures: published, extensions, terminology } = specification;
  const validator = createValidator({
    definitions,
    find: published.find,
    boundSet: await publishedBoundSets(cacheDir, published, terminology),
    knowsExtension: (url) => files.structure(url) !== undefined || extensions.has(url),
  });
  const stored = services && (await structuresNow(services, services.db, files.named));
  const structures = reduceStructures((canonical) => files.structure(canonical), stored ?? published);
  const view = terminology.at(
    'files',
    layered(files.terminology, services && storedTerminology(services, services.db)),
  );
  const sources: Omit<JudgementSources, 'known'> = {
    validator,
    structure: async (canonical) => {
      await stored?.load([canonical]);
      return structures.find(canonical) ?? structures.problem(canonical);
    },
    boundSet: async (canonical) => (await findBoundSets(view, [canonical]))(canonical),
    system: async (canonical) => (await findCodeSystems(view, [canonical]))(canonical),
  };
  let known = nothingKnown();
  const judge = (resource: unknown, judgement: Judgement) => {
    if (sizeOf(known) > MOST_KNOWN) known = nothingKnown();
    return judgeWith({ ...sources, known }, resource, judgement);
  };
  return {
    async judge(resource, judgement) {
      const learnt = services?.extensions.learnt;
      const issues = await judge(resource, judgement);
      if (!services || issues.length === 0) return issues;
      // What was asked for in vain may be stored.
      await services.extensions.learn(services);
      return services.extensions.learnt === learnt ? issues : judge(resource, judgement);
    },
    close: async () => services?.close(),
  };
}

const sizeOf = ({ structures, sets, systems }: Known): number => structures.size + sets.size + systems.size;
