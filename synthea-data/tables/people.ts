// Who lives in the generated population: ages, races, insurers, languages and names. Every name is
// made up of a short list's word and a number, so that nobody can take a generated person for a
// real one. The shares are round figures, not statistics.

import type { Weighted } from '../random.ts';

/** A group of the US census with its OMB code and the word for it in notes. */
export interface Group {
  readonly code: string;
  readonly display: string;
  readonly text: string;
}

/**
 * Age bands in years and their share of the population. The infirmary's patients are older than the
 * country.
 */
export const ageBands: Weighted<readonly [number, number]> = [
  [[0, 1], 4],
  [[2, 5], 5],
  [[6, 17], 12],
  [[18, 29], 12],
  [[30, 44], 17],
  [[45, 59], 19],
  [[60, 74], 19],
  [[75, 89], 10],
  [[90, 97], 2],
];

/**
 * Chance that a person who would have reached these years has died within the last ten, whatever
 * their illnesses.
 */
export const mortality: readonly (readonly [number, number])[] = [
  [0, 0.002],
  [40, 0.015],
  [60, 0.07],
  [75, 0.25],
  [85, 0.5],
];

export const races: Weighted<Group> = [
  [{ code: '2106-3', display: 'White', text: 'white' }, 62],
  [{ code: '2054-5', display: 'Black or African American', text: 'black' }, 15],
  [{ code: '2028-9', display: 'Asian', text: 'asian' }, 11],
  [{ code: '1002-5', display: 'American Indian or Alaska Native', text: 'native' }, 3],
  [{ code: '2076-8', display: 'Native Hawaiian or Other Pacific Islander', text: 'hawaiian' }, 2],
  [{ code: '2131-1', display: 'Other Race', text: 'other' }, 7],
];

export const ethnicities: Weighted<Group> = [
  [{ code: '2186-5', display: 'Not Hispanic or Latino', text: 'non-hispanic' }, 83],
  [{ code: '2135-2', display: 'Hispanic or Latino', text: 'hispanic' }, 17],
];

export const languages: Weighted<{ readonly code: string; readonly display: string }> = [
  [{ code: 'en-US', display: 'English' }, 80],
  [{ code: 'es', display: 'Spanish' }, 11],
  [{ code: 'pt', display: 'Portuguese' }, 4],
  [{ code: 'zh', display: 'Chinese' }, 3],
  [{ code: 'fr', display: 'French' }, 2],
];

/** Marital status of v3-MaritalStatus. */
export const maritalStates: Weighted<{ readonly code: string; readonly display: string }> = [
  [{ code: 'M', display: 'Married' }, 52],
  [{ code: 'S', display: 'Never Married' }, 27],
  [{ code: 'D', display: 'Divorced' }, 12],
  [{ code: 'W', display: 'Widowed' }, 9],
];

export const neverMarried = { code: 'S', display: 'Never Married' } as const;

export const smoking: Weighted<'never' | 'former' | 'current'> = [
  ['never', 62],
  ['former', 23],
  ['current', 15],
];

/** Payers by age: the young, the working and the old are insured differently. */
export const insurers: Record<'young' | 'working' | 'old', Weighted<string>> = {
  young: [
    ['Evergreen Family Health', 45],
    ['State Medicaid', 40],
    ['Harbor Mutual', 15],
  ],
  working: [
    ['Harbor Mutual', 35],
    ['Evergreen Family Health', 25],
    ['Northfield Assurance', 20],
    ['State Medicaid', 12],
    ['NO_INSURANCE', 8],
  ],
  old: [
    ['Federal Medicare', 85],
    ['Harbor Mutual', 10],
    ['Dual Eligible', 5],
  ],
};

export const femaleNames = (
  'Abena Adela Agnes Aiko Alma Amara Anouk Astrid Beatriz Bettina Bríd Camille Carmen Chiara ' +
  'Dagny Delia Edith Elena Esther Fatima Fiona Greta Hana Helga Ingrid Iris Jamila Jelena ' +
  'Johanna Karin Keiko Lena Lucía Mabel Maeve Marisol Mei Miriam Nadia Noor Odile Paloma Petra ' +
  'Priya Rosa Ruth Salma Sigrid Soledad Tamsin Thérèse Ursula Vera Wanda Yara Zelda'
).split(' ');

export const maleNames = (
  'Abel Adil Akira Albin Amadou Anders André Arjun Bram Bruno Casimir Cyril Damian Diego Edgar ' +
  'Emil Ernesto Felix Gideon Gustav Hamid Hector Henrik Hugo Idris Ignacio Ivo Jakob Jorge Jörg ' +
  'Kamal Kenji Klaus Lars Leopold Linus Magnus Marek Mateo Milan Nils Omar Oskar Otto Pascal ' +
  'Quentin Rafael René Rufus Samir Stefan Tariq Teodor Tobias Ulrich Viktor Walter Yusuf Zoltan'
).split(' ');

export const familyNames = (
  'Abernathy Achterberg Adeyemi Alder Amsel Appleyard Ashgrove Bachmann Barleycorn Bergström ' +
  'Birchwood Blackthorn Bramble Brook Calloway Castellan Cedarholm Cloudsley Córdoba Crane Dahl ' +
  'Dunmore Eberle Elmhurst Farrow Fennimore Finch Foxglove Garrow Gäbler Hawthorne Hazelton ' +
  'Heatherly Holloway Ironwood Jansson Juniper Kestrel Kingfisher Lachance Larkspur Lindqvist ' +
  'Lockwood Maplesden Marlowe Meadows Moreau Müller Nightingale Núñez Oakley Okafor Ostrander ' +
  'Pemberton Pinewood Quill Quintero Rainwater Redfern Rosenbaum Rowan Sandoval Silverton ' +
  'Sorrel Stonebridge Swallow Tamarind Thistlewood Thornfield Underhill Valdés Vandermeer ' +
  'Wainwright Wheatley Willowby Winterbourne Yarrow Yellowhammer Zimmer'
).split(' ');
