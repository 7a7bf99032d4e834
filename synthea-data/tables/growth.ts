// Growth: median height (cm), weight (kg) and head circumference (cm) by age in months and sex,
// rounded from the public child growth standards of the World Health Organization, and how adults
// put on weight.

export type Sex = 'female' | 'male';

/** Rows `[age in months, height, weight]`. */
export const growth: Record<Sex, readonly (readonly [number, number, number])[]> = {
  female: [
    [0, 49.1, 3.2],
    [1, 53.7, 4.2],
    [2, 57.1, 5.1],
    [4, 62.1, 6.4],
    [6, 65.7, 7.3],
    [9, 70.1, 8.2],
    [12, 74, 8.9],
    [18, 80.7, 10.2],
    [24, 85.7, 11.5],
    [36, 95.1, 13.9],
    [60, 109.4, 18.2],
    [84, 120.8, 22.5],
    [120, 138, 32],
    [144, 151, 41.5],
    [168, 160, 49.5],
    [192, 162.5, 53.5],
    [240, 163.5, 58.5],
  ],
  male: [
    [0, 49.9, 3.3],
    [1, 54.7, 4.5],
    [2, 58.4, 5.6],
    [4, 63.9, 7],
    [6, 67.6, 7.9],
    [9, 72, 8.9],
    [12, 75.7, 9.6],
    [18, 82.3, 10.9],
    [24, 87.1, 12.2],
    [36, 96.1, 14.3],
    [60, 110, 18.3],
    [84, 121.7, 23],
    [120, 138, 32],
    [144, 149, 40],
    [168, 163, 50.5],
    [192, 173, 60.5],
    [240, 177, 71],
  ],
};

/** Rows `[age in months, circumference]`. */
export const head: Record<Sex, readonly (readonly [number, number])[]> = {
  female: [
    [0, 33.9],
    [3, 39.5],
    [6, 42.2],
    [12, 44.9],
    [24, 47.2],
    [36, 48.5],
  ],
  male: [
    [0, 34.5],
    [3, 40.5],
    [6, 43.3],
    [12, 46.1],
    [24, 48.3],
    [36, 49.5],
  ],
};

/** Rows `[age in years, weight relative to the weight at twenty]`. */
export const adultWeight = [
  [20, 1],
  [45, 1.18],
  [65, 1.2],
  [85, 1.08],
  [110, 1],
] as const;
