// What the FHIRPath Patch tests share: definitions, and patches written briefly.
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import { applyFhirPathPatch } from '../../server/patch/fhirPathPatch.ts';
import { refusal, tree } from './patchSupport.ts';

export const definitions = loadDefinitions();

/** Parts of a FHIRPath patch operation: strings and numbers stand for their value[x], the rest is given in full. */
export type Parts = Record<string, string | number | Record<string, unknown>>;

/** `{ type, path, …, value: { valueCode: 'x' } }` → the Parameters of a patch with these operations. */
export function patchOf(...operations: Parts[]): Record<string, unknown> {
  return {
    resourceType: 'Parameters',
    parameter: operations.map((operation) => ({
      name: 'operation',
      part: Object.entries(operation).map(([name, value]) => {
        if (typeof value === 'number') {
          return { name, valueInteger: value };
        }
        return typeof value === 'string'
          ? { name, [name === 'type' ? 'valueCode' : 'valueString']: value }
          : { name, ...value };
      }),
    })),
  };
}

/** The JSON after a FHIRPath patch, member order aside. */
export function patched(resource: unknown, ...operations: Parts[]): unknown {
  return JSON.parse(
    JSON.stringify(applyFhirPathPatch(tree(resource), tree(patchOf(...operations)), definitions)),
  );
}

/** The refusal of a FHIRPath patch. */
export function refusedPatch(resource: unknown, ...operations: Parts[]): unknown {
  return refusal(() => applyFhirPathPatch(tree(resource), tree(patchOf(...operations)), definitions));
}
