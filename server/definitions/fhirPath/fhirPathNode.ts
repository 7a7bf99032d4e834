// The syntax tree of a FHIRPath expression (FHIRPath N1 grammar, http://hl7.org/fhirpath/N1/grammar.html): data only, so that
// each consumer compiles as much of the language as it needs and refuses the rest by name.

/** Fields common to every node: `position` is the offset of the node's first token (or operator) in the source. */
interface Positioned {
  position: number;
}

/** A literal. `text` is the value without quotes, escapes or `@`; numbers keep their spelling (`1.50`). */
export interface LiteralNode extends Positioned {
  kind: 'literal';
  type: 'string' | 'number' | 'boolean' | 'date' | 'dateTime' | 'time';
  text: string;
}

/** `4 days`, `4.5 'mg'`: `unit` is a calendar word or a UCUM code, told apart by `calendar`. */
export interface QuantityNode extends Positioned {
  kind: 'quantity';
  value: string;
  unit: string;
  calendar: boolean;
}

/** `{}`. */
export interface EmptyNode extends Positioned {
  kind: 'empty';
}

/** `%resource`, `%'vs-name'`. */
export interface ConstantNode extends Positioned {
  kind: 'constant';
  name: string;
}

/** `$this`, `$index`, `$total`; with a `target` in the odd but grammatical `a.$this`. */
export interface VariableNode extends Positioned {
  kind: 'variable';
  name: 'this' | 'index' | 'total';
  target?: FhirPathNode;
}

/** `name` or `target.name`: an element, or at the start of a path perhaps a type. */
export interface MemberNode extends Positioned {
  kind: 'member';
  name: string;
  target?: FhirPathNode;
}

/** `name(args)` or `target.name(args)`. Type arguments (`ofType(FHIR.Quantity)`) are member chains: see typeNameOf. */
export interface CallNode extends Positioned {
  kind: 'call';
  name: string;
  target?: FhirPathNode;
  args: FhirPathNode[];
}

/** `target[index]`. */
export interface IndexerNode extends Positioned {
  kind: 'indexer';
  target: FhirPathNode;
  index: FhirPathNode;
}

/** `+x`, `-x`. */
export interface PolarityNode extends Positioned {
  kind: 'polarity';
  operator: '+' | '-';
  operand: FhirPathNode;
}

export type BinaryOperator =
  | ('*' | '/' | 'div' | 'mod')
  | ('+' | '-' | '&')
  | '|'
  | ('<=' | '<' | '>' | '>=')
  | ('=' | '~' | '!=' | '!~')
  | ('in' | 'contains')
  | 'and'
  | ('or' | 'xor')
  | 'implies';

export interface BinaryNode extends Positioned {
  kind: 'binary';
  operator: BinaryOperator;
  left: FhirPathNode;
  right: FhirPathNode;
}

/** `x is FHIR.Patient`, `x as Quantity`: `type` is the qualified name as written, without delimiters. */
export interface TypeNode extends Positioned {
  kind: 'type';
  operator: 'is' | 'as';
  operand: FhirPathNode;
  type: string;
}

export type FhirPathNode =
  | LiteralNode
  | QuantityNode
  | EmptyNode
  | ConstantNode
  | VariableNode
  | MemberNode
  | CallNode
  | IndexerNode
  | PolarityNode
  | BinaryNode
  | TypeNode;

/** The qualified type name an argument such as `FHIR.Quantity` spells, or undefined when it is no plain member chain. */
export function typeNameOf(node: FhirPathNode): string | undefined {
  if (node.kind !== 'member') {
    return undefined;
  }
  if (!node.target) {
    return node.name;
  }
  const qualifier = typeNameOf(node.target);
  return qualifier === undefined ? undefined : `${qualifier}.${node.name}`;
}
