// A memo that forgets everything when it is full: cheaper per look-up than any order of eviction, and enough for
// values that repeat a lot (codes, units, the patient of a bundle).

/** `make`, remembered for up to `limit` keys. */
export function boundedCache<V>(limit: number, make: (key: string) => V): (key: string) => V {
  const known = new Map<string, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      if (known.size >= limit) known.clear();
      known.set(key, value);
    }
    return value;
  };
}
