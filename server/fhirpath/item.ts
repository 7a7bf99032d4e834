// What FHIRPath expressions work on (http://hl7.org/fhirpath/N1/#collections): items, the environment they are evaluated in,
// and the errors an evaluation can end with.
import type { Place } from '../definitions/resolveElement.ts';

/** An object of a parsed JSON tree. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A member of a collection: an element of a resource, or a value that a literal or a function made.
 *
 * `type` is the name of a FHIR type (`Quantity`, `code`, `Patient`), the place of anonymous content (`Observation.component`),
 * or a type of FHIRPath itself (`System.String`, `System.Boolean`, `System.Integer`, `System.Decimal`, `System.Date`,
 * `System.DateTime`, `System.Time`, `System.Quantity`, `System.TypeInfo`).
 */
export interface Item {
  /** the JSON as it stands; undefined for a primitive that has only an id or extensions */
  readonly value: unknown;
  /** id and extensions of a primitive: the JSON member `_name` beside it (json.html#primitive) */
  readonly extended: JsonObject | undefined;
  readonly type: string;
  /** where it was found, if it was reached by path from another item: that item, the JSON member, the index in it */
  readonly parent: Item | undefined;
  readonly key: string | undefined;
  /** undefined when the member is no array */
  readonly index: number | undefined;
}

/** What an expression may ask of the world around its input. Hooks that are missing make their function yield nothing. */
export interface Environment {
  /** `%resource`: the resource that the input is part of, a contained one itself */
  readonly resource: Item;
  /** `%rootResource`: the resource that contains `%resource`, or the same */
  readonly rootResource: Item;
  /** further `%name` constants */
  readonly constants?: Readonly<Record<string, readonly Item[]>>;
  /** what a reference or canonical leads to; what is contained in `rootResource` is found without it */
  resolve?(reference: string): Item | undefined;
  memberOf?(item: Item, valueSet: string): boolean | undefined;
  conformsTo?(item: Item, profile: string): boolean | undefined;
  /** whether code `a` subsumes code `b` */
  subsumes?(a: Item, b: Item): boolean | undefined;
  /** conversion of a UCUM unit into one common to its dimension; units are compared by their codes without it */
  convertUnit?(code: string): UnitConversion | undefined;
  /** what is left to visit, shared by all evaluations it is given to; a million items for each without it */
  readonly budget?: Budget;
}

/** `value × factor + offset` is the amount in the unit `preferred`. */
export interface UnitConversion {
  readonly preferred: string;
  readonly factor: number;
  readonly offset: number;
}

/** Work that may still be done: items that may be visited, and until when (`performance.now()`). */
export interface Budget {
  visited: number;
  readonly until?: number;
  /** visits at which the clock was last looked at */
  looked?: number;
}

/** True, false, or undefined for the empty collection: not known. */
export type Truth = boolean | undefined;

/** What keeps an expression from being compiled or evaluated. */
export type FhirPathProblem =
  | 'unknown-name'
  | 'unsupported'
  | 'wrong-arguments'
  | 'evaluation'
  | 'too-costly';

/** An expression that cannot be compiled (`position` is set) or evaluated. */
export class FhirPathError extends Error {
  readonly problem: FhirPathProblem;
  readonly position: number | undefined;

  constructor(problem: FhirPathProblem, message: string, position?: number) {
    super(position === undefined ? message : `${message} at position ${position}`);
    this.name = 'FhirPathError';
    this.problem = problem;
    this.position = position;
  }
}

/** The error of an evaluation that cannot go on. */
export function evaluationError(message: string): FhirPathError {
  return new FhirPathError('evaluation', message);
}

/** An item to start from: a resource, or an element given with its place or type. */
export function itemOf(value: unknown, type: Place | string, extended?: JsonObject): Item {
  return { value, extended, type: placeName(type), parent: undefined, key: undefined, index: undefined };
}

/** `Observation.component` for that place, `Quantity` for the type. */
export function placeName(type: Place | string): string {
  return typeof type === 'string' ? type : type.path === '' ? type.type : `${type.type}.${type.path}`;
}

/** A value that stands nowhere in a resource. */
export function valueItem(value: unknown, type: string): Item {
  return { value, extended: undefined, type, parent: undefined, key: undefined, index: undefined };
}

const trueItems: readonly Item[] = [valueItem(true, 'System.Boolean')];
const falseItems: readonly Item[] = [valueItem(false, 'System.Boolean')];
export const noItems: readonly Item[] = [];

/** A truth value as a collection. */
export function truthItems(truth: Truth): readonly Item[] {
  return truth === undefined ? noItems : truth ? trueItems : falseItems;
}

/** A string, integer (`number`) or nothing as a collection. */
export function stringItems(text: string | undefined): readonly Item[] {
  return text === undefined ? noItems : [valueItem(text, 'System.String')];
}

export function integerItems(number: number | undefined): readonly Item[] {
  return number === undefined ? noItems : [valueItem(number, 'System.Integer')];
}

/** The only item of a collection, if any. Throws FhirPathError for several. */
export function onlyItem(items: readonly Item[]): Item | undefined {
  if (items.length > 1) throw evaluationError(`a single value is needed where there are ${items.length}`);
  return items[0];
}

/** A collection as a truth value: a single item that is no boolean counts as true (N1, singleton evaluation). */
export function truthOf(items: readonly Item[]): Truth {
  if (items.length === 0) return undefined;
  const item = onlyItem(items)!;
  return typeof item.value === 'boolean' ? item.value : item.value === undefined ? undefined : true;
}
