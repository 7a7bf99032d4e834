// Required bindings (terminologies.html#required): codes of enumerations, and concepts, codings and quantities bound to value
// sets that can be enumerated.
import { allergy, condition, observation, patient } from './examples.ts';
import type { Json, Mutation } from './mutation.ts';

const practitionerRole: Json = {
  resourceType: 'Claim',
  status: 'active',
  type: { text: 't' },
  use: 'claim',
  patient: { reference: 'Patient/p1' },
  created: '2024-05-01',
  provider: { reference: 'Organization/o1' },
  priority: { text: 'normal' },
  insurance: [{ sequence: 1, focal: true, coverage: { reference: 'Coverage/c1' } }],
  total: { value: 1, currency: 'EUR' },
};
const endpoint: Json = {
  resourceType: 'TriggerDefinition',
} as Json;

export const bindingMutations: readonly Mutation[] = [];
