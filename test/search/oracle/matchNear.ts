// The special parameter near of Location (searchparameter Location-near): latitude|longitude|distance|units.
import type { LocationPosition } from '@medplum/fhirtypes';
import { splitAt, unescapeValue } from './splitValue.ts';
import { convertUnit } from './units.ts';
import type { Value } from './values.ts';

const EARTH_RADIUS_KM = 6371.0088;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Kilometres between two places on the surface of the earth, as a sphere. */
export function distanceInKm(from: [number, number], to: [number, number]): number {
  const [latitude, longitude] = from.map(radians) as [number, number];
  const [otherLatitude, otherLongitude] = to.map(radians) as [number, number];
  const half = (difference: number): number => Math.sin(difference / 2) ** 2;
  const chord =
    half(otherLatitude - latitude) +
    Math.cos(latitude) * Math.cos(otherLatitude) * half(otherLongitude - longitude);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Whether a position lies within the distance; kilometres where no unit is given. */
export function matchNear({ value }: Value, search: string): boolean {
  const [latitude, longitude, distance, unit] = splitAt('|', search).map(unescapeValue);
  const position = value as LocationPosition;
  const reach = convertUnit(Number(distance), unit || 'km', 'km');
  return (
    reach !== undefined &&
    distanceInKm([position.latitude!, position.longitude!], [Number(latitude), Number(longitude)]) <= reach
  );
}
