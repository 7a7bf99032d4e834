// The FHIRPath parser: precedence and literals by example, and every expression that R4 itself publishes.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { definitionsFile } from '../../../server/definitions/definitionsPackage.ts';
import { type FhirPathNode, typeNameOf } from '../../../server/definitions/fhirPath/fhirPathNode.ts';
import { parseFhirPath } from '../../../server/definitions/fhirPath/parseFhirPath.ts';
import { FhirPathSyntaxError } from '../../../server/definitions/fhirPath/tokenizeFhirPath.ts';

/** The tree as a fully parenthesised expression. */
function show(node: FhirPathNode): string {
  switch (node.kind) {
    case 'literal':
      return node.type === 'string' ? JSON.stringify(node.text) : `${node.text}:${node.type}`;
    case 'quantity':
      return `${node.value}[${node.calendar ? '' : 'ucum '}${node.unit}]`;
    case 'empty':
      return '{}';
    case 'constant':
      return `%${node.name}`;
    case 'variable':
      return `${node.target ? `${show(node.target)}.` : ''}$${node.name}`;
    case 'member':
      return `${node.target ? `${show(node.target)}.` : ''}${node.name}`;
    case 'call':
      return `${node.target ? `${show(node.target)}.` : ''}${node.name}(${node.args.map(show).join(', ')})`;
    case 'indexer':
      return `${show(node.target)}[${show(node.index)}]`;
    case 'polarity':
      return `(${node.operator}${show(node.operand)})`;
    case 'binary':
      return `(${show(node.left)} ${node.operator} ${show(node.right)})`;
    case 'type':
      return `(${show(node.operand)} ${node.operator} ${node.type})`;
  }
}

const parsed = (source: string) => show(parseFhirPath(source));

describe('parseFhirPath', () => {
  it.each([
    ['Patient.name[0].given', 'Patient.name[0:number].given'],
    ["name.where(use = 'official').first()", 'name.where((use = "official")).first()'],
    ['a or b and c', '(a or (b and c))'],
    ['a implies b or c implies d', '((a implies (b or c)) implies d)'],
    ['a xor b or c', '((a xor b) or c)'],
    ['a and b = c', '(a and (b = c))'],
    ['a = b in c', '((a = b) in c)'],
    ['a < b = c > d', '((a < b) = (c > d))'],
    ['a | b < c', '((a | b) < c)'],
    ['a is B | c as D.E', '((a is B) | (c as D.E))'],
    ['a + b is Quantity', '((a + b) is Quantity)'],
    ['1 + 2 * 3 - 4', '((1:number + (2:number * 3:number)) - 4:number)'],
    ['8 div 2 mod 3 / 4', '(((8:number div 2:number) mod 3:number) / 4:number)'],
    ["a & 'x' & b", '((a & "x") & b)'],
    ['-a.b + 1', '((-a.b) + 1:number)'],
    ['- - 1', '(-(-1:number))'],
    ['2 * -1', '(2:number * (-1:number))'],
    ['(a or b) and c', '((a or b) and c)'],
    ['a.b(c, d.e()).f[1 + 2]', 'a.b(c, d.e()).f[(1:number + 2:number)]'],
    ['contains contains as', '(contains contains as)'],
    ['text.div', 'text.div'],
    ['a.as(Quantity).value', 'a.as(Quantity).value'],
    ['value.ofType(FHIR.Quantity)', 'value.ofType(FHIR.Quantity)'],
    ['`and`.`odd name`', 'and.odd name'],
    ['$this.a = $index', '($this.a = $index)'],
    ["%resource.id = %`vs-x` or %'a b' = {}", '((%resource.id = %vs-x) or (%a b = {}))'],
    ["4 days = 4.50 'mg'", '(4[days] = 4.50[ucum mg])'],
    ['007.10', '007.10:number'],
    ['1.first()', '1:number.first()'],
    ['true and false', '(true:boolean and false:boolean)'],
    ['@2015 = @2015-02', '(2015:date = 2015-02:date)'],
    ['@2015T = @2015-02-04T14:34:28.5+09:00', '(2015T:dateTime = 2015-02-04T14:34:28.5+09:00:dateTime)'],
    ['@T14:34 < @T14:34:28.123', '(14:34:time < 14:34:28.123:time)'],
    ["'a\\'b\\\\c\\u00e9\\n\\`'", JSON.stringify("a'b\\cé\n`")],
    ['a // rest\n. /* in \n between */ b', 'a.b'],
    ['\t a\r\n', 'a'],
  ])('reads %s', (source, tree) => {
    expect(parsed(source)).toBe(tree);
  });

  it.each([
    ['', 'unexpected end of expression at position 0'],
    ['a.', 'unexpected end of expression at position 2'],
    ['a b', 'unexpected "b" at position 2'],
    ['a.1', 'unexpected "1" at position 2'],
    ['a[0', 'unexpected end of expression, expected ] at position 3'],
    ['a.where(b = )', 'unexpected ")" at position 12'],
    ['(a', 'unexpected end of expression, expected ) at position 2'],
    ['and', 'unexpected "and" at position 0'],
    ["'open", "string without a closing ' at position 0"],
    ['`open', 'identifier without a closing ` at position 0'],
    ["'\\q'", 'unknown escape "\\\\q" at position 1'],
    ["'\\u12'", 'unknown escape "\\\\u" at position 1'],
    ['a = ?', 'unexpected character "?" at position 4'],
    ['@x', 'expected a date, dateTime or time after @ at position 0'],
    ['$that', 'unexpected "that" at position 1'],
    ['%1', 'unexpected "1" at position 1'],
    ['a is 1', 'unexpected "1" at position 5'],
    ['{a}', 'unexpected "a", expected } at position 1'],
    ['a /* open', 'unexpected "*" at position 3'],
  ])('refuses %j', (source, message) => {
    expect(() => parseFhirPath(source)).toThrow(
      new FhirPathSyntaxError(message.replace(/ at position \d+$/, ''), Number(/\d+$/.exec(message))),
    );
  });

  it('refuses expressions too deep or too long to walk, and reads long flat ones', () => {
    expect(() => parseFhirPath(`${'('.repeat(200)}a${')'.repeat(200)}`)).toThrow('nested deeper than');
    expect(() => parseFhirPath(`${'-'.repeat(200)}a`)).toThrow('nested deeper than');
    expect(() => parseFhirPath('a'.repeat(8_001))).toThrow('longer than 8000 characters');
    expect(parsed(`a${'.a'.repeat(3_000)}`)).toHaveLength(6_001);
  });

  it('names types from member chains only', () => {
    expect(typeNameOf(parseFhirPath('FHIR.Quantity'))).toBe('FHIR.Quantity');
    expect(typeNameOf(parseFhirPath('a().b'))).toBeUndefined();
  });

  it('reads every constraint of the R4 definitions', () => {
    const expressions = new Set<string>();
    for (const file of ['profiles-resources.json', 'profiles-types.json']) {
      JSON.parse(readFileSync(definitionsFile(file), 'utf8'), (key, value) => {
        if (key === 'expression' && typeof value === 'string') {
          expressions.add(value);
        }
        return value;
      });
    }
    expect(expressions.size).toBeGreaterThan(200);
    const failures = [...expressions].flatMap((source) => {
      try {
        parseFhirPath(source);
        return [];
      } catch (error) {
        return [`${source}: ${error}`];
      }
    });
    expect(failures).toEqual([]);
  });

  it('reads every search parameter expression of R4', () => {
    const { entry } = JSON.parse(readFileSync(definitionsFile('search-parameters.json'), 'utf8')) as {
      entry: { resource: { expression?: string } }[];
    };
    const failures = entry.flatMap(({ resource: { expression } }) => {
      try {
        parseFhirPath(expression ?? 'true');
        return [];
      } catch (error) {
        return [`${expression}: ${error}`];
      }
    });
    expect(failures).toEqual([]);
  });
});
