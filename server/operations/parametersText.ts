// A Parameters resource (parameters.html) as the answer of an operation.

/** One parameter: a primitive value, or parts. */
export interface Parameter {
  name: string;
  valueInteger?: number;
  valueCode?: string;
  valueString?: string;
  valueUri?: string;
  valueInstant?: string;
  part?: Parameter[];
}

/** JSON text. */
export function parametersText(parameter: Parameter[]): string {
  return JSON.stringify({ resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) });
}
