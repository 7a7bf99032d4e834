// A memo of answers that are being or have been worked out, bounded by what they weigh; the ones asked for least recently
// go first.

/** Remembers promises by key, so that clients asking at the same time wait for one answer. */
export interface WeightedCache {
  get<V>(key: string, make: () => Promise<V>, weigh: (value: V) => number): Promise<V>;
  /** forgets the keys that pass the test */
  forget(test: (key: string) => boolean): void;
  /** total weight of what is remembered */
  weight(): number;
}

/** A cache of at most `limit` weight; what weighs more than that is not remembered, and failures never are. */
export function createWeightedCache(limit: number): WeightedCache {
  const entries = new Map<string, { promise: Promise<unknown>; weight: number }>();
  let total = 0;

  const drop = (key: string): void => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };

  const remember = async <V>(
    key: string,
    make: () => Promise<V>,
    weigh: (value: V) => number,
  ): Promise<V> => {
    const promise = make();
    const entry = { promise, weight: 0 };
    entries.set(key, entry);
    try {
      const value = await promise;
      // It may have been forgotten meanwhile, and asked for anew.
      if (entries.get(key) === entry) {
        entry.weight = weigh(value);
        total += entry.weight;
        if (entry.weight > limit) drop(key);
        for (const [oldest, { weight }] of entries) {
          if (total <= limit) break;
          if (weight > 0) drop(oldest);
        }
      }
      return value;
    } catch (error) {
      if (entries.get(key) === entry) drop(key);
      throw error;
    }
  };

  return {
    get: <V>(key: string, make: () => Promise<V>, weigh: (value: V) => number) => {
      const known = entries.get(key);
      if (!known) return remember(key, make, weigh);
      entries.delete(key);
      entries.set(key, known);
      return known.promise as Promise<V>;
    },
    forget: (test) => {
      for (const key of [...entries.keys()]) if (test(key)) drop(key);
    },
    weight: () => total,
  };
}
