// What the patch tests share: frozen inputs, and refusals as values.
import { FhirError } from '../../server/errors.ts';
import { parseJson } from '../../server/json/parseJson.ts';

/** A tree that throws when written to. */
export function frozen<T>(tree: T): T {
  if (typeof tree === 'object' && tree !== null) {
    Object.values(tree).forEach(frozen);
    Object.freeze(tree);
  }
  return tree;
}

/** A frozen tree parsed from JSON text or from a value; text keeps the spelling of its decimals. */
export function tree(source: unknown): unknown {
  return frozen(parseJson(typeof source === 'string' ? source : JSON.stringify(source)));
}

/** What a call refuses: status, code and diagnostics of its FhirError. Any other outcome is returned as it is. */
export function refusal(call: () => unknown): unknown {
  try {
    return { result: call() };
  } catch (error) {
    if (!(error instanceof FhirError)) {
      throw error;
    }
    const [{ code, diagnostics }] = error.issues;
    return `${error.status} ${code}: ${diagnostics}`;
  }
}
