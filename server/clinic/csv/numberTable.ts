// A hash table of numbers in typed arrays: a Map of a million entries takes ten times the room.

export interface NumberTable {
  /**
   * Where the numbers of a key are in `numbers`, until the next key is asked for: all 0 where the key is new. The first has to be something else
   * by then.
   */
  at(high: number, low: number): number;
  readonly numbers: Uint32Array;
}

const FIRST_SLOTS = 1 << 10;

/** A table of 64-bit keys, each with `width` numbers of 32 bits. Memory: 8 bytes and 4 for each number, at two to four times the room. */
export function numberTable(width: number): NumberTable {
  let slots = FIRST_SLOTS;
  let keys = new Uint32Array(slots * 2);
  let numbers = new Uint32Array(slots * width);
  let used = 0;
  const slotOf = (high: number, low: number): number => {
    let slot = low & (slots - 1);
    while (numbers[slot * width] !== 0 && (keys[slot * 2] !== high || keys[slot * 2 + 1] !== low)) {
      slot = (slot + 1) & (slots - 1);
    }
    return slot;
  };
  const grow = () => {
    const [oldKeys, old] = [keys, numbers];
    slots *= 2;
    keys = new Uint32Array(slots * 2);
    numbers = new Uint32Array(slots * width);
    for (let place = 0; place * width < old.length; place++) {
      if (old[place * width] === 0) continue;
      const slot = slotOf(oldKeys[place * 2]!, oldKeys[place * 2 + 1]!);
      keys.set(oldKeys.subarray(place * 2, place * 2 + 2), slot * 2);
      numbers.set(old.subarray(place * width, (place + 1) * width), slot * width);
    }
  };
  return {
    get numbers() {
      return numbers;
    },
    at(high, low) {
      if (used * 2 >= slots) grow();
      const slot = slotOf(high, low);
      if (numbers[slot * width] === 0) {
        keys[slot * 2] = high;
        keys[slot * 2 + 1] = low;
        used++;
      }
      return slot * width;
    },
  };
}
