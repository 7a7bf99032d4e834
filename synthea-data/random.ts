// A small seeded random number generator (sfc32 over 32-bit integers): the same labels give the
// same numbers on every machine. Only integer arithmetic and exact double operations are used, so
// that no platform's maths library can change a digit.

/** Rows `[element, weight]`. */
export type Weighted<T> = readonly (readonly [T, number])[];

/** One independent stream of random numbers. */
export interface Random {
  /** A number in [0, 1) with 32 random bits. */
  unit(): number;
  /** A whole number, both ends included. */
  int(low: number, high: number): number;
  /** A real number between the ends. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One element, all equally likely. */
  pick<T>(list: readonly T[]): T;
  /** One element, by weight. */
  weighted<T>(rows: Weighted<T>): T;
  /**
   * Bell-shaped, mean 0, standard deviation 1, never beyond ±4.25 (a sum of uniforms: needs no
   * logarithm).
   */
  bell(): number;
  /** A UUID in lower case, version 4. */
  uuid(): string;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Opens the stream named by the labels, for example a seed, `'patient'` and a patient's number. */
export function createRandom(...labels: readonly (string | number)[]): Random {
  let [a, b, c, counter] = hashLabels(labels.join('\u0000'));

  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  // The state is only as mixed as the hash: run it a little before the first number is used.
  for (let round = 0; round < 12; round++) next();

  const unit = (): number => next() / 4294967296;
  const int = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1));
  return {
    unit,
    int,
    between: (low, high) => low + unit() * (high - low),
    chance: (probability) => unit() < probability,
    pick: (list) => list[Math.floor(unit() * list.length)]!,
    weighted: (rows) => {
      let total = 0;
      for (const row of rows) total += row[1];
      let left = unit() * total;
      for (const row of rows) {
        left -= row[1];
        if (left < 0) return row[0];
      }
      return rows[rows.length - 1]![0];
    },
    bell: () => (unit() + unit() + unit() + unit() + unit() + unit() - 3) * Math.SQRT2,
    uuid: () => formatUuid(next(), next(), next(), next()),
  };
}

/**
 * Four well-mixed 32-bit words from a text (FNV-style multiply over UTF-16 units, murmur-style
 * finish).
 */
function hashLabels(text: string): [number, number, number, number] {
  const words: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    for (let lane = 0; lane < 4; lane++)
      words[lane] = Math.imul(words[lane]! ^ (unit + lane * 0x101), 0x01000193 + lane * 2);
  }
  for (let lane = 0; lane < 4; lane++) {
    let word = words[lane]! ^ words[(lane + 1) & 3]!;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    words[lane] = (word ^ (word >>> 16)) | 0;
  }
  return words;
}

function formatUuid(a: number, b: number, c: number, d: number): string {
  const version = ((b >>> 8) & 0x0f) | 0x40;
  const variant = ((c >>> 24) & 0x3f) | 0x80;
  return (
    `${HEX[a >>> 24]}${HEX[(a >>> 16) & 255]}${HEX[(a >>> 8) & 255]}${HEX[a & 255]}-` +
    `${HEX[b >>> 24]}${HEX[(b >>> 16) & 255]}-${HEX[version]}${HEX[b & 255]}-` +
    `${HEX[variant]}${HEX[(c >>> 16) & 255]}-${HEX[(c >>> 8) & 255]}${HEX[c & 255]}` +
    `${HEX[d >>> 24]}${HEX[(d >>> 16) & 255]}${HEX[(d >>> 8) & 255]}${HEX[d & 255]}`
  );
}
