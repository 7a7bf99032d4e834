// JSON Merge Patch by the examples of RFC 7396, appendix A.
import { describe, expect, it } from '@jest/globals';
import { mergePatch } from '../../../server/clinic/things/mergePatch.ts';
import { parseJson } from '../../../server/json/parseJson.ts';

describe('mergePatch', () => {
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    const [before, change] = [JSON.parse(target), JSON.parse(patch)];
    expect(mergePatch(before, change)).toEqual(JSON.parse(result));
    expect(JSON.stringify(before)).toBe(target);
  });

  it('takes a number with digits of its own as a value', () => {
    const patch = parseJson('{"a": 1.50, "b": {"c": 2.0}}');
    expect(JSON.stringify(mergePatch({ a: { x: 1 }, b: 7 }, patch))).toBe('{"a":1.50,"b":{"c":2.0}}');
  });

  it('changes no prototype', () => {
    const made = mergePatch({}, JSON.parse('{"__proto__": {"x": 1}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
