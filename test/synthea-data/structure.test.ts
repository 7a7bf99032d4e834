// Everything generated is valid R4: the server's structural gate finds nothing, periods run
// forwards, nothing lies in the future.
import { describe, expect, it } from '@jest/globals';
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import { createStructureValidator } from '../../server/validation/createStructureValidator.ts';
import { REFERENCE_TIME, writeDateTime } from '../../synthea-data/calendar.ts';
import { everyObject, ofType, population, resources } from './population.ts';

const { information, patients } = population({ patients: 30, seed: 'structure' });

describe('generated resources', () => {
  it('pass the structural gate', () => {
    const validator = createStructureValidator(loadDefinitions());
    const issues = new Map<string, unknown>();
    for (const bundle of [...information, ...patients]) {
      // As a server reads them: through JSON.
      const read = JSON.parse(JSON.stringify(bundle)) as typeof bundle;
      for (const resource of resources(read)) {
        for (const issue of validator.validate(resource))
          issues.set(JSON.stringify(issue).replace(/\d+/g, '0'), issue);
      }
    }
    expect([...issues.values()]).toEqual([]);
  });

  it('have periods that do not end before they start', () => {
    const backwards: unknown[] = [];
    for (const bundle of patients) {
      everyObject(bundle, ({ start, end }) => {
        if (typeof start === 'string' && typeof end === 'string' && Date.parse(end) < Date.parse(start))
          backwards.push({ start, end });
      });
    }
    expect(backwards).toEqual([]);
  });

  it('happen between birth and the reference time or death', () => {
    const latest = Date.parse(writeDateTime(REFERENCE_TIME));
    for (const bundle of patients) {
      const [patient] = ofType([bundle], 'Patient');
      const from = Date.parse(`${patient!.birthDate}T00:00:00-05:00`);
      const until = patient!.deceasedDateTime ? Date.parse(patient!.deceasedDateTime) : latest;
      const times = ofType([bundle], 'Observation').map((one) => Date.parse(one.effectiveDateTime!));
      expect(times.filter((time) => time < from || time > until)).toEqual([]);
    }
  });

  it('have encounters that never overlap, and conditions that end after they begin', () => {
    for (const bundle of patients) {
      let before = Number.NEGATIVE_INFINITY;
      for (const encounter of ofType([bundle], 'Encounter')) {
        expect(Date.parse(encounter.period!.start!)).toBeGreaterThanOrEqual(before);
        before = encounter.period!.end ? Date.parse(encounter.period!.end) : Number.POSITIVE_INFINITY;
      }
      for (const condition of ofType([bundle], 'Condition')) {
        const resolved = condition.clinicalStatus!.coding![0]!.code === 'resolved';
        expect(condition.abatementDateTime !== undefined).toBe(resolved);
        if (resolved)
          expect(Date.parse(condition.abatementDateTime!)).toBeGreaterThan(
            Date.parse(condition.onsetDateTime!),
          );
      }
    }
  });

  it('escape what their narratives quote', () => {
    for (const bundle of patients) {
      everyObject(bundle, ({ div }) => {
        if (typeof div === 'string') expect(div).not.toMatch(/&(?!amp;|lt;|gt;)/);
      });
    }
  });
});
