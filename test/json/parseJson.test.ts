import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FhirError } from '../../server/errors.ts';
import { parseJson } from '../../server/json/parseJson.ts';

/** The refusal that parsing the text ends with. */
function refusalOf(text: string, maxDepth?: number): FhirError {
  try {
    parseJson(text, { maxDepth });
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error(`not refused: ${text.slice(0, 100)}`);
}

/** JSON.parse with every number as its source, to compare with: slow and exact. */
function oracle(text: string): unknown {
  const revive = (_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== String(value) ? { number: source } : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** Atoms as the oracle writes them. */
function shown(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (JSON.isRawJSON(value)) return { number: value.rawJSON };
  if (Array.isArray(value)) return value.map(shown);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

const decimalSource = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 24n }).map(String)),
    fc.option(fc.stringMatching(/^\d{1,22}$/), { nil: '' }),
    fc.option(fc.stringMatching(/^[eE][+-]?\d{1,2}$/), { nil: '' }),
  )
  .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction && `.${fraction}`}${exponent}`);
const key = fc
  .oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('value', 'resourceType', 'constructor', 'toString', '1', '07', 'Ŝ"\\'),
  )
  .filter((name) => name !== '__proto__' && !name.includes('\u0000'));
const space = fc.stringMatching(/^[ \n\r\t]{0,3}$/);
const text = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => !value.includes('\u0000'));

/** JSON text of unpredictable shape and spelling. */
const { tree: jsonText } = fc.letrec<{ tree: string; leaf: string }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    tie('leaf'),
    fc
      .tuple(fc.array(fc.tuple(tie('tree'), space), { maxLength: 5 }))
      .map(([items]) => `[${items.map(([item, gap]) => gap + item + gap).join(',')}]`),
    fc
      .uniqueArray(fc.tuple(key, tie('tree'), space), { maxLength: 5, selector: ([name]) => name })
      .map(
        (members) =>
          `{${members.map(([name, item, gap]) => `${gap}${JSON.stringify(name)}${gap}:${item}`).join(',')}}`,
      ),
  ),
  leaf: fc.oneof(
    decimalSource,
    decimalSource,
    text.map((value) => JSON.stringify(value)),
    text.map(
      (value) =>
        `"${[...value].map((c) => (c.length === 1 ? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}` : c)).join('')}"`,
    ),
    fc.constantFrom('true', 'false', 'null', '{}', '[]', '""', '"\\\\"', '"\\""', '"a:1.50,{["'),
  ),
}));

describe('parseJson', () => {
  it.each([
    '1.50',
    '0.010',
    '1E+2',
    '-0',
    '-0.0',
    '0.0',
    '12345678901234567890',
    '0.1234567890123456789',
    '1e999',
    '1.0',
    '100.10',
    '9007199254740993',
    '-1.0',
    '0.00000012',
    '1e5',
    '1e21',
    '123456789012345.60',
    '8E+1',
  ])('keeps %s as it is written', (source) => {
    const tree = parseJson(`{"a":[${source} , {"value":${source}}],"b":${source}}`) as { b: unknown };
    expect(JSON.isRawJSON(tree.b)).toBe(true);
    expect(JSON.stringify(tree)).toBe(`{"a":[${source},{"value":${source}}],"b":${source}}`);
    expect(JSON.stringify(parseJson(source))).toBe(source);
  });

  it.each([
    '0',
    '1',
    '-1',
    '1.5',
    '0.1',
    '0.05',
    '-72.25',
    '123456789012345',
    '1e-7',
    '1e+21',
    '1e-300',
    '0.000001',
    '1.7976931348623157e+308',
  ])('leaves %s a plain number', (source) => {
    expect(parseJson(source)).toBe(Number(source));
    expect(parseJson(`{"a":[1.50,${source}]}`)).toHaveProperty('a.1', Number(source));
  });

  it('agrees with JSON.parse on everything that is JSON', () => {
    fc.assert(
      fc.property(jsonText, (json) => {
        const tree = parseJson(json);
        expect(shown(tree)).toEqual(shown(oracle(json)));
        expect(parseJson(JSON.stringify(tree))).toEqual(tree);
        expect(JSON.stringify(parseJson(JSON.stringify(tree)))).toBe(JSON.stringify(tree));
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses any text that JSON.parse refuses, and never fails otherwise', () => {
    const junk = fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '1',
      '0',
      '.',
      '-',
      'e',
      ' ',
      '\n',
      'é',
      'Ģ',
      '\u0001',
      '1.50:',
      'null',
    );
    const mutation = fc.tuple(fc.nat(), fc.nat(3), junk);
    fc.assert(
      fc.property(jsonText, fc.array(mutation, { minLength: 1, maxLength: 3 }), (json, mutations) => {
        let mutated = json;
        for (const [place, removed, added] of mutations) {
          const at = place % (mutated.length + 1);
          mutated = mutated.slice(0, at) + added + mutated.slice(at + removed);
        }
        let accepted = true;
        try {
          JSON.parse(mutated);
        } catch {
          accepted = false;
        }
        try {
          const tree = parseJson(mutated);
          expect(accepted).toBe(true);
          expect(shown(tree)).toEqual(shown(oracle(mutated)));
        } catch (error) {
          if (!(error instanceof FhirError)) throw error;
          expect(error.status).toBe(400);
          expect(error.message).toMatch(/\(line \d+, column \d+\)$/);
          if (accepted) expect(error.message).not.toMatch(/Invalid JSON|empty/);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('finds a duplicate key at any depth and names it', () => {
    fc.assert(
      fc.property(
        jsonText,
        fc.array(fc.oneof(key, fc.nat(4)), { maxLength: 12 }),
        key,
        decimalSource,
        (json, path, name, number) => {
          let inner = `{"x":1,${JSON.stringify(name)}:${json},\n "y":${number}, ${JSON.stringify(name)}:null}`;
          for (const step of path) {
            inner =
              typeof step === 'number'
                ? `[${'0,'.repeat(step)}${inner}]`
                : `{${JSON.stringify(step)}:${inner}}`;
          }
          const refusal = refusalOf(inner);
          expect(refusal.issues[0].code).toBe('structure');
          expect(refusal.message).toContain(`The property '${name}' is given twice`);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each<[json: string, code: string, message: string, place: string, expression: string]>([
    ['', 'structure', 'The body is empty', '(line 1, column 1)', ''],
    [' \n ', 'structure', 'The body is empty', '(line 1, column 1)', ''],
    ['{"a":1,}', 'structure', "a comma may not stand before '}'", '(line 1, column 7)', ''],
    ['{\n  "a": [1,\n  2', 'structure', 'the array that begins here', '(line 2, column 8)', 'a'],
    ['{"a":1 "b":2}', 'structure', "expected ',' or '}'", '(line 1, column 8)', ''],
    ['{"a":tru}', 'structure', "expected a value, but found 't'", '(line 1, column 6)', 'a'],
    ["{'a':1}", 'structure', 'a property name in double quotes', '(line 1, column 2)', ''],
    ['{1.50:1}', 'structure', 'a property name in double quotes', '(line 1, column 2)', ''],
    ['{"a":01.50}', 'structure', 'needless zero', '(line 1, column 6)', 'a'],
    ['{"a":1.}', 'structure', "expected a digit, but found '}'", '(line 1, column 8)', 'a'],
    ['{"a":NaN}', 'structure', "found 'N'", '(line 1, column 6)', 'a'],
    ['{"a":"x\ty"}', 'structure', 'a tab inside a string', '(line 1, column 8)', 'a'],
    ['{"a":"\\x"}', 'structure', 'unknown escape', '(line 1, column 7)', 'a'],
    ['{"a":"\\u12g4"}', 'structure', 'four hexadecimal digits', '(line 1, column 7)', 'a'],
    ['{"a":"x', 'structure', 'never closed', '(line 1, column 6)', 'a'],
    ['{} {}', 'structure', "found '{' after the end", '(line 1, column 4)', ''],
    ['{"a":"\\u0000"}', 'value', 'U+0000', '(line 1, column 6)', 'a'],
    ['{"a\\u0000":1}', 'value', 'U+0000', '(line 1, column 2)', ''],
    ['{"a":"\\ud83d"}', 'value', 'surrogate', '(line 1, column 6)', 'a'],
    ['{"a":"\ud83d"}', 'value', 'surrogate', '(line 1, column 6)', 'a'],
    ['{"a":1e2000}', 'value', 'more digits', '(line 1, column 6)', 'a'],
    ['{"a":1e-99999999999999999999}', 'value', 'more digits', '(line 1, column 6)', 'a'],
    [`{"a":${'1'.repeat(3000)}}`, 'value', 'more digits', '(line 1, column 6)', 'a'],
    ['{"a":{"__proto__":{"x":1}}}', 'structure', "'__proto__'", '(line 1, column 7)', 'a.__proto__'],
    ['{"a":{"__pr\\u006fto__":{"x":1.50}}}', 'structure', "'__proto__'", '(line 1, column 7)', 'a.__proto__'],
    [
      '{"resourceType":"Patient",\n"name":[{},{"given":["a"],\n "given":[]}]}',
      'structure',
      "The property 'given' is given twice",
      '(line 3, column 2)',
      'Patient.name[1].given',
    ],
    [
      '{"resourceType":"Patient","id":"a","\\u0069d":"b"}',
      'structure',
      "'id'",
      '(line 1, column 36)',
      'Patient.id',
    ],
    ['{"a b":{"c":1,"c":1}}', 'structure', "'c'", '(line 1, column 15)', '`a b`.c'],
  ])('%j is refused', (json, code, message, place, expression) => {
    const { status, issues } = refusalOf(json);
    expect(status).toBe(400);
    expect(issues[0]).toEqual({
      severity: 'error',
      code,
      diagnostics: expect.stringContaining(message),
      ...(expression ? { expression: [expression] } : {}),
    });
    expect(issues[0].diagnostics.endsWith(place)).toBe(true);
  });

  it('refuses deep nesting before anything else, and reads 64 levels', () => {
    expect(parseJson(`${'['.repeat(64)}1.50${']'.repeat(64)}`)).toBeDefined();
    expect(refusalOf('['.repeat(65)).issues[0].code).toBe('too-costly');
    expect(refusalOf('{"a":'.repeat(10_000_000)).issues[0].code).toBe('too-costly');
    expect(refusalOf('[[[1]]]', 2).message).toContain('more than 2 levels');
    expect(parseJson('["[[[[",{"a":"\\"[[["}]', { maxDepth: 2 })).toBeDefined();
  });

  it('keeps numbers in place where keys look like array indexes', () => {
    expect(JSON.stringify(parseJson('{"b":1.50,"2":2.50,"1":3}'))).toBe('{"1":3,"2":2.50,"b":1.50}');
    expect(JSON.stringify(parseJson('{"b":1.50,"2":1.500,"1":1.5}'))).toBe('{"1":1.5,"2":1.500,"b":1.50}');
  });

  it('reads across the borders of its window', () => {
    for (let shift = 0; shift < 40; shift++) {
      const json = `{"a":[${`1.50,"x:${'y'.repeat(shift)}",123.25,\t0.010,`.repeat(4000)}-0.0]}`;
      expect(JSON.stringify(parseJson(json))).toBe(json.replaceAll('\t', ''));
    }
    const gap = `{"a":${' '.repeat(70_000)}1.50${' '.repeat(70_000)},"b":"${'z'.repeat(200_000)}","c":2.0}`;
    expect(JSON.stringify(parseJson(gap))).toBe(gap.replaceAll(' ', ''));
  });

  const data = '../shared/data';
  const folders = ['synthea-conditional', 'synthea-legacy', 'synthea-embedded', 'hl7-r4-examples'];
  (existsSync(data) ? it : it.skip)(`gives back every byte of the published data (${data})`, () => {
    for (const folder of folders) {
      for (const file of readdirSync(join(data, folder)).filter((name) => name.endsWith('.json'))) {
        const json = readFileSync(join(data, folder, file), 'utf8');
        const compact = json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
        const escaped = /\\[u/]/.test(json);
        const written = JSON.stringify(parseJson(json));
        if (escaped) expect(shown(parseJson(written))).toEqual(shown(oracle(json)));
        else if (written !== compact) throw new Error(`${folder}/${file} came back changed`);
      }
    }
  });
});
