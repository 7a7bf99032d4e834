import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import { childrenOf, placeOf, propertyOf, resolveElement } from '../../server/definitions/resolveElement.ts';
import { definitions } from './testDefinitions.ts';

const folder = mkdtempSync(join(tmpdir(), 'definitions-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('loadDefinitions', () => {
  it('has the 146 concrete resource types of R4', () => {
    expect(definitions.resourceTypes.size).toBe(146);
    for (const type of ['Patient', 'Bundle', 'Binary', 'Parameters', 'MedicinalProduct']) {
      expect(definitions.resourceTypes).toContain(type);
    }
    for (const type of ['Resource', 'DomainResource', 'MetadataResource', 'SubscriptionStatus', 'Quantity']) {
      expect(definitions.resourceTypes).not.toContain(type);
    }
    expect(definitions.searchParameters).toHaveLength(1377);
  });

  it('caches what it builds, and builds again what cannot be read', () => {
    const first = loadDefinitions(folder);
    const [file] = readdirSync(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(loadDefinitions(folder).types).toEqual(first.types);
    writeFileSync(join(folder, file!), '{"types": [');
    expect(loadDefinitions(folder).resourceTypes.size).toBe(146);
    expect(loadDefinitions(folder).searchParameters).toEqual(first.searchParameters);
  });
});

describe('the element model', () => {
  const observation = { type: 'Observation', path: '' };

  it('describes cardinality, choice, targets and bindings', () => {
    expect(resolveElement(definitions, observation, 'value')).toMatchObject({ choice: true, min: 0, max: 1 });
    expect(resolveElement(definitions, observation, 'category')).toMatchObject({
      types: ['CodeableConcept'],
      max: Number.POSITIVE_INFINITY,
    });
    expect(resolveElement(definitions, observation, 'subject')?.targets).toEqual([
      'Patient',
      'Group',
      'Device',
      'Location',
    ]);
    expect(resolveElement(definitions, observation, 'focus')?.targets).toBeUndefined();
    expect(resolveElement(definitions, observation, 'status')).toMatchObject({
      min: 1,
      isModifier: true,
      isSummary: true,
      binding: { strength: 'required', systems: ['http://hl7.org/fhir/observation-status'] },
    });
    expect(resolveElement(definitions, observation, 'id')?.types).toEqual(['string']);
    expect(resolveElement(definitions, observation, 'valueQuantity')).toBeUndefined();
  });

  it('leads into backbone elements, data types and referenced content', () => {
    const component = resolveElement(definitions, observation, 'component')!;
    const inComponent = placeOf(observation, component, 'BackboneElement');
    expect(inComponent).toEqual({ type: 'Observation', path: 'component' });
    const value = resolveElement(definitions, inComponent, 'value')!;
    expect(propertyOf(value, 'Quantity')).toBe('valueQuantity');
    expect(placeOf(inComponent, value, 'Quantity')).toEqual({ type: 'Quantity', path: '' });
    const item = { type: 'Questionnaire', path: 'item' };
    expect(placeOf(item, resolveElement(definitions, item, 'item')!, 'BackboneElement')).toEqual(item);
  });

  it('lists direct children only', () => {
    const names = childrenOf(definitions, { type: 'Observation', path: 'referenceRange' }).map((e) => e.path);
    expect(names).toContain('referenceRange.low');
    expect(childrenOf(definitions, observation).map((e) => e.path)).not.toContain('component.code');
  });
});
