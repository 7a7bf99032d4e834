// The resources of an interaction, and what a correction writes: table tests without a store.
import { describe, expect, it } from '@jest/globals';
import { interactionJson } from '../../../server/clinic/interactions/interactionJson.ts';
import {
  type Interaction,
  interactionWrites,
  type TakenReading,
  withdrawal,
} from '../../../server/clinic/interactions/interactionResources.ts';
import { kinds, outcomes } from '../../../server/clinic/interactions/interactionTerms.ts';
import type { Resource } from '../../../server/services.ts';

const weight = (value: number): TakenReading => ({
  reading: {
    kind: { code: { system: 'http://loinc.org', code: '29463-7' }, display: 'Body weight' },
    value: { quantity: { value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' } },
    time: '2026-01-31T10:20:00+01:00',
  },
});

const visit: Interaction = {
  ...{ patient: 'Patient/1', doctor: { reference: 'Practitioner/2' }, time: '2026-01-31T10:20:00+01:00' },
  ...{ kind: 'phone', outcome: 'healthy', notes: 'Ñandú', vitals: [weight(70), weight(71)] },
};

const stored = (interaction: Interaction, known: readonly Resource[] = []): Resource[] => {
  const now = new Map(known.map((each) => [each.id, each]));
  for (const { resource } of interactionWrites(interaction, 'e', known)) now.set(resource!.id, resource!);
  return [...now.values()];
};
const toldBy = ([main, ...parts]: Resource[]) => interactionJson(main!, parts);
const statuses = (resources: Resource[]) => resources.map(({ status }) => status);

describe('interactionWrites', () => {
  const kindAndOutcome = Object.keys(kinds).flatMap((kind) =>
    Object.keys(outcomes).map((o) => [kind, o] as const),
  );

  it.each(kindAndOutcome)('%s, %s: what is stored tells what was sent', (kind, outcome) => {
    expect(toldBy(stored({ ...visit, kind, outcome }))).toMatchObject({
      ...{ id: 'fhir:e', doctor: 'Practitioner/2', time: visit.time, kind, outcome, notes: 'Ñandú' },
      vitals: [
        { code: '29463-7', value: 70, unit: 'kg' },
        { code: '29463-7', value: 71, unit: 'kg' },
      ],
    });
  });

  it('writes the Encounter first, and all of it by id', () => {
    const writes = interactionWrites(visit, 'e', []);
    expect(writes.map(({ method, type }) => `${method} ${type}`)).toEqual([
      ...['PUT Encounter', 'PUT Observation', 'PUT DocumentReference', 'PUT Observation', 'PUT Observation'],
    ]);
    expect(new Set(writes.map(({ id }) => id)).size).toBe(5);
  });

  it('corrects the reading that is not the same, and leaves the other', () => {
    const before = stored(visit);
    const after = stored({ ...visit, vitals: [weight(71), weight(72)] }, before);
    expect(after).toHaveLength(before.length);
    expect(statuses(after)).toEqual(['finished', 'final', 'current', 'corrected', 'final']);
    expect(toldBy(after).vitals).toMatchObject([{ value: 72 }, { value: 71 }]);
  });

  it('numbers new readings after those that were withdrawn', () => {
    const none = stored({ ...visit, vitals: [] }, stored(visit));
    expect(statuses(none).slice(3)).toEqual(['entered-in-error', 'entered-in-error']);
    expect(toldBy(none)).not.toHaveProperty('vitals');
    const after = stored({ ...visit, vitals: [weight(70)] }, none);
    const values = after.slice(3).map(({ identifier }) => (identifier as { value: string }[])[0]!.value);
    expect(values).toEqual(['interaction:e:1', 'interaction:e:2', 'interaction:e:3']);
  });

  it('moves everything to another time', () => {
    const time = '2026-02-01T08:00:00Z';
    const after = stored({ ...visit, time }, stored(visit));
    expect(statuses(after)).toEqual(['finished', 'corrected', 'current', 'corrected', 'corrected']);
    expect(after.slice(3).map(({ effectiveDateTime }) => effectiveDateTime)).toEqual([time, time]);
  });
});

describe('withdrawal', () => {
  it('marks what is not marked yet', () => {
    const some = stored({ ...visit, vitals: [weight(70)] }, stored(visit));
    const writes = withdrawal(some);
    expect(writes).toHaveLength(4);
    expect(new Set(writes.map(({ resource }) => resource!.status))).toEqual(new Set(['entered-in-error']));
  });
});
