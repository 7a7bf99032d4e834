import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { applyJsonPatch } from '../../server/patch/jsonPatch.ts';
import { jsonPatchLimits } from '../../server/patch/patchLimits.ts';
import { refusal, tree } from './patchSupport.ts';

const published = '../shared/data/fhir-test-cases/r4/patch/json-patch-tests.json';

interface PublishedCase {
  comment: string;
  doc: unknown;
  patch: unknown;
  expected?: unknown;
  error?: string;
}

/** The JSON text after a patch. */
function patched(document: unknown, ...operations: unknown[]): string {
  return JSON.stringify(applyJsonPatch(tree(document), tree(operations)));
}

/** What applying a patch refuses. */
function refusedJsonPatch(document: unknown, operations: unknown): unknown {
  return refusal(() => applyJsonPatch(tree(document), tree(operations)));
}

describe('applyJsonPatch', () => {
  const present = existsSync(published);
  (present ? describe : describe.skip)(
    `the published cases${present ? '' : ` (missing: ${published})`}`,
    () => {
      const cases: PublishedCase[] = present ? JSON.parse(readFileSync(published, 'utf8')) : [];
      it('are there', () => expect(cases).toHaveLength(16));
      for (const { comment, doc, patch, expected, error } of cases) {
        it(comment, () => {
          const call = () => applyJsonPatch(tree(doc), tree(patch));
          if (error === undefined) {
            expect(call()).toEqual(expected);
          } else {
            expect(refusal(call)).toMatch(/^422 processing: JSON Patch operation \[0\]/);
          }
        });
      }
    },
  );

  it('adds, replaces and removes members and elements', () => {
    expect(patched({ a: 1 }, { op: 'add', path: '/b', value: { c: [] } })).toBe('{"a":1,"b":{"c":[]}}');
    expect(patched({ a: 1, b: 2 }, { op: 'add', path: '/a', value: 3 })).toBe('{"a":3,"b":2}');
    expect(patched({ a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 })).toBe('{"a":[1,2,3]}');
    expect(patched({ a: [1] }, { op: 'add', path: '/a/-', value: 2 })).toBe('{"a":[1,2]}');
    expect(patched({ a: [1] }, { op: 'add', path: '/a/1', value: 2 })).toBe('{"a":[1,2]}');
    expect(patched({ a: [1, 2] }, { op: 'replace', path: '/a/1', value: [] })).toBe('{"a":[1,[]]}');
    expect(patched({ a: [1, 2] }, { op: 'remove', path: '/a/0' })).toBe('{"a":[2]}');
    expect(
      patched({ '': 1, 'a/b': { '~': 2 } }, { op: 'remove', path: '/' }, { op: 'remove', path: '/a~1b/~0' }),
    ).toBe('{"a/b":{}}');
    expect(patched({ a: 1 }, { op: 'replace', path: '', value: { b: 2 } })).toBe('{"b":2}');
    expect(patched({ a: { b: 2 } }, { op: 'move', from: '/a', path: '' })).toBe('{"b":2}');
  });

  it('moves and copies, and keeps copies apart', () => {
    expect(patched({ a: [1, 2, 3] }, { op: 'move', from: '/a/0', path: '/a/2' })).toBe('{"a":[2,3,1]}');
    expect(patched({ a: [1, 2] }, { op: 'move', from: '/a/1', path: '/a/-' })).toBe('{"a":[1,2]}');
    expect(patched({ a: { b: 1 } }, { op: 'move', from: '/a/b', path: '/a' })).toBe('{"a":1}');
    expect(patched({ a: 1 }, { op: 'move', from: '/a', path: '/a' })).toBe('{"a":1}');
    expect(
      patched(
        { a: { b: [1] } },
        { op: 'add', path: '/a/b/-', value: 2 },
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'add', path: '/c/b/-', value: 3 },
        { op: 'add', path: '/a/b/-', value: 4 },
      ),
    ).toBe('{"a":{"b":[1,2,4]},"c":{"b":[1,2,3]}}');
  });

  it('does not write to the values of the patch document', () => {
    const operations = tree([
      { op: 'add', path: '/a', value: { b: [] } },
      { op: 'add', path: '/a/b/-', value: 1 },
    ]);
    expect(applyJsonPatch(tree({}), operations)).toEqual({ a: { b: [1] } });
  });

  it('shares what does not change, and returns the very resource when nothing does', () => {
    const document = tree({ a: { b: 1 }, c: { d: 2 } }) as Record<string, unknown>;
    expect(applyJsonPatch(document, [])).toBe(document);
    expect(applyJsonPatch(document, [{ op: 'test', path: '/a/b', value: 1 }])).toBe(document);
    const result = applyJsonPatch(document, [{ op: 'replace', path: '/a/b', value: 3 }]) as typeof document;
    expect(result.c).toBe(document.c);
    expect(document).toEqual({ a: { b: 1 }, c: { d: 2 } });
  });

  it('keeps the spelling of decimals and tests them by value', () => {
    const document = '{"a":1.50,"b":[0.010,1e-7,12345678901234567890]}';
    expect(patched(document, { op: 'add', path: '/c', value: true })).toBe(
      `${document.slice(0, -1)},"c":true}`,
    );
    expect(patched(document, { op: 'copy', from: '/b', path: '/a' })).toBe(
      '{"a":[0.010,1e-7,12345678901234567890],"b":[0.010,1e-7,12345678901234567890]}',
    );
    expect(patched(document, { op: 'move', from: '/b/0', path: '/a' })).toBe(
      '{"a":0.010,"b":[1e-7,12345678901234567890]}',
    );
    expect(
      JSON.stringify(applyJsonPatch(tree('{"a":1}'), tree('[{"op":"add","path":"/b","value":2.500}]'))),
    ).toBe('{"a":1,"b":2.500}');
    for (const value of ['1.5', '1.50', '15e-1']) {
      applyJsonPatch(tree(document), tree(`[{"op":"test","path":"/a","value":${value}}]`));
    }
    applyJsonPatch(
      tree(document),
      tree(`[{"op":"test","path":"/b","value":[0.01,0.0000001,1234567890123456789e1]}]`),
    );
    expect(refusedJsonPatch(document, `[{"op":"test","path":"/b/2","value":12345678901234567891}]`)).toMatch(
      /^422 processing: .*not equal/,
    );
    expect(refusedJsonPatch(document, [{ op: 'replace', path: '/a/rawJSON', value: 1 }])).toBe(
      '422 processing: JSON Patch operation [0] (replace /a/rawJSON): /a/rawJSON does not exist',
    );
    expect(refusedJsonPatch(document, [{ op: 'add', path: '/a/b', value: 1 }])).toBe(
      '422 processing: JSON Patch operation [0] (add /a/b): /a is neither an object nor an array',
    );
  });

  it.each([
    [{ op: 'remove', path: '/x' }, '/x does not exist'],
    [{ op: 'replace', path: '/x', value: 1 }, '/x does not exist'],
    [{ op: 'add', path: '/a/b/c', value: 1 }, '/a/b does not exist'],
    [{ op: 'add', path: '/s/b', value: 1 }, '/s is neither an object nor an array'],
    [{ op: 'test', path: '/toString', value: 1 }, '/toString does not exist'],
    [{ op: 'copy', from: '/__proto__', path: '/b' }, '/__proto__ does not exist'],
    [{ op: 'add', path: '/__proto__/x', value: 1 }, '/__proto__ does not exist'],
    [{ op: 'add', path: '/l/5', value: 1 }, '/l/5 does not exist: the array has 2 elements'],
    [{ op: 'replace', path: '/l/2', value: 1 }, '/l/2 does not exist: the array has 2 elements'],
    [{ op: 'remove', path: '/l/-' }, "/l is an array, and '-' names no element of it"],
    [{ op: 'add', path: '/l/01', value: 1 }, "/l is an array, and '01' names no element of it"],
    [{ op: 'add', path: '/l/length', value: 1 }, "/l is an array, and 'length' names no element of it"],
    [{ op: 'add', path: '/l/-1', value: 1 }, "/l is an array, and '-1' names no element of it"],
    [{ op: 'remove', path: '' }, 'the resource itself cannot be removed by a patch'],
    [{ op: 'test', path: '/a', value: { c: 1 } }, 'the value there is not equal to the one tested for'],
  ])('cannot apply %j', (operation, problem) => {
    const document = { a: {}, s: 'text', l: [1, 2] };
    const where = `(${operation.op} ${operation.path || 'the whole resource'})`;
    expect(refusedJsonPatch(document, [{ op: 'test', path: '/s', value: 'text' }, operation])).toBe(
      `422 processing: JSON Patch operation [1] ${where}: ${problem}`,
    );
  });

  it('never reaches a prototype', () => {
    const operations = JSON.parse('[{"op":"add","path":"/__proto__","value":{"polluted":true}}]');
    expect(refusal(() => applyJsonPatch(tree({}), operations))).toBe(
      '422 processing: JSON Patch operation [0] (add /__proto__): a member cannot be named __proto__',
    );
    expect(patched({}, { op: 'add', path: '/constructor', value: 1 })).toBe('{"constructor":1}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    [{}, 'must be an array of operations'],
    [null, 'must be an array of operations'],
    [['x'], '[0]: must be an object'],
    [[{ path: '/a' }], "[0]: 'op' must be one of add, remove, replace, move, copy, test"],
    [[{ op: 'delete', path: '/a' }], "[0]: 'op' must be one of add, remove, replace, move, copy, test"],
    [[{ op: 'toString', path: '/a' }], "[0]: 'op' must be one of"],
    [[{ op: 'remove' }], "[0]: 'path' must be a JSON Pointer"],
    [[{ op: 'remove', path: 1 }], "[0]: 'path' must be a JSON Pointer"],
    [[{ op: 'remove', path: 'a' }], "[0]: 'path' is not a JSON Pointer"],
    [[{ op: 'remove', path: '/a~2' }], "[0]: 'path' is not a JSON Pointer"],
    [[{ op: 'remove', path: '/a~' }], "[0]: 'path' is not a JSON Pointer"],
    [[{ op: 'remove', path: `/${'a'.repeat(2_000)}` }], "[0]: 'path' is longer than 2000 characters"],
    [[{ op: 'add', path: '/a' }], "[0]: 'value' is missing"],
    [[{ op: 'test', path: '/a' }], "[0]: 'value' is missing"],
    [[{ op: 'copy', path: '/a' }], "[0]: 'from' must be a JSON Pointer"],
    [
      [
        { op: 'remove', path: '/x' },
        { op: 'move', from: '/a', path: '/a/b' },
      ],
      "[1]: 'from' is a parent of 'path'",
    ],
  ])('refuses the malformed document %#', (operations, problem) => {
    expect(refusedJsonPatch({ a: 1 }, operations)).toMatch(/^400 invalid: /);
    expect(refusedJsonPatch({ a: 1 }, operations)).toContain(problem);
  });

  it('is bounded', () => {
    const many = Array.from({ length: jsonPatchLimits.operations + 1 }, () => ({
      op: 'test',
      path: '',
      value: {},
    }));
    expect(refusedJsonPatch({}, many)).toBe('400 too-costly: A JSON Patch may have at most 10000 operations');
    const bomb = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/a', path: `/a/${index}` }));
    expect(refusedJsonPatch({ a: {} }, bomb)).toMatch(/^422 too-costly: .*too large or too deep/);
    const wide = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '', path: `/a${index}` }));
    expect(refusedJsonPatch({ text: 'x'.repeat(1000) }, wide)).toMatch(
      /^422 too-costly: .*too large or too deep/,
    );
    const deep = Array.from({ length: 80 }, (_, index) => ({
      op: 'add',
      path: '/a'.repeat(index + 1),
      value: {},
    }));
    expect(refusedJsonPatch({}, deep)).toBe(
      '422 too-costly: The patched resource would be nested too deeply',
    );
    expect(patched({}, ...deep.slice(0, 63))).toContain('{"a":{"a":');
  });

  it('applies ten thousand operations on a long list quickly', () => {
    const document = tree({ entry: Array.from({ length: 20_000 }, (_, index) => ({ index })) });
    const operations = Array.from({ length: 10_000 }, (_, index) => ({
      op: index % 2 ? 'replace' : 'remove',
      path: index % 2 ? `/entry/${index}/index` : `/entry/${index}`,
      value: -1,
    }));
    const started = performance.now();
    const result = applyJsonPatch(document, operations) as { entry: unknown[] };
    expect(result.entry).toHaveLength(15_000);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
