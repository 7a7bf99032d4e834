// What keeps an expression, or a whole judgement, from going on for ever.
import { type Budget, FhirPathError } from './item.ts';

/** Visits between two looks at the clock. Some take microseconds: a number that is computed and added to a set. */
const CLOCK_INTERVAL = 500;

/** Charges visits. Throws FhirPathError (too-costly) when the budget is used up. */
export function charge(budget: Budget, visits: number): void {
  budget.visited -= visits;
  if (budget.visited < 0) throw new FhirPathError('too-costly', 'too many elements are visited');
  if (budget.until === undefined) return;
  budget.looked ??= budget.visited;
  if (budget.looked - budget.visited < CLOCK_INTERVAL) return;
  budget.looked = budget.visited;
  if (performance.now() > budget.until) throw new FhirPathError('too-costly', 'it takes too long');
}
