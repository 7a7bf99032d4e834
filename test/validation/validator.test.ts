import { describe, expect, it } from '@jest/globals';
import type { Issue } from '../../server/errors.ts';
import { createValidator } from '../../server/validation/validator.ts';
import { definitions } from './structureSupport.ts';

const warning: Issue = { severity: 'warning', code: 'business-rule', diagnostics: 'a warning' };

describe('createValidator', () => {
  it('asks every further gate about a resource of sound structure, and no other', () => {
    const asked: unknown[] = [];
    const further = {
      validate(resource: unknown) {
        asked.push(resource);
        return [warning];
      },
    };
    const validator = createValidator(definitions, { gates: [further, further] });
    const sound = { resourceType: 'Patient' };
    expect(validator.validate(sound)).toEqual([warning, warning]);
    expect(validator.validate({ resourceType: 'Patient', active: 1 })).toHaveLength(1);
    expect(asked).toEqual([sound, sound]);
  });

  it('prepares all gates for the same types', () => {
    const prepared: string[] = [];
    const further = {
      validate: () => [],
      prepare: (types: Iterable<string>) => void prepared.push(...types),
    };
    createValidator(definitions, { gates: [further] }).prepare(new Set(['Patient', 'Observation']));
    expect(prepared).toEqual(['Patient', 'Observation']);
  });
});
