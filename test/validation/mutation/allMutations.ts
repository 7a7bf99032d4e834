// All mutations of the base specification.
import { bindingMutations } from './bindingMutations.ts';
import { bundleMutations } from './bundleMutations.ts';
import { clinicalInvariantMutations } from './clinicalInvariantMutations.ts';
import { conformanceInvariantMutations } from './conformanceInvariantMutations.ts';
import { dataTypeInvariantMutations } from './dataTypeInvariantMutations.ts';
import type { Mutation } from './mutation.ts';
import { primitiveMutations } from './primitiveMutations.ts';
import { referenceMutations } from './referenceMutations.ts';
import { structureMutations } from './structureMutations.ts';
import { textMutations } from './textMutations.ts';

export const allMutations: readonly Mutation[] = [
  ...structureMutations,
  ...primitiveMutations,
  ...bindingMutations,
  ...referenceMutations,
  ...textMutations,
  ...bundleMutations,
  ...dataTypeInvariantMutations,
  ...clinicalInvariantMutations,
  ...conformanceInvariantMutations,
];
