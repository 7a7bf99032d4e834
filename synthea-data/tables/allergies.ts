// Allergies and intolerances (SNOMED CT), their reactions, and how common they are among those who
// have any.
import type { Code } from '../concepts.ts';
import { snomed } from '../concepts.ts';

export interface Allergy {
  readonly code: Code;
  readonly category: 'food' | 'medication' | 'environment';
  readonly type: 'allergy' | 'intolerance';
  readonly reactions: readonly Code[];
  readonly weight: number;
}

/** Share of people with at least one allergy. */
export const allergicShare = 0.16;

const hives = snomed('247472004', 'Wheal (finding)');
const rash = snomed('271807003', 'Eruption of skin (disorder)');
const itching = snomed('418290006', 'Itching (finding)');
const anaphylaxis = snomed('39579001', 'Anaphylaxis (disorder)');
const breathless = snomed('267036007', 'Dyspnea (finding)');
const cough = snomed('49727002', 'Cough (finding)');
const conjunctivitis = snomed('878820003', 'Rhinoconjunctivitis (disorder)');

export const allergies: readonly Allergy[] = [
  {
    code: snomed('260147004', 'House dust mite (organism)'),
    category: 'environment',
    type: 'allergy',
    reactions: [conjunctivitis, cough],
    weight: 14,
  },
  {
    code: snomed('264287008', 'Animal dander (substance)'),
    category: 'environment',
    type: 'allergy',
    reactions: [conjunctivitis, hives, breathless],
    weight: 14,
  },
  {
    code: snomed('256277009', 'Grass pollen (substance)'),
    category: 'environment',
    type: 'allergy',
    reactions: [conjunctivitis, cough],
    weight: 16,
  },
  {
    code: snomed('782576004', 'Tree pollen (substance)'),
    category: 'environment',
    type: 'allergy',
    reactions: [conjunctivitis, itching],
    weight: 14,
  },
  {
    code: snomed('84489001', 'Mold (organism)'),
    category: 'environment',
    type: 'allergy',
    reactions: [cough, breathless],
    weight: 9,
  },
  {
    code: snomed('288328004', 'Bee venom (substance)'),
    category: 'environment',
    type: 'allergy',
    reactions: [hives, anaphylaxis],
    weight: 4,
  },
  {
    code: snomed('111088007', 'Latex (substance)'),
    category: 'environment',
    type: 'allergy',
    reactions: [rash, itching],
    weight: 3,
  },
  {
    code: snomed('762952008', 'Peanut (substance)'),
    category: 'food',
    type: 'allergy',
    reactions: [hives, anaphylaxis, breathless],
    weight: 6,
  },
  {
    code: snomed('442571000124108', 'Tree nut (substance)'),
    category: 'food',
    type: 'allergy',
    reactions: [hives, anaphylaxis],
    weight: 5,
  },
  {
    code: snomed('227037002', 'Fish - dietary (substance)'),
    category: 'food',
    type: 'allergy',
    reactions: [hives, rash],
    weight: 4,
  },
  {
    code: snomed('102263004', 'Eggs (edible) (substance)'),
    category: 'food',
    type: 'allergy',
    reactions: [rash, hives],
    weight: 4,
  },
  {
    code: snomed('387207008', 'Ibuprofen (substance)'),
    category: 'medication',
    type: 'intolerance',
    reactions: [rash, breathless],
    weight: 5,
  },
  {
    code: snomed('387458008', 'Aspirin (substance)'),
    category: 'medication',
    type: 'intolerance',
    reactions: [hives, breathless],
    weight: 5,
  },
  {
    code: snomed('372687004', 'Amoxicillin (substance)'),
    category: 'medication',
    type: 'allergy',
    reactions: [rash, hives, anaphylaxis],
    weight: 6,
  },
];
