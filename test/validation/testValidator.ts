// The validator as a server puts it together from what is published, for tests that judge in process.
import { loadSpecification } from '../../server/specification.ts';
import { createValidator, type Validator, type ValidatorSources } from '../../server/validation/validator.ts';

export const specification = await loadSpecification('node_modules/.cache/salus-test/cache');

/** A validator with other settings than a server's. */
export function validatorWith(options: Partial<ValidatorSources>): Validator {
  const { definitions, structures, extensions } = specification;
  const sources = {
    definitions,
    find: structures.find,
    boundSet: () => undefined,
    knowsExtension: extensions.has,
  };
  return createValidator({ ...sources, ...options });
}
