// A Parameters resource (parameters.html) as the answer of an operation.

/** One parameter: a value (`valueCode`, `valueCoding`, …), a resource, or parts. */
export interface Parameter {
  name: string;
  resource?: object;
  part?: Parameter[];
  [value: `value${string}`]: unknown;
}

/** JSON text. */
export function parametersText(parameter: Parameter[]): string {
  return JSON.stringify({ resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) });
}
