// Index paths as SQL/JSON paths, for the few questions that index rows cannot answer: sorting by a code, following a
// reference forwards. Lax mode flattens arrays on the way, as index paths do.

import type { IndexPath, ParameterPath, PathStep } from '../definitions/searchParameter.ts';

/** The elements at the end of the steps. */
export function jsonPath(steps: readonly PathStep[]): string {
  return `$${steps.map(step).join('')}[*]`;
}

function step({ property, filter }: PathStep): string {
  const member = `.${JSON.stringify(property)}`;
  if (filter === undefined) return member;
  if ('index' in filter) return `${member}[${filter.index}]`;
  return `${member} ? (@.${JSON.stringify(filter.property)} == ${JSON.stringify(filter.equals)})`;
}

/** The texts of a token, reference or uri parameter's values at one of its paths: codes, literal references, uris. */
export function valueJsonPath(
  { path, system, targetType }: ParameterPath,
  targets?: readonly string[],
): string {
  if (path.presentAndNotFalse) {
    const alternatives = path.presentAndNotFalse.map(
      (steps) => `exists(${jsonPath(steps)} ? (@.type() != "boolean" || @ != false))`,
    );
    return alternatives.join(' || ');
  }
  const elements = jsonPath(path.steps);
  if (path.dataType === 'Resource') {
    const types = (targets ?? []).map((type) => `@."resourceType" == ${JSON.stringify(type)}`);
    return `${elements}${types.length > 0 ? ` ? (${types.join(' || ')})` : ''}."id"`;
  }
  const ofSystem = system === undefined ? '' : ` ? (@."system" == ${JSON.stringify(system)})`;
  const ofType = targetType === undefined ? '' : ` ? (@ like_regex "(^|/)${targetType}/|^#")`;
  return `${elements}${ofSystem}${part(path)}${ofType}`;
}

/** From the element to the text that stands for it. */
function part({ kind, dataType }: IndexPath): string {
  if (kind === 'reference') {
    return dataType === 'Reference' ? '."reference"' : '';
  }
  switch (dataType) {
    case 'CodeableConcept':
      return '."coding"."code"';
    case 'Coding':
      return '."code"';
    case 'Identifier':
    case 'ContactPoint':
      return '."value"';
    default:
      return '';
  }
}
