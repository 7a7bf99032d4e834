// The operations this server offers. Routes, bundles and the CapabilityStatement read this list.
import { refuse } from '../errors.ts';
import { evaluate } from './evaluate.ts';
import { evaluateVitals } from './evaluateVitals.ts';
import { everything } from './everything.ts';
import { expand } from './expand.ts';
import { lastn } from './lastn.ts';
import { lookup } from './lookup.ts';
import { isOffered, type Level, type Operation } from './operation.ts';
import { reindex } from './reindex.ts';
import { searchParameterStatus } from './searchParameterStatus.ts';
import { stats } from './stats.ts';
import { subsumes } from './subsumes.ts';
import { translateCode } from './translate.ts';
import { validate } from './validate.ts';
import { validateCodeInCodeSystem, validateCodeInValueSet } from './validateCode.ts';
import { vitalsSummary } from './vitalsSummary.ts';

export const OPERATIONS: Operation[] = [
  everything,
  expand,
  validateCodeInValueSet,
  validateCodeInCodeSystem,
  lookup,
  subsumes,
  translateCode,
  lastn,
  stats,
  evaluate,
  reindex,
  evaluateVitals,
  vitalsSummary,
  searchParameterStatus,
  validate,
];

/** @throws FhirError 404 naming the operations that exist there */
export function findOperation(name: string, type: string, level: Level): Operation {
  const offered = OPERATIONS.filter((operation) => isOffered(operation, level, type));
  const found = offered.find((operation) => operation.name === name);
  if (found) return found;
  const names = offered.map((operation) => `$${operation.name}`).join(', ') || 'none';
  const where = type === '' ? 'system operation' : `${level} operation of ${type}`;
  throw refuse(404, 'not-supported', `$${name} is no ${where} here; offered: ${names}.`);
}
