// What is remembered, and when it is forgotten.
import { describe, expect, it } from '@jest/globals';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { createWeightedCache } from '../../server/terminology/weightedCache.ts';
import { codeSystem, published, sourceOf, textsOf, valueSet } from './testTerminology.ts';

const system = 'http://t/c';
const url = 'http://t/vs/main';
const original = () => sourceOf(codeSystem('c', ['a']), valueSet('main', [{ system }]));
const changed = () => sourceOf(codeSystem('c', ['a', 'b']), valueSet('main', [{ system }]));

describe('a terminology', () => {
  const make = () => createTerminology({ published: () => published });

  it('remembers under a revision, and asks anew under the next', async () => {
    const terminology = make();
    const [first, second] = [original(), changed()];
    expect(textsOf(await terminology.at(1, first).expansion(url))).toEqual([`${system}|a`]);
    const { asked } = first;
    expect(asked).toBeGreaterThan(0);
    expect(textsOf(await terminology.at(1, first).expansion(url))).toEqual([`${system}|a`]);
    expect(first.asked).toBe(asked);
    expect(textsOf(await terminology.at(2, second).expansion(url))).toEqual([`${system}|a`, `${system}|b`]);
  });

  it('remembers nothing of what is stored without a revision', async () => {
    const terminology = make();
    expect(textsOf(await terminology.at(undefined, original()).expansion(url))).toEqual([`${system}|a`]);
    expect(textsOf(await terminology.at(undefined, changed()).expansion(url))).toHaveLength(2);
  });

  it('forgets a url and all expansions, or everything', async () => {
    const terminology = make();
    await terminology.at(1, original()).expansion(url);
    terminology.forget(url);
    const source = changed();
    // The code system is still remembered, the value set is not.
    expect(textsOf(await terminology.at(1, source).expansion(url))).toEqual([`${system}|a`]);
    expect(source.asked).toBe(1);
    terminology.forget(system);
    expect(textsOf(await terminology.at(1, changed()).expansion(url))).toHaveLength(2);
    terminology.clear();
    expect(textsOf(await terminology.at(1, original()).expansion(url))).toHaveLength(1);
  });

  it('takes what is stored before what is published, and falls back on it for another version', async () => {
    const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    const own = {
      ...valueSet('x', [{ system, concept: [{ code: 'f' }] }]),
      url: gender,
      version: '9',
    };
    const view = make().at(1, sourceOf(own));
    expect(textsOf(await view.expansion(gender))).toEqual([`${system}|f`]);
    expect(textsOf(await view.expansion(`${gender}|4.0.1`))).toHaveLength(4);
  });

  it('gives a value set that is not known another chance after a failure', async () => {
    const terminology = make();
    const failing = { ...original(), valueSet: () => Promise.reject(new Error('lost')) };
    await expect(terminology.at(1, failing).expansion(url)).rejects.toThrow('lost');
    expect(textsOf(await terminology.at(1, original()).expansion(url))).toEqual([`${system}|a`]);
  });
});

describe('the cache', () => {
  const value = (of: number) => async () => of;
  const weigh = (of: number) => of;

  it('drops what was asked for least recently, and does not keep what is too heavy', async () => {
    const cache = createWeightedCache(10);
    let made = 0;
    const get = (key: string, of: number) =>
      cache.get(
        key,
        () => {
          made++;
          return value(of)();
        },
        weigh,
      );
    await get('a', 4);
    await get('b', 4);
    await get('a', 4);
    expect(made).toBe(2);
    await get('c', 4);
    expect(cache.weight()).toBe(8);
    await get('a', 4);
    await get('c', 4);
    expect(made).toBe(3);
    await get('b', 4);
    expect(made).toBe(4);
    await get('heavy', 11);
    await get('heavy', 11);
    expect(made).toBe(6);
    expect(cache.weight()).toBeLessThanOrEqual(10);
  });

  it('lets clients that ask at once share one answer', async () => {
    const cache = createWeightedCache(10);
    let made = 0;
    const slow = async () => {
      made++;
      await new Promise((resolve) => setImmediate(resolve));
      return 1;
    };
    expect(await Promise.all([cache.get('k', slow, weigh), cache.get('k', slow, weigh)])).toEqual([1, 1]);
    expect(made).toBe(1);
  });

  it('does not bring back what was forgotten while it was being made', async () => {
    const cache = createWeightedCache(10);
    const first = cache.get('k', value(1), weigh);
    cache.forget(() => true);
    expect(await cache.get('k', value(2), weigh)).toBe(2);
    expect(await first).toBe(1);
    expect(await cache.get('k', value(3), weigh)).toBe(2);
    expect(cache.weight()).toBe(2);
  });
});
