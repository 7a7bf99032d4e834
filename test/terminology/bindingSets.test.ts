// Every value set that the published structures bind, and how its codes are decided; compared with its expansion.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  type BoundCanonicals,
  boundCanonicals,
  type CompactSet,
  loadBindings,
} from '../../server/definitions/publishedBindings.ts';
import { loadStructures } from '../../server/definitions/publishedStructures.ts';
import { findBoundSets, publishedBoundSets } from '../../server/fhir/boundSets.ts';
import { bindingSets, boundSetFrom } from '../../server/terminology/bindingSets.ts';
import { membership } from '../../server/terminology/codeSets.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { codeSystem, published, publishedView, valueSet, viewOf } from './testTerminology.ts';

const folder = mkdtempSync(join(tmpdir(), 'bindings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const structures = loadStructures();
const bound: BoundCanonicals = boundCanonicals(structures);
const compact = {
  required: await bindingSets(publishedView, bound.required),
  extensible: await bindingSets(publishedView, bound.extensible),
};
const all = { ...compact.extensible, ...compact.required };
const short = (canonical: string) => canonical.replace('http://hl7.org/fhir/ValueSet/', '');

/** Canonicals that the specification itself binds as required: not those of guides, nor of extensions. */
const ofSpecification = new Set(
  [...structures.urls()]
    .map((url) => structures.find(url)!)
    .filter(({ derivation, kind }) => derivation !== 'constraint' && kind !== 'logical')
    .flatMap(({ elements }) => elements)
    .flatMap(({ binding }) => [
      ...(binding?.strength === 'required' ? [binding.valueSet!] : []),
      ...(binding?.maxValueSet ? [binding.maxValueSet] : []),
    ]),
);

const wholeOf = ({ systems }: CompactSet) =>
  Object.keys(systems).filter((system) => 'except' in systems[system]!);

describe('what the specification binds as required', () => {
  it('is listed, but for these', () => {
    const found = [...ofSpecification].map((canonical): [string, CompactSet] => [
      canonical,
      compact.required[canonical]!,
    ]);
    const isListed = (set: CompactSet) => wholeOf(set).length === 0 && !set.unresolved;
    const others = found.filter(([, set]) => !isListed(set));
    expect(found.length - others.length).toBeGreaterThan(200);
    expect(
      Object.fromEntries(
        others.map(([canonical, set]) => [
          short(canonical),
          [...wholeOf(set), ...(set.unresolved ?? []).map(({ message }) => message)].join(),
        ]),
      ),
    ).toEqual(EXCEPTIONS);
    for (const [canonical, set] of found) {
      if (isListed(set))
        expect([canonical, Object.values(set.systems).flat().length]).not.toEqual([canonical, 0]);
    }
  });
});

/** Told by the grammar of the system, by the library of units, or not at all: the answer list is none of R4's. */
const EXCEPTIONS = {
  'all-languages': 'urn:ietf:bcp:47',
  'currencies|4.0.1': 'urn:iso:std:iso:4217',
  'mimetypes|4.0.1': 'urn:ietf:bcp:13',
  'http://www.rfc-editor.org/bcp/bcp13.txt': 'urn:ietf:bcp:13',
  'ucum-units|4.0.1': 'http://unitsofmeasure.org',
  'all-distance-units': expect.stringMatching(/does not hold the codes of http:\/\/unitsofmeasure.org/),
  'all-time-units': expect.stringMatching(/does not hold the codes of http:\/\/unitsofmeasure.org/),
  'http://loinc.org/vs/LL379-9|4.0.1': 'the value set http://loinc.org/vs/LL379-9|4.0.1 is not known here',
};

describe('sets read back', () => {
  it.each(Object.keys(all).map((canonical) => [short(canonical), canonical]))(
    '%s says what its expansion says',
    async (_, canonical) => {
      const url = canonical.split('|')[0]!;
      const meant = url.endsWith('/bcp13.txt') ? 'http://hl7.org/fhir/ValueSet/mimetypes' : url;
      const expansion = (await publishedView.expansion(canonical)) ?? (await publishedView.expansion(meant));
      const set = boundSetFrom(url, JSON.parse(JSON.stringify(all[canonical])) as CompactSet);
      if (!expansion || set.unknown[0]?.includes('is not known here')) {
        expect([set.contains('http://x', 'y'), set.contains(undefined, 'y')]).toEqual(['unknown', 'unknown']);
        return;
      }
      for (const [system, { codes, whole }] of expansion.systems) {
        for (const code of codes.keys()) {
          expect([code, set.contains(system, code), set.contains(undefined, code)]).toEqual([
            code,
            true,
            true,
          ]);
        }
        if (!whole) {
          const other = 'no code of any system';
          expect(set.contains(system, other)).toBe(membership(expansion, system, other));
        }
      }
      expect(set.contains('http://t/other', 'x')).toBe(membership(expansion, 'http://t/other', 'x'));
      const known = [...expansion.systems.values()].reduce((sum, { codes }) => sum + codes.size, 0);
      expect(set.count).toBe(known);
      const closed = [...expansion.systems.values()].every(({ whole }) => !whole);
      expect(set.complete).toBe(closed && expansion.unresolved.length + expansion.partial.length === 0);
    },
  );
});

describe('systems decided by how codes are written', () => {
  const find = (name: string) => {
    const canonical = [name, `${name}|4.0.1`]
      .map((each) => `http://hl7.org/fhir/ValueSet/${each}`)
      .find((each) => all[each]);
    return boundSetFrom(name, all[canonical!]!);
  };

  it.each<[string, Record<string, boolean | 'unknown'>]>([
    [
      'mimetypes',
      {
        'text/plain': true,
        'application/fhir+json': true,
        'text/plain; charset=UTF-8': true,
        'application/vnd.ms-excel': true,
        'application/dicom;transfer-syntax="1.2.840"': true,
        json: true,
        text: false,
        'text/': false,
        'text/plain/more': false,
        'text /plain': false,
        'application/*': false,
      },
    ],
    [
      'all-languages',
      {
        en: true,
        'en-US': true,
        'zh-Hant-TW': true,
        'zh-cmn-Hans-CN': true,
        'de-CH-1996': true,
        'sl-rozaj-biske': true,
        'de-DE-u-co-phonebk': true,
        'x-whatever': true,
        'i-klingon': true,
        es_MX: false,
        English: false,
        e: false,
        'en-': false,
        '': false,
      },
    ],
    ['timezones', { 'America/New_York': true, UTC: true, 'Mars/Olympus_Mons': 'unknown', 'New York': false }],
    ['jurisdiction', { US: true, USA: true, '840': true, 'US-MA': true, 'New England': 'unknown' }],
    ['currencies', { USD: true, EUR: true, CHF: true, usd: false, $: false, US: false, XQQ: 'unknown' }],
  ])('%s', (name, verdicts) => {
    const set = find(name);
    const found = Object.keys(verdicts).map((code) => [code, set.contains(undefined, code)]);
    expect(Object.fromEntries(found)).toEqual(verdicts);
  });
});

describe('publishedBoundSets', () => {
  const terminology = () => createTerminology({ published: () => published });

  it('are built once, read without the terminology, and built again where they are cut off', async () => {
    const status = 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1';
    const first = await publishedBoundSets(folder, structures, terminology());
    expect(first(status)?.contains(undefined, 'final')).toBe(true);
    const files = readdirSync(folder);
    expect(files).toHaveLength(2);

    const unasked = createTerminology({
      published: () => {
        throw new Error('the terminology was loaded');
      },
    });
    const again = await publishedBoundSets(folder, structures, unasked);
    expect(again(status)?.contains('http://hl7.org/fhir/observation-status', 'finl')).toBe(false);
    expect(again('http://hl7.org/fhir/ValueSet/condition-category')?.count).toBe(2);
    expect(again('http://t/vs/not-bound')).toBeUndefined();
    expect(again(status)).toBe(again(status));

    writeFileSync(join(folder, files[0]!), '{"http://hl7.org');
    const mended = await publishedBoundSets(folder, structures, terminology());
    expect(mended(status)?.contains(undefined, 'final')).toBe(true);
    expect(mended('http://hl7.org/fhir/ValueSet/condition-category')?.count).toBe(2);
    expect(readdirSync(folder).toSorted()).toEqual(files.toSorted());
  });

  it('without a folder are the same', async () => {
    const find = await loadBindings(undefined, structures, (urls) => bindingSets(publishedView, urls));
    for (const canonical of [...bound.required, ...bound.extensible]) {
      expect(find(canonical)).toEqual(all[canonical]);
    }
  });

  it('tell units', async () => {
    const units = (await publishedBoundSets(folder, structures, terminology()))(
      'http://hl7.org/fhir/ValueSet/ucum-units|4.0.1',
    )!;
    const found = ['mg/dL', '{score}', 'kg/m2', 'mg per dL'].map((code) =>
      units.contains('http://unitsofmeasure.org', code),
    );
    expect(found).toEqual([true, true, true, false]);
    expect(units.contains('http://t/units', 'mg/dL')).toBe(false);

    const find = await publishedBoundSets(folder, structures, terminology());
    const times = find('http://hl7.org/fhir/ValueSet/all-time-units')!;
    const lengths = find('http://hl7.org/fhir/ValueSet/all-distance-units')!;
    const verdicts = ['a', 'min', 'km', '[in_i]', 'mg', '[pH]', 'a year'].map((code) => [
      times.contains('http://unitsofmeasure.org', code),
      lengths.contains('http://unitsofmeasure.org', code),
    ]);
    expect(verdicts).toEqual([
      [true, false],
      [true, false],
      [false, true],
      [false, true],
      [false, false],
      ['unknown', 'unknown'],
      [false, false],
    ]);
  });
});

describe('findBoundSets', () => {
  const view = viewOf(
    codeSystem('colour', ['red', 'green']),
    codeSystem('part', ['one', { code: 'two', property: [{ code: 'inactive', valueBoolean: true }] }], {
      content: 'fragment',
    }),
    codeSystem('caseless', ['AbC'], { caseSensitive: false }),
    valueSet('colours', [{ system: 'http://t/colour' }], [], { name: 'Hues', title: 'Colours' }),
    valueSet('some', [
      { system: 'http://t/part', filter: [{ property: 'concept', op: 'is-a', value: 'one' }] },
    ]),
    valueSet('caseless', [{ system: 'http://t/caseless' }]),
    valueSet('deep', [{ valueSet: ['http://t/vs/deep'] }]),
    valueSet('slow', [
      { system: 'http://t/slow', filter: [{ property: 'code', op: 'regex', value: '(a+)+' }] },
    ]),
    codeSystem('slow', [`${'a'.repeat(40)}!`]),
  );
  const url = (name: string) => `http://t/vs/${name}`;

  it('are those that were asked for', async () => {
    const find = await findBoundSets(view, [url('colours')]);
    expect(find(url('colours'))).toMatchObject({ name: 'Colours', sample: ['red', 'green'], complete: true });
    expect(find(url('some'))).toBeUndefined();
  });

  it('know what they cannot know', async () => {
    const names = ['some', 'none', 'deep', 'slow', 'caseless'];
    const find = await findBoundSets(view, names.map(url));
    const some = find(url('some'))!;
    expect([some.contains('http://t/part', 'one'), some.contains('http://t/part', 'three')]).toEqual([
      true,
      'unknown',
    ]);
    expect(some.unknown).toEqual(['only a part of the codes of http://t/part is held here']);
    expect(find(url('none'))).toMatchObject({ unknown: [`the value set ${url('none')} is not known here`] });
    for (const name of ['none', 'deep', 'slow']) expect(find(url(name))!.contains('x', 'y')).toBe('unknown');
    expect(find(url('slow'))!.unknown[0]).toMatch(/takes too long/);
    expect(find(url('caseless'))!.contains('http://t/caseless', 'abc')).toBe(true);
  });

  it('tell units of a dimension', async () => {
    const times = 'http://hl7.org/fhir/ValueSet/all-time-units';
    const set = (await findBoundSets(view, [times]))(times)!;
    const verdicts = ['a', 'km'].map((code) => set.contains('http://unitsofmeasure.org', code));
    expect(verdicts).toEqual([true, false]);
  });

  it('are limited in number', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => url(`n${i}`));
    await expect(findBoundSets(view, many)).rejects.toMatchObject({ status: 400 });
  });
});
