import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { createExtractor } from '../../../server/search/createExtractor.ts';
import { hashPath } from '../../../server/search/hash64.ts';
import {
  defaultDistance,
  type PositionTest,
  parsePosition,
  positionCondition,
  positionOf,
} from '../../../server/search/parameters/position.ts';
import { definitions } from '../../definitions/testDefinitions.ts';
import { cloneDatabase, type TestDatabase } from '../../support/postgres.ts';

type Point = [latitude: number, longitude: number];

/** The distance in km through the angle between two vectors from the centre of the earth. */
function distanceBetween(one: Point, other: Point): number {
  const vector = ([latitude, longitude]: Point) => {
    const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)] as const;
  };
  const [[a, b, c], [x, y, z]] = [vector(one), vector(other)];
  const cross = Math.hypot(b * z - c * y, c * x - a * z, a * y - b * x);
  return Math.atan2(cross, a * x + b * y + c * z) * 6371.0088;
}

describe('positionOf', () => {
  it('is a row of latitude and longitude', () => {
    expect(positionOf({ latitude: JSON.rawJSON('42.2565'), longitude: -83.6948 })).toEqual({
      low: 42.2565,
      high: -83.6948,
    });
    const extract = createExtractor(definitions, { baseUrls: [] });
    const place = { resourceType: 'Location', position: { longitude: 4.9, latitude: 52.4 } };
    expect(extract(place).quantities).toEqual([
      { path: hashPath('Location.position'), low: 52.4, high: 4.9, unit: 0n, unitCode: 0n },
    ]);
  });

  it.each([
    [{ latitude: 1 }],
    [{ longitude: 1 }],
    [{ latitude: '1', longitude: '1' }],
    [{ latitude: 91, longitude: 0 }],
    [{ latitude: 0, longitude: 181 }],
    [null],
    [5],
  ])('%j is no place on earth', (value) => {
    expect(positionOf(value)).toBeUndefined();
  });
});

describe('parsePosition', () => {
  // the example of the specification, whose coordinates are a place in Antarctica
  it.each<[string, number, number, number]>([
    ['-83.694810|42.256500|11.20|km', -83.69481, 42.2565, 11.2],
    ['42.2565|-83.6948|11.2', 42.2565, -83.6948, 11.2],
    ['42.2565|-83.6948|500|m', 42.2565, -83.6948, 0.5],
    ['42.2565|-83.6948|500|cm', 42.2565, -83.6948, 0.005],
    ['42.2565|-83.6948|10|[mi_i]', 42.2565, -83.6948, 16.09344],
    ['42.2565|-83.6948|10|[mi_us]', 42.2565, -83.6948, 16.09347218694],
    ['42.2565|-83.6948|1|[nmi_i]', 42.2565, -83.6948, 1.852],
    ['42.2565|-83.6948', 42.2565, -83.6948, defaultDistance],
    ['42.2565|-83.6948||', 42.2565, -83.6948, defaultDistance],
    ['42.2565|-83.6948||m', 42.2565, -83.6948, defaultDistance],
    ['+90|-180|0|km', 90, -180, 0],
  ])('%s', (text, latitude, longitude, distance) => {
    expect(parsePosition('near', text)).toEqual({
      latitude,
      longitude,
      distance: expect.closeTo(distance, 9),
    });
  });

  it.each([
    '',
    '1',
    '1|',
    '|1',
    '1|2|3|km|5',
    'a|b',
    '1|2|x',
    '1|2|-5',
    '1|2|5|kg',
    '1|2|5|miles',
    '1|2|5|Cel',
    '91|0',
    '0|180.1',
    '1e1|2',
    'NaN|0',
  ])('refuses %j by name', (text) => {
    expect(() => parsePosition('near', text)).toThrow("'near'");
  });
});

describe('on Postgres', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await cloneDatabase();
    client = new pg.Client(database.url);
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  /** The numbers of the points that a condition lets through. */
  async function near(test: PositionTest, points: readonly Point[]): Promise<number[]> {
    const values: unknown[] = [points.map(([low]) => low), points.map(([, high]) => high)];
    const where = positionCondition(test, 'p', (value) => `$${values.push(value)}`);
    const { rows } = await client.query<{ n: string }>(
      `SELECT n - 1 AS n FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY p(low, high, n) WHERE ${where}`,
      values,
    );
    return rows.map(({ n }) => Number(n));
  }

  /** A point as its row has it. */
  function stored([latitude, longitude]: Point): Point {
    const { low, high } = positionOf({ latitude, longitude })!;
    return [low, high];
  }

  it('bears coordinates next to nothing', async () => {
    const origin = parsePosition('near', '0|0|1|km');
    expect(await near(origin, [stored([1e-320, -1e-170]), stored([5e-324, 5e-324])])).toEqual([0, 1]);
    expect(await near(parsePosition('near', '0.00000000000000000001|0'), [[0, 0]])).toEqual([0]);
  });

  const places: Record<string, Point> = {
    amsterdam: [52.3676, 4.9041],
    utrecht: [52.0907, 5.1214],
    fiji: [-16.5, 179.9],
    samoa: [-16.5, -179.9],
    pole: [89.9, 10],
    beyond: [89.9, -170],
    antipode: [-52.3676, -175.0959],
  };

  it.each([
    ['52.3676|4.9041|34|km', ['amsterdam']],
    ['52.3676|4.9041|35|km', ['amsterdam', 'utrecht']],
    ['52.3676|4.9041|0|km', ['amsterdam']],
    ['52.3676|4.9041', ['amsterdam', 'utrecht']],
    ['-16.5|180|20|km', ['fiji', 'samoa']],
    ['-16.5|-180|20|km', ['fiji', 'samoa']],
    ['-16.5|179.9|1|km', ['fiji']],
    ['89.9|10|25|km', ['pole', 'beyond']],
    ['89.9|10|20|km', ['pole']],
    ['90|0|12|km', ['pole', 'beyond']],
    ['52.3676|4.9041|20015|km', Object.keys(places).filter((name) => name !== 'antipode')],
    ['52.3676|4.9041|999999|km', Object.keys(places)],
  ])('near=%s', async (text, names) => {
    const found = await near(parsePosition('near', text), Object.values(places));
    expect(found.map((n) => Object.keys(places)[n])).toEqual(names);
  });

  it('finds what another formula says', async () => {
    const latitude = fc.oneof(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.constantFrom(-90, -89.99, 0, 89.99, 90),
    );
    const longitude = fc.oneof(
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.constantFrom(-180, -179.99, 0, 180),
    );
    const centre = fc.tuple(latitude, longitude);
    const distance = fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 21_000 }));
    // Points around the centre, so that the edge of the circle is met often; and anywhere.
    const offset = fc.tuple(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -5, max: 5, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(
        centre,
        distance,
        fc.array(offset, { maxLength: 40 }),
        fc.array(centre, { maxLength: 40 }),
        async ([north, east], reach, offsets, anywhere) => {
          const around = offsets
            .map(([dy, dx]): Point => [north + dy, east + dx])
            .filter(([y]) => Math.abs(y) <= 90)
            .map(([y, x]): Point => [y, x > 180 ? x - 360 : x < -180 ? x + 360 : x]);
          // Closer than a millimetre to the edge the formulas may differ.
          const points = [...around, ...anywhere]
            .map(stored)
            .filter((point) => Math.abs(distanceBetween(point, [north, east]) - reach) > 1e-6);
          const expected = points.flatMap((point, n) =>
            distanceBetween(point, [north, east]) <= reach ? [n] : [],
          );
          const asked = `${north.toFixed(15)}|${east.toFixed(15)}|${reach}`;
          expect(await near(parsePosition('near', asked), points)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
