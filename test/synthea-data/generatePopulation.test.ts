// The generator's promises: the same seed gives the same bytes, patients do not depend on how many
// there are, the order of files.
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { generatePopulation, writeBundle } from '../../synthea-data/generatePopulation.ts';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

function write(patients: number, seed: string | number, years?: number): Map<string, string> {
  const files = new Map<string, string>();
  for (const { fileName, bundle } of generatePopulation({ patients, seed, ...(years ? { years } : {}) })) {
    files.set(fileName, writeBundle(bundle));
  }
  return files;
}

describe('generatePopulation', () => {
  it('writes the same bytes for the same seed, and others for another', () => {
    const first = write(8, 42);
    expect(write(8, 42)).toEqual(first);
    expect(write(8, '42')).toEqual(first);
    const [, , ...patients] = [...first.keys()];
    const [, , ...others] = [...write(8, 43).keys()];
    expect(patients.filter((name) => others.includes(name))).toEqual([]);
  });

  it('makes patient k the same whatever the number of patients', () => {
    const few = write(3, 'independent');
    const many = write(9, 'independent');
    for (const [name, text] of few) expect(many.get(name)).toBe(text);
    expect(many.size).toBe(11);
  });

  it('puts hospitals first, practitioners second, then one transaction per patient', () => {
    const bundles = [...generatePopulation({ patients: 2, seed: 1 })];
    expect(bundles.map(({ bundle }) => bundle.type)).toEqual([
      'batch',
      'batch',
      'transaction',
      'transaction',
    ]);
    expect(bundles[0]!.fileName).toMatch(/^hospitalInformation\d+\.json$/);
    expect(bundles[1]!.fileName).toMatch(/^practitionerInformation\d+\.json$/);
    for (const { fileName, bundle } of bundles.slice(2)) {
      expect(fileName).toMatch(/^[A-Za-z]+\d+_[A-Za-z]+\d+_[0-9a-f-]{36}\.json$/);
      expect(bundle.entry![0]!.resource!.resourceType).toBe('Patient');
      for (const entry of bundle.entry!) {
        expect(entry.request).toEqual({ method: 'POST', url: entry.resource!.resourceType });
        expect(entry.fullUrl).toBe(`urn:uuid:${entry.resource!.id}`);
      }
    }
    for (const { bundle } of bundles.slice(0, 2)) {
      for (const entry of bundle.entry!) expect(entry.request!.ifNoneExist).toMatch(/^identifier=\S+\|\S+$/);
    }
  });

  it('shares hospitals and practitioners among all populations', () => {
    const [hospitals, practitioners] = [...write(1, 1).values()];
    expect([...write(1, 'another').values()].slice(0, 2)).toEqual([hospitals, practitioners]);
  });

  it('never uses a fullUrl twice, in a bundle or in a population', () => {
    const seen = new Set<string>();
    let entries = 0;
    for (const { bundle } of generatePopulation({ patients: 60, seed: 5 })) {
      for (const entry of bundle.entry!) seen.add(entry.fullUrl!);
      entries += bundle.entry!.length;
    }
    expect(seen.size).toBe(entries);
  });

  it('gives the person of a seed the same name and birth date however short the history', () => {
    const names = (years: number): string[] => [...write(4, 9, years).keys()];
    expect(names(1)).toEqual(names(20));
    const size = (years: number): number => [...write(4, 9, years).values()].join('').length;
    expect(size(1)).toBeLessThan(size(20));
  });

  it('shares no object between resources, so that one can be changed without the other', () => {
    const seen = new Set<object>();
    let shared = 0;
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (seen.has(value)) shared += 1;
      seen.add(value);
      for (const child of Object.values(value)) walk(child);
    };
    for (const { bundle } of generatePopulation({ patients: 15, seed: 6 })) walk(bundle);
    expect(shared).toBe(0);
  });

  it('writes bundles that read back as they were, one entry a line', () => {
    for (const { bundle } of generatePopulation({ patients: 1, seed: 3 })) {
      const text = writeBundle(bundle);
      expect(JSON.parse(text)).toEqual(bundle);
      expect(text.split('\n').length).toBe(bundle.entry!.length + 3);
    }
  });

  it('writes on this machine what it wrote where the sample was made', () => {
    // One patient's bytes, pinned: another machine, Node version or time zone must not change them.
    const [, , text] = [...write(1, 'pinned').values()];
    expect(digest(text!)).toBe('38ff1d49a6260e8367540ceadf8f6b55de624513d02412e3b4f4cec28ae2e1ad');
  });
});
