// Vaccines (CVX) and when they fall due: ages in months for single doses, or every so many years
// from an age on.
import type { Code } from '../concepts.ts';
import { cvx } from '../concepts.ts';

export interface Vaccine {
  readonly code: Code;
  /** Ages in months at which a dose is due. */
  readonly months?: readonly number[];
  /** From this age in years on, one dose every so many years. */
  readonly recurring?: { readonly fromAge: number; readonly everyYears: number };
  /** First day it was given to anybody. */
  readonly since?: string;
  readonly cents: number;
}

export const vaccines: readonly Vaccine[] = [
  { code: cvx('08', 'Hep B, adolescent or pediatric'), months: [0, 1, 6], cents: 14052 },
  { code: cvx('119', 'rotavirus, monovalent'), months: [2, 4], cents: 14052 },
  { code: cvx('20', 'DTaP'), months: [2, 4, 6, 15, 48], cents: 14052 },
  { code: cvx('49', 'Hib (PRP-OMP)'), months: [2, 4, 12], cents: 14052 },
  { code: cvx('133', 'Pneumococcal conjugate PCV 13'), months: [2, 4, 6, 12], cents: 14052 },
  { code: cvx('10', 'IPV'), months: [2, 4, 6, 48], cents: 14052 },
  { code: cvx('03', 'MMR'), months: [12, 48], cents: 14052 },
  { code: cvx('21', 'varicella'), months: [12, 48], cents: 14052 },
  { code: cvx('83', 'Hep A, ped/adol, 2 dose'), months: [12, 18], cents: 14052 },
  { code: cvx('115', 'Tdap'), months: [132], cents: 14052 },
  { code: cvx('62', 'HPV, quadrivalent'), months: [132, 144], cents: 14052 },
  { code: cvx('114', 'meningococcal MCV4P'), months: [132, 192], cents: 14052 },
  {
    code: cvx('140', 'Influenza, seasonal, injectable, preservative free'),
    recurring: { fromAge: 1, everyYears: 1 },
    cents: 14052,
  },
  {
    code: cvx('113', 'Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed'),
    recurring: { fromAge: 21, everyYears: 10 },
    cents: 14052,
  },
  {
    code: cvx(
      '208',
      'SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, 30 mcg/0.3mL dose',
    ),
    recurring: { fromAge: 12, everyYears: 2 },
    since: '2021-01-15',
    cents: 16000,
  },
  { code: cvx('121', 'zoster vaccine, live'), months: [720], cents: 21340 },
  { code: cvx('33', 'pneumococcal polysaccharide vaccine, 23 valent'), months: [792], cents: 18760 },
];
