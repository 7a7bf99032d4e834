// Who a generated person is: everything that does not change with illness, drawn from
// tables/people.ts and tables/places.ts.
import { DAY, HOUR, REFERENCE_TIME, YEAR } from './calendar.ts';
import type { Institution } from './institutions.ts';
import type { Random } from './random.ts';
import type { Allergy } from './tables/allergies.ts';
import { allergicShare, allergies } from './tables/allergies.ts';
import type { Sex } from './tables/growth.ts';
import type { Group } from './tables/people.ts';
import {
  ageBands,
  ethnicities,
  familyNames,
  femaleNames,
  insurers,
  languages,
  maleNames,
  maritalStates,
  neverMarried,
  races,
  smoking,
} from './tables/people.ts';
import type { Town } from './tables/places.ts';
import { streetKinds, streets, towns } from './tables/places.ts';
import type { VitalKey } from './tables/vitalSigns.ts';
import { vitalSigns } from './tables/vitalSigns.ts';

export interface Person {
  readonly id: string;
  readonly sex: Sex;
  /** Local time of birth. */
  readonly born: number;
  readonly given: string;
  readonly family: string;
  /** Family name before marriage. */
  readonly maiden?: string;
  readonly prefix?: string;
  readonly mother: string;
  readonly race: Group;
  readonly ethnicity: Group;
  readonly language: { readonly code: string; readonly display: string };
  readonly marital: { readonly code: string; readonly display: string };
  readonly town: Town;
  readonly birthTown: Town;
  readonly line: string;
  /** Degrees, five decimals. */
  readonly latitude: number;
  readonly longitude: number;
  readonly phone: string;
  readonly socialSecurity: string;
  readonly license?: string;
  readonly passport?: string;
  readonly smoking: 'never' | 'former' | 'current';
  /** Standard deviations from the median height and weight. */
  readonly tall: number;
  readonly heavy: number;
  /** How far this person's vital signs lie from those of their age. */
  readonly constitution: Readonly<Record<VitalKey, number>>;
  readonly allergies: readonly Allergy[];
  readonly clinic: Institution;
  readonly hospital: Institution;
  readonly infirmary: Institution;
}

const round5 = (degrees: number): number => Math.round(degrees * 100000) / 100000;

/** Draws a person who lives near one of the institutions. */
export function drawPerson(random: Random, institutions: readonly Institution[]): Person {
  const sex: Sex = random.chance(0.51) ? 'female' : 'male';
  const [low, high] = random.weighted(ageBands);
  const born =
    Math.floor((REFERENCE_TIME - random.between(low, high + 1) * YEAR) / DAY - 1) * DAY +
    random.int(0, 24 * HOUR - 1);
  const age = ageAt(born, REFERENCE_TIME);
  const name = (list: readonly string[]): string => random.pick(list) + random.int(100, 999);
  const marital = age < 22 ? neverMarried : random.weighted(maritalStates);
  const family = name(familyNames);
  const town = random.weighted(towns.map((place) => [place, place.share] as const));
  const near = (kind: Institution['kind']): Institution => {
    const candidates = institutions.filter((institution) => institution.kind === kind);
    const local = candidates.filter((institution) => institution.town === town);
    return random.pick(local.length > 0 ? local : candidates);
  };
  const married = sex === 'female' && marital.code !== 'S' && random.chance(0.8);
  return {
    id: random.uuid(),
    sex,
    born,
    given: name(sex === 'female' ? femaleNames : maleNames),
    family,
    ...(married ? { maiden: name(familyNames) } : {}),
    ...(age >= 16 ? { prefix: sex === 'male' ? 'Mr.' : marital.code === 'S' ? 'Ms.' : 'Mrs.' } : {}),
    mother: `${name(femaleNames)} ${name(familyNames)}`,
    race: random.weighted(races),
    ethnicity: random.weighted(ethnicities),
    language: random.weighted(languages),
    marital,
    town,
    birthTown: random.chance(0.6) ? town : random.pick(towns),
    line: `${random.int(1, 999)} ${random.pick(streets)} ${random.pick(streetKinds)}`,
    latitude: round5(town.latitude + random.between(-0.06, 0.06)),
    longitude: round5(town.longitude + random.between(-0.06, 0.06)),
    phone: `555-${random.int(200, 999)}-${random.int(1000, 9999)}`,
    socialSecurity: `999-${random.int(10, 99)}-${random.int(1000, 9999)}`,
    ...(age >= 16 ? { license: `S999${random.int(10000, 99999)}` } : {}),
    ...(age >= 20 && random.chance(0.6) ? { passport: `X${random.int(10000000, 99999999)}X` } : {}),
    smoking: age < 16 ? 'never' : random.weighted(smoking),
    tall: random.bell(),
    heavy: random.bell(),
    constitution: drawConstitution(random),
    allergies: random.chance(allergicShare) ? drawAllergies(random) : [],
    clinic: near('clinic'),
    hospital: near('hospital'),
    infirmary: near('infirmary'),
  };
}

/** Age in years, with fractions. */
export function ageAt(born: number, time: number): number {
  return (time - born) / YEAR;
}

/** Who pays at a time: it changes at nineteen and at sixty-five. */
export function drawInsurer(random: Random, age: number): string {
  return random.weighted(age < 19 ? insurers.young : age < 65 ? insurers.working : insurers.old);
}

function drawConstitution(random: Random): Record<VitalKey, number> {
  const constitution = {} as Record<VitalKey, number>;
  for (const key of Object.keys(vitalSigns) as VitalKey[])
    constitution[key] = random.bell() * vitalSigns[key].person;
  return constitution;
}

function drawAllergies(random: Random): Allergy[] {
  const chosen = new Set<Allergy>();
  const count = random.int(1, 3);
  for (let number = 0; number < count; number++)
    chosen.add(random.weighted(allergies.map((allergy) => [allergy, allergy.weight] as const)));
  return [...chosen];
}
