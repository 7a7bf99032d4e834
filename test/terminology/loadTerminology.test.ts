import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadTerminology } from '../../server/definitions/loadTerminology.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { published } from './testTerminology.ts';

const OWN = 'https://salus.example/fhir/CodeSystem/';
const folder = mkdtempSync(join(tmpdir(), 'terminology-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('loadTerminology', () => {
  it('has the published code systems and value sets', () => {
    const systems = [...published.codeSystems.keys()].filter((url) => !url.startsWith(OWN));
    expect([systems.length, published.valueSets.size]).toEqual([1063, 1317]);
    const clinical = published.codeSystems.get('http://terminology.hl7.org/CodeSystem/condition-clinical');
    expect(clinical).toMatchObject({ version: '4.0.1', content: 'complete', caseSensitive: true });
    expect(clinical?.concepts.map(({ code, parents }) => [code, parents])).toEqual([
      ['active', undefined],
      ['recurrence', ['active']],
      ['relapse', ['active']],
      ['inactive', undefined],
      ['remission', ['inactive']],
      ['resolved', ['inactive']],
    ]);
  });

  it('joins nesting and properties into one hierarchy with several parents', () => {
    const roles = published.codeSystems.get('http://terminology.hl7.org/CodeSystem/v3-RoleCode');
    const daughter = roles?.concepts.find(({ code }) => code === 'DAUADOPT');
    expect(daughter?.parents?.toSorted()).toEqual(['CHLDADOPT', 'DAUC']);
  });

  it('caches what it builds, and builds again what cannot be read', () => {
    const first = loadTerminology(folder);
    const [file] = readdirSync(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(loadTerminology(folder)).toEqual(first);
    writeFileSync(join(folder, file!), '{"codeSystems": [');
    expect(loadTerminology(folder)).toEqual(first);
    expect(loadTerminology(folder)).toEqual(first);
  });

  it('is not loaded before the first question', async () => {
    let loads = 0;
    const load = () => {
      loads++;
      return published;
    };
    const terminology = createTerminology({ published: load });
    const view = terminology.at(1);
    expect(loads).toBe(0);
    await view.valueSet('http://hl7.org/fhir/ValueSet/observation-status');
    await terminology.at(2).codeSystem('http://hl7.org/fhir/observation-status');
    expect(loads).toBe(1);
  });
});
