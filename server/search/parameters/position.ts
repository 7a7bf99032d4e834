// The parameter `near` (location.html#positional-searching): places within a distance of a point, on a sphere with the
// earth's mean radius.

import { refuse } from '../../errors.ts';
import { conversionOf } from '../../units/unit.ts';
import { splitValue, unescapeValue } from '../splitValue.ts';
import { numberOf } from './number.ts';

/** A point (degrees) and the greatest distance from it (km). */
export interface PositionTest {
  latitude: number;
  longitude: number;
  distance: number;
}

/** Mean radius of the earth in km. */
const radius = 6371.0088;

/** What is near when no distance is given, in km. The specification leaves it to the server. */
export const defaultDistance = 50;

const decimal = /^[+-]?\d{1,9}(?:\.\d{1,20})?$/;

/**
 * The row of a `Location.position`: `low` is its latitude and `high` its longitude, two coordinates of one point.
 * Undefined when one is missing or not on earth.
 */
export function positionOf(value: unknown): { low: number; high: number } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { latitude, longitude } = value as { latitude?: unknown; longitude?: unknown };
  const [low, high] = [numberOf(latitude), numberOf(longitude)];
  if (low === undefined || high === undefined || !isOnEarth(low, high)) return undefined;
  return { low: rounded(low), high: rounded(high) };
}

/** To a ten-millionth of a metre: Postgres refuses to square numbers whose square is too close to zero for a double. */
function rounded(coordinate: number): number {
  return Number(coordinate.toFixed(12)) + 0;
}

function isOnEarth(latitude: number, longitude: number): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

/**
 * Parses `latitude|longitude[|distance[|units]]`: degrees, and a length in a UCUM unit (km when none is named).
 * @throws FhirError 400 when a part is malformed, not on earth or no length
 */
export function parsePosition(parameter: string, text: string): PositionTest {
  const parts = splitValue(text, '|').map(unescapeValue);
  const [latitude = '', longitude = '', distance = '', unit = ''] = parts;
  const point = [latitude, longitude];
  if (parts.length > 4 || ![...point, distance || '0'].every((part) => decimal.test(part))) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}' takes latitude|longitude|distance|units, the last two optional: ` +
        `42.2565|-83.6948|11.2|km, not '${text}'.`,
    );
  }
  const [north, east] = point.map(Number) as [number, number];
  if (!isOnEarth(north, east)) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': a latitude is between -90 and 90 and a longitude between -180 and 180, not '${text}'.`,
    );
  }
  if (Number(distance) < 0) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': a distance is not negative, as in '${text}'.`,
    );
  }
  const reach = distance === '' ? defaultDistance : Number(distance) * kilometresOf(parameter, unit || 'km');
  return { latitude: rounded(north), longitude: rounded(east), distance: reach };
}

function kilometresOf(parameter: string, unit: string): number {
  if (unit === 'km') return 1;
  const conversion = conversionOf(unit);
  if (conversion?.preferred !== 'cm') {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': '${unit}' is not a UCUM unit of length, such as km, m or [mi_i].`,
    );
  }
  return conversion.factor / 100_000;
}

/**
 * The SQL condition of a test on a row of `search_quantity`: the haversine of the angle between the points, after a band
 * of latitude, which bounds the index scan, and one of longitude.
 */
export function positionCondition(
  { latitude, longitude, distance }: PositionTest,
  row: string,
  bind: (value: unknown) => string,
): string {
  const angle = Math.min(distance / radius, Math.PI);
  const number = (value: number): string => `${bind(value)}::float8`;
  const [lat, lon] = [`${row}.low`, `${row}.high`];
  const [north, east] = [number(latitude), number(longitude)];
  const haversine =
    `power(sind((${lat} - ${north}) / 2), 2) + ` +
    `cosd(${lat}) * cosd(${north}) * power(sind((${lon} - ${east}) / 2), 2)`;
  return [
    ...band(lat, latitude, degrees(angle), 90, number),
    ...band(lon, longitude, degrees(longitudeReach(latitude, angle)), 180, number),
    `${haversine} <= ${number(Math.sin(angle / 2) ** 2)}`,
  ].join(' AND ');
}

const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** How far east and west a circle reaches; all around when there is a pole in it. */
function longitudeReach(latitude: number, angle: number): number {
  const fromEquator = (Math.abs(latitude) * Math.PI) / 180;
  if (fromEquator + angle >= Math.PI / 2) return Math.PI;
  return Math.asin(Math.min(1, Math.sin(angle) / Math.cos(fromEquator)));
}

/** Coordinates up to `reach` from the centre; none where that leaves the range of the coordinate (the antimeridian). */
function band(
  column: string,
  centre: number,
  reach: number,
  limit: number,
  number: (value: number) => string,
): string[] {
  // A little wider than the circle, so that rounding does not cut it.
  const wide = reach + 1e-7;
  if (limit === 180 && Math.abs(centre) + wide > limit) return [];
  return [`${column} >= ${number(centre - wide)}`, `${column} <= ${number(centre + wide)}`];
}
