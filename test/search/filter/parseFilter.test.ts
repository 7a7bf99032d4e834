import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FhirError } from '../../../server/errors.ts';
import {
  type FilterExpression,
  type FilterStep,
  parseFilter,
} from '../../../server/search/filter/parseFilter.ts';
import { filterOperators } from '../../../server/search/filter/tokenizeFilter.ts';

/** A tree as text with all its groups: `((a eq 1) and (b eq 2))`. */
function written(expression: FilterExpression): string {
  switch (expression.kind) {
    case 'test':
      return `${path(expression.path)} ${expression.operator} ${JSON.stringify(expression.value)}`;
    case 'not':
      return `not (${written(expression.operand)})`;
    default:
      return expression.operands.map((operand) => grouped(operand)).join(` ${expression.kind} `);
  }
}

const grouped = (expression: FilterExpression): string =>
  expression.kind === 'and' || expression.kind === 'or' ? `(${written(expression)})` : written(expression);
const path = (steps: FilterStep[]): string =>
  steps.map(({ name, filter }) => (filter ? `${name}[${written(filter)}]` : name)).join('.');

/** The tree without positions. */
const bare = (expression: FilterExpression): unknown =>
  JSON.parse(JSON.stringify(expression, (key, value) => (key === 'at' ? undefined : value)));
const groups = (text: string): string => written(parseFilter(text));

function refusal(text: string): { code: string; message: string } {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof FhirError) return { code: error.issues[0]!.code, message: error.message };
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseFilter', () => {
  it.each([
    ['name co "pet"', 'name co "pet"'],
    ['given eq peter and birthdate ge 2014-10-10', 'given eq "peter" and birthdate ge "2014-10-10"'],
    ['code eq http://loinc.org|1234-5', 'code eq "http://loinc.org|1234-5"'],
    ['subject.name co "pet"', 'subject.name co "pet"'],
    ['related[type eq "has-component"].target pr true', 'related[type eq "has-component"].target pr "true"'],
    [
      'related[type eq has-component].target re Observation/4',
      'related[type eq "has-component"].target re "Observation/4"',
    ],
    ['subject:Patient.name sw x', 'subject:Patient.name sw "x"'],
    ['_has:Observation:patient:code eq a|b', '_has:Observation:patient:code eq "a|b"'],
    ['value gt 5.4e-3', 'value gt "5.4e-3"'],
    ['a eq "x) ] and \\"y\\" \\u00e4"', 'a eq "x) ] and \\"y\\" ä"'],
    ['a eq (x)', undefined],
    ['  a   EQ\t1\nAND b Ne 2  ', 'a eq "1" and b ne "2"'],
    ['(a eq 1)', 'a eq "1"'],
    ['not(a eq 1)', 'not (a eq "1")'],
    ['not ((a eq 1))', 'not (a eq "1")'],
  ])('%s', (text, meaning) => {
    if (meaning === undefined) expect(refusal(text).code).toBe('invalid');
    else expect(groups(text)).toBe(meaning);
  });

  it('has one precedence for and and or: from left to right', () => {
    expect(groups('a eq 1 and b eq 2 and c eq 3')).toBe('a eq "1" and b eq "2" and c eq "3"');
    expect(groups('a eq 1 or b eq 2 and c eq 3')).toBe('(a eq "1" or b eq "2") and c eq "3"');
    expect(groups('a eq 1 or (b eq 2 and c eq 3)')).toBe('a eq "1" or (b eq "2" and c eq "3")');
    expect(groups('(a eq 1 and b eq 2) and c eq 3')).toBe('(a eq "1" and b eq "2") and c eq "3"');
  });

  it('knows where a test stands', () => {
    expect(parseFilter('a eq 1 and  b eq 2')).toMatchObject({ operands: [{ at: 0 }, { at: 12 }] });
  });

  it.each([
    ['', 'at its end: expected is the name of a search parameter'],
    ['a', 'at its end: expected is an operator such as eq'],
    ['a eq', 'at its end: expected is a value'],
    ['a is 1', `at character 3 ("is 1"): 'is' is no operator; operators are eq, ne`],
    ['a eq "x', 'at character 6 (""x"): this is no complete JSON string'],
    ['a eq "x\\q"', 'this is no complete JSON string'],
    ['a eq "x"y', `at character 6 (""x"y"): a space must follow the string, not 'y'`],
    ['a eq )', `at character 6 (")"): expected is a value, not ')'`],
    ['a eq 1 b eq 2', `at character 8 ("b eq 2"): expected is 'and', 'or' or the end of the filter`],
    ['a eq 1 and', 'at its end: expected is the name of a search parameter'],
    ['(a eq 1', `at its end: expected is ')', 'and' or 'or'`],
    ['a eq 1)', `at character 7 (")"): expected is 'and', 'or' or the end`],
    ['not a eq 1', `'a' is no operator`],
    ['a[b eq 1] eq 2', `a name must follow 'a[…]'`],
    ['a[b eq 1.c eq 2', `at character 12 ("eq 2")`],
    ['.a eq 1', 'at character 1 (".a eq 1"): expected is the name'],
    ['a..b eq 1', 'at character 3 (".b eq 1"): expected is the name'],
    ['5 eq a', "'5' is not expected here"],
    [`a eq 1 ${'x'.repeat(60)}`, `("${'x'.repeat(30)}…")`],
  ])('refuses %j and says where', (text, message) => {
    expect(refusal(text)).toEqual({ code: 'invalid', message: expect.stringContaining(message) });
  });

  it('bounds length, depth and number', () => {
    const many = (n: number) => Array.from({ length: n }, () => 'a eq 1').join(' or ');
    const deep = (n: number) => `${'('.repeat(n)}a eq 1${')'.repeat(n)}`;
    const long = (n: number) => `a eq ${'x'.repeat(n - 5)}`;
    expect(groups(many(100))).toBe(many(100).replaceAll('1', '"1"'));
    expect(groups(deep(20))).toBe('a eq "1"');
    expect(groups(long(4000))).toHaveLength(4002);
    expect(refusal(many(101))).toEqual({
      code: 'too-costly',
      message: 'A _filter may have at most 100 comparisons.',
    });
    expect(refusal(deep(21))).toEqual({
      code: 'too-costly',
      message: 'A _filter may be nested at most 20 deep; character 21 goes deeper.',
    });
    expect(refusal(long(4001))).toMatchObject({ code: 'too-costly' });
    const brackets = `${'a['.repeat(21)}b eq 1${'].c eq 1'.repeat(21)}`;
    expect(refusal(brackets)).toMatchObject({ code: 'too-costly' });
  });

  it('reads back any tree that was written', () => {
    const name = fc.stringMatching(/^[a-z_][\w-]{0,8}(:[A-Z][a-z]{1,5})?$/).filter((text) => text !== 'not');
    const { tree } = fc.letrec<{ tree: FilterExpression; test: FilterExpression; step: FilterStep }>(
      (tie) => ({
        step: fc.oneof({ depthSize: 'small' }, fc.record({ name }), fc.record({ name, filter: tie('tree') })),
        test: fc.record({
          kind: fc.constant('test' as const),
          path: fc
            .tuple(fc.array(tie('step'), { maxLength: 2 }), name)
            .map(([steps, last]) => [...steps, { name: last }]),
          operator: fc.constantFrom(...filterOperators),
          value: fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
          at: fc.constant(0),
        }),
        tree: fc.oneof(
          { maxDepth: 5, depthSize: 'small' },
          tie('test'),
          fc.record({ kind: fc.constant('not' as const), operand: tie('tree') }),
          fc.record({
            kind: fc.constantFrom('and' as const, 'or' as const),
            operands: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
          }),
        ),
      }),
    );
    fc.assert(
      fc.property(tree, (expression) => {
        const text = written(expression);
        fc.pre(
          text.length <= 4000 &&
            (text.match(/ (?:eq|ne|co|sw|ew|gt|lt|ge|le|ap|sa|eb|pr|po|ss|sb|in|ni|re) "/g) ?? []).length <=
              90,
        );
        expect(bare(parseFilter(text))).toEqual(bare(expression));
      }),
    );
  });

  it('takes any bare value up to white space or a closing bracket', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^\s"\])][^\s\])]{0,20}$/u), (value) => {
        expect(bare(parseFilter(`(a eq ${value})`))).toEqual({
          kind: 'test',
          path: [{ name: 'a' }],
          operator: 'eq',
          value,
        });
      }),
    );
  });
});
