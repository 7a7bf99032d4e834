// Parser for the subset of FHIRPath that SearchParameter expressions are made of:
// paths, `|`, `as`/`as()`/`ofType()`, `where(x = 'y')`, `where(resolve() is T)`, `[n]`, `extension('url')`, and
// `P.exists() and P != false`.

/** One parsed step of a path. */
export type ParsedStep =
  | { step: 'child'; name: string }
  | { step: 'type'; name: string }
  | { step: 'where'; property: string; equals: string }
  | { step: 'targetType'; name: string }
  | { step: 'index'; index: number }
  | { step: 'exists' }
  | { step: 'presentAndNotFalse' };

/** A path from the resource (`root` names its type), or from the focus of a composite (`root` absent). */
export interface ParsedPath {
  root?: string;
  /** `%resource.…` inside a composite */
  fromResource?: boolean;
  steps: ParsedStep[];
}

const token = /\s*(?:(%resource\b)|([A-Za-z_]\w*)|'((?:[^'\\]|\\.)*)'|(\d+)|(!=|[().[\]|=]))/y;

interface Token {
  kind: 'resource' | 'name' | 'text' | 'number' | 'symbol' | 'end';
  text: string;
}

/**
 * The alternatives of a search expression (`A | B`), parenthesised unions multiplied out.
 * @throws SyntaxError when the expression is outside of the subset
 */
export function parsePath(expression: string): ParsedPath[] {
  const tokens = tokenize(expression);
  let at = 0;
  const peek = (): Token => tokens[at]!;
  const fail = (): never => {
    throw new SyntaxError(`Unsupported search expression near '${peek().text}': ${expression}`);
  };
  const take = (text: string): void => {
    if (peek().text !== text || peek().kind === 'text') fail();
    at++;
  };
  const is = (text: string): boolean =>
    peek().text === text && (peek().kind === 'symbol' || peek().kind === 'name');
  const name = (): string => {
    if (peek().kind !== 'name') fail();
    return tokens[at++]!.text;
  };
  const literal = (): string => {
    if (peek().kind !== 'text') fail();
    return tokens[at++]!.text;
  };

  const union = (): ParsedPath[] => {
    const paths = casted();
    while (is('|')) {
      at++;
      paths.push(...casted());
    }
    return paths;
  };

  const casted = (): ParsedPath[] => {
    let paths = postfixed();
    if (is('as')) {
      at++;
      paths = add(paths, { step: 'type', name: name() });
    }
    return is('and') ? presentAndNotFalse(paths) : paths;
  };

  // The one boolean expression of the specification: Patient.deceased.exists() and Patient.deceased != false
  const presentAndNotFalse = (paths: ParsedPath[]): ParsedPath[] => {
    take('and');
    const again = postfixed();
    take('!=');
    take('false');
    const exists = paths[0]?.steps.pop();
    if (exists?.step !== 'exists' || JSON.stringify(paths) !== JSON.stringify(again)) fail();
    return add(paths, { step: 'presentAndNotFalse' });
  };

  const postfixed = (): ParsedPath[] => {
    let paths = primary();
    while (is('.') || is('[')) {
      if (is('[')) {
        at++;
        if (peek().kind !== 'number') fail();
        paths = add(paths, { step: 'index', index: Number(tokens[at++]!.text) });
        take(']');
      } else {
        at++;
        const step = name();
        paths = is('(') ? add(paths, ...call(step)) : add(paths, { step: 'child', name: step });
      }
    }
    return paths;
  };

  const primary = (): ParsedPath[] => {
    if (is('(')) {
      at++;
      const paths = union();
      take(')');
      return paths;
    }
    if (peek().kind === 'resource') {
      at++;
      return [{ fromResource: true, steps: [] }];
    }
    const first = name();
    const capital = first[0] === first[0]?.toUpperCase();
    return [capital ? { root: first, steps: [] } : { steps: [{ step: 'child', name: first }] }];
  };

  const call = (fn: string): ParsedStep[] => {
    take('(');
    const steps = argumentsOf(fn);
    take(')');
    return steps;
  };

  const argumentsOf = (fn: string): ParsedStep[] => {
    switch (fn) {
      case 'as':
      case 'ofType':
        return [{ step: 'type', name: name() }];
      case 'exists':
        return [{ step: 'exists' }];
      case 'extension':
        return [
          { step: 'child', name: 'extension' },
          { step: 'where', property: 'url', equals: literal() },
        ];
      case 'where': {
        const property = name();
        if (property === 'resolve') {
          take('(');
          take(')');
          take('is');
          return [{ step: 'targetType', name: name() }];
        }
        take('=');
        return [{ step: 'where', property, equals: literal() }];
      }
      default:
        return fail();
    }
  };

  const paths = union();
  if (peek().kind !== 'end') fail();
  return paths;
}

function add(paths: ParsedPath[], ...steps: ParsedStep[]): ParsedPath[] {
  return paths.map((path) => ({ ...path, steps: [...path.steps, ...steps] }));
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  const end = expression.trimEnd().length;
  while (token.lastIndex < end) {
    const start = token.lastIndex;
    const match = token.exec(expression);
    if (!match) throw new SyntaxError(`Unsupported search expression at character ${start}: ${expression}`);
    const [, resource, name, text, number, symbol] = match;
    if (resource !== undefined) tokens.push({ kind: 'resource', text: resource });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else if (text !== undefined) tokens.push({ kind: 'text', text: text.replace(/\\(.)/g, '$1') });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else tokens.push({ kind: 'symbol', text: symbol! });
  }
  tokens.push({ kind: 'end', text: 'the end' });
  return tokens;
}
