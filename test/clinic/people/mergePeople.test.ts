// Two records of one person → what each is from then on, element by element.
import { describe, expect, it } from '@jest/globals';
import { mergedNames, mergedTelecom } from '../../../server/clinic/people/mergeNames.ts';
import { contradictions, mergePeople } from '../../../server/clinic/people/mergePeople.ts';
import type { Resource } from '../../../server/services.ts';

const STATES = 'https://salus.example/fhir/CodeSystem/person-states';
const EXTENSIONS = 'https://salus.example/fhir/StructureDefinition/salus-';
const patient = (id: string, members: object = {}): Resource => ({
  ...{ resourceType: 'Patient', id },
  ...members,
});
const merge = (survivor: object, other: object) =>
  mergePeople(patient('old', survivor), patient('new', other));
const tagged = (code?: string) => ({ meta: { tag: code ? [{ system: STATES, code }] : [] } });
const at = (name: string, valueDateTime: string) => ({ url: `${EXTENSIONS}${name}`, valueDateTime });
const died = 'The older record says that the person has died, the newer one does not.';

describe('contradictions', () => {
  it.each<[what: string, survivor: object, other: object, told: RegExp | undefined]>([
    ['the same date', { birthDate: '1990-05-05' }, { birthDate: '1990-05-05' }, undefined],
    ['a date and its year', { birthDate: '1990-05-05' }, { birthDate: '1990' }, undefined],
    ['another date', { birthDate: '1990-05-05' }, { birthDate: '1990-05-06' }, /^The date of birth/],
    [
      'another year',
      { birthDate: '1990' },
      { birthDate: '1991-05-05' },
      /1990, that of the newer one 1991-05/,
    ],
    ['one date', {}, { birthDate: '1990' }, undefined],
    ['another sex', { gender: 'male' }, { gender: 'female' }, /^The sex/],
    ['a sex that is unknown', { gender: 'unknown' }, { gender: 'female' }, undefined],
    ['a death', { deceasedBoolean: true }, {}, new RegExp(died)],
    ['the news of a death', { deceasedBoolean: false }, { deceasedDateTime: '2026' }, undefined],
    ['another death', { deceasedDateTime: '2025' }, { deceasedDateTime: '2026' }, /^The date of death/],
    ['a record out of use', { active: false }, {}, /out of use/],
  ])('of %s', (_what, survivor, other, told) => {
    const found = contradictions(patient('old', survivor), patient('new', other));
    expect(found).toEqual(told ? [expect.stringMatching(told)] : []);
  });
});

describe('mergePeople', () => {
  it.each<[what: string, survivor: object, other: object, expected: object]>([
    ['the more exact date', { birthDate: '1990' }, { birthDate: '1990-05-05' }, { birthDate: '1990-05-05' }],
    [
      'the date with what is said of it',
      { birthDate: '1990-05-05', _birthDate: { id: 'x' } },
      { birthDate: '1990', _birthDate: { id: 'y' } },
      { birthDate: '1990-05-05', _birthDate: { id: 'x' } },
    ],
    ['a sex that is known', { gender: 'unknown' }, { gender: 'female' }, { gender: 'female' }],
    ['a sex that is not known', {}, { gender: 'unknown' }, { gender: 'unknown' }],
    [
      'one value of a choice',
      { multipleBirthBoolean: true },
      { multipleBirthInteger: 2 },
      { multipleBirthBoolean: true },
    ],
    [
      'a death',
      { deceasedBoolean: false },
      { deceasedDateTime: '2026-01-01' },
      { deceasedDateTime: '2026-01-01' },
    ],
    [
      'lists without repeating',
      { address: [{ city: 'A' }] },
      { address: [{ city: 'A' }, { city: 'B' }], photo: [{ url: 'x' }] },
      { address: [{ city: 'A' }, { city: 'B' }], photo: [{ url: 'x' }] },
    ],
    [
      'the newer hospital, and all physicians',
      { generalPractitioner: [{ reference: 'Practitioner/1' }, { reference: 'Organization/1' }] },
      { generalPractitioner: [{ reference: 'Organization/2' }, { reference: 'Practitioner/1' }] },
      {
        generalPractitioner: ['Practitioner/1', 'Organization/2', 'Organization/1'].map((reference) => ({
          reference,
        })),
      },
    ],
    [
      'the first contact and the last',
      { extension: [at('first-contact', '2026-01-02T10:00:00Z')] },
      { extension: [{ url: 'x', valueString: 'y' }, at('first-contact', '2026-02-01T01:00:00+05:00')] },
      {
        extension: [
          { url: 'x', valueString: 'y' },
          at('first-contact', '2026-01-02T10:00:00Z'),
          at('last-contact', '2026-02-01T01:00:00+05:00'),
        ],
      },
    ],
    [
      'one extension of a kind',
      { extension: [{ url: 'x', valueString: 'own' }] },
      { extension: [{ url: 'x', valueString: 'other' }] },
      { extension: [{ url: 'x', valueString: 'own' }] },
    ],
    [
      'labels that restrict access',
      { meta: { security: [{ code: 'R' }] } },
      { meta: { security: [{ code: 'V' }] } },
      { meta: { security: [{ code: 'R' }, { code: 'V' }] } },
    ],
    [
      'links to others, and none of the two to one another',
      { link: [{ other: { reference: 'Patient/new' }, type: 'seealso' }] },
      {
        link: [
          { other: { reference: 'Patient/older' }, type: 'replaces' },
          { other: { reference: 'Patient/old' }, type: 'seealso' },
        ],
      },
      {
        link: [
          { other: { reference: 'Patient/older' }, type: 'replaces' },
          { other: { reference: 'Patient/new' }, type: 'replaces' },
        ],
      },
    ],
    [
      'a narrative that somebody wrote',
      { text: { status: 'additional', div: 'x' } },
      {},
      { text: { status: 'additional', div: 'x' } },
    ],
  ])('keeps %s', (_what, survivor, other, expected) => {
    const { id: _, resourceType: __, meta, link, ...kept } = merge(survivor, other).survivor;
    const named = {
      ...kept,
      ...('meta' in expected && { meta }),
      ...('link' in expected && { link }),
    };
    expect(named).toEqual(expected);
  });

  it.each([
    ['lead', 'lead', 'lead'],
    ['lead', 'patient', 'patient'],
    ['patient', 'lead', 'patient'],
    ['lead', undefined, 'patient'],
    [undefined, 'lead', 'patient'],
    [undefined, undefined, undefined],
  ])('makes a %s and a %s a %s', (own, other, expected) => {
    const { survivor } = merge(tagged(own), tagged(other));
    const tags = (survivor.meta?.tag ?? []) as { code: string }[];
    expect(tags.map(({ code }) => code)).toEqual(expected ? [expected] : []);
  });

  it('brings back what was out of use', () => {
    const { survivor, merged } = merge({ active: false }, { active: true });
    expect([survivor.active, merged.active]).toEqual([true, false]);
  });
});

describe('names and addresses', () => {
  const ana = { family: 'Ruiz', given: ['Ana', 'Luz'] };
  it.each<[what: string, older: object[], newer: object[], expected: object[]]>([
    ['nothing new', [ana], [{ text: 'ANA LUZ RUÍZ' }], [ana]],
    ['less', [ana], [{ family: 'Ruiz' }], [ana]],
    [
      'another in vowel signs',
      [{ given: ['राम'] }],
      [{ given: ['रमा'] }],
      [{ given: ['रमा'] }, { given: ['राम'], use: 'old' }],
    ],
    ['more', [{ family: 'Ruiz' }], [ana], [ana, { family: 'Ruiz', use: 'old' }]],
    ['a nickname', [ana], [{ use: 'nickname', text: 'Anita' }], [ana, { use: 'nickname', text: 'Anita' }]],
    [
      'beside a maiden name',
      [ana, { use: 'maiden', family: 'Paz' }],
      [{ family: 'Vega' }],
      [{ family: 'Vega' }, { ...ana, use: 'old' }, { use: 'maiden', family: 'Paz' }],
    ],
    ['the first', [], [ana], [ana]],
  ])('are told: %s', (_what, older, newer, expected) => {
    expect(mergedNames(older, newer)).toEqual(expected);
  });

  const email = (value: string, use?: string) => ({ system: 'email', value, ...(use && { use }) });
  const phone = (value: string, use?: string) => ({ system: 'phone', value, ...(use && { use }) });
  it.each<[what: string, older: object[], newer: object[], expected: object[]]>([
    ['the same', [email('a@x')], [email('A@x')], [email('a@x')]],
    ['another', [email('a@x', 'home')], [email('b@x')], [email('b@x'), email('a@x', 'old')]],
    [
      'of another use',
      [phone('1', 'home')],
      [phone('2', 'mobile')],
      [phone('2', 'mobile'), phone('1', 'home')],
    ],
    ['of another kind', [email('a@x')], [phone('2')], [phone('2'), email('a@x')]],
    [
      'one that was old',
      [email('a@x'), email('b@x', 'old')],
      [email('b@x')],
      [email('b@x'), email('a@x', 'old')],
    ],
    [
      'one of two that are known',
      [email('a@x', 'work'), email('b@x', 'home')],
      [email('b@x')],
      [email('b@x', 'home'), email('a@x', 'work')],
    ],
    ['spelled otherwise', [phone('+52 81-55')], [phone('+528155')], [phone('+52 81-55')]],
    ['none', [email('a@x')], [], [email('a@x')]],
  ])('are reached: %s', (_what, older, newer, expected) => {
    expect(mergedTelecom(older, newer)).toEqual(expected);
  });
});
