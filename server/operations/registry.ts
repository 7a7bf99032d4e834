// The operations this server offers. Routes, bundles and the CapabilityStatement read this list.
import { refuse } from '../errors.ts';
import { everything } from './everything.ts';
import type { Operation } from './operation.ts';

export const OPERATIONS: Operation[] = [everything];

/** @throws FhirError 404 naming the operations that exist there */
export function findOperation(name: string, type: string, level: 'type' | 'instance'): Operation {
  const offered = OPERATIONS.filter((operation) => operation.levels[level].includes(type));
  const found = offered.find((operation) => operation.name === name);
  if (found) return found;
  const names = offered.map((operation) => `$${operation.name}`).join(', ') || 'none';
  throw refuse(404, 'not-supported', `$${name} is no ${level} operation of ${type} here; offered: ${names}.`);
}
