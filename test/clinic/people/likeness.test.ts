// How alike two people are: every kind of pair that a clinic meets, and what must follow.
import { describe, expect, it } from '@jest/globals';
import { factsOfForm } from '../../../server/clinic/people/leadFacts.ts';
import {
  evidence,
  likenessOf,
  plainPhone,
  plainWordsOf,
  thresholds,
  wordLikeness,
} from '../../../server/clinic/people/likeness.ts';
import type { Json } from '../../../server/clinic/things/clinicResource.ts';

const verdict = (one: Json, other: Json): string => {
  const { score } = likenessOf(factsOfForm(one), factsOfForm(other));
  if (score >= thresholds.certain) return 'certain';
  return score >= thresholds.doubtful ? 'doubtful' : 'another';
};

const JOSE = { first_name: 'José', last_name: 'Villalobos' };
const email = 'pepe@ejemplo.com';
const phone = '+52 81 8000 0000';
const birth_date = '1955-04-10';
const booking_date = '2031-01-31T10:20:00+01:00';

describe('likenessOf', () => {
  it.each<[what: string, one: Json, other: Json, verdict: string]>([
    ['all the same', { ...JOSE, email, phone, birth_date }, { ...JOSE, email, phone, birth_date }, 'certain'],
    ['e-mail and name', { ...JOSE, email }, { ...JOSE, email }, 'certain'],
    ['e-mail in another case', { ...JOSE, email }, { ...JOSE, email: 'PEPE@Ejemplo.COM' }, 'certain'],
    [
      'e-mail, phone and last name, both without a first name',
      { last_name: 'Gil', email, phone },
      { last_name: 'Gil', email, phone },
      'doubtful',
    ],
    [
      'e-mail, year of birth and last name, both without a first name',
      { last_name: 'Gil', email, birth_date: '1955' },
      { last_name: 'Gil', email, birth_date },
      'doubtful',
    ],
    [
      'e-mail, birth and last name, both without a first name',
      { last_name: 'Gil', email, birth_date },
      { last_name: 'Gil', email, birth_date },
      'certain',
    ],
    [
      'e-mail, phone and two last names in another order, both without a first name',
      { last_name: 'Gil Luna', email, phone },
      { last_name: 'Luna Gil', email, phone },
      'doubtful',
    ],
    [
      'e-mail and birth, another last name: a marriage',
      { ...JOSE, email, birth_date },
      { ...JOSE, last_name: 'Gil', email, birth_date },
      'certain',
    ],
    [
      'phone and birth, another last name: a marriage',
      { ...JOSE, phone, birth_date },
      { ...JOSE, last_name: 'Gil', phone, birth_date },
      'certain',
    ],
    ['e-mail, another last name', { ...JOSE, email }, { ...JOSE, last_name: 'Gil', email }, 'doubtful'],
    [
      'e-mail and phone, another last name',
      { ...JOSE, email, phone },
      { ...JOSE, last_name: 'Gil', email, phone },
      'doubtful',
    ],
    [
      'e-mail and year of birth, another last name',
      { ...JOSE, email, birth_date: '1955' },
      { ...JOSE, last_name: 'Gil', email, birth_date },
      'doubtful',
    ],
    [
      'e-mail, a last name one letter apart',
      { first_name: 'Ana', last_name: 'Lopez', email },
      { first_name: 'Ana', last_name: 'Lopes', email },
      'doubtful',
    ],
    [
      'e-mail, one of two last names',
      { first_name: 'Ana', last_name: 'Luna', email },
      { first_name: 'Ana', last_name: 'Luna Sol', email },
      'doubtful',
    ],
    [
      'e-mail and year of birth, one of two last names',
      { first_name: 'Ana', last_name: 'Luna', email, birth_date: '1990' },
      { first_name: 'Ana', last_name: 'Luna Sol', email, birth_date: '1990-02-11' },
      'certain',
    ],
    [
      'e-mail and last name, no first name',
      { ...JOSE, email },
      { last_name: 'Villalobos', email },
      'doubtful',
    ],
    [
      'e-mail, phone and last name, no first name',
      { ...JOSE, email, phone },
      { last_name: 'Villalobos', email, phone },
      'doubtful',
    ],
    [
      'birth and last name, no first name',
      { ...JOSE, birth_date },
      { last_name: 'Villalobos', birth_date },
      'doubtful',
    ],
    [
      'e-mail, birth and last name, no first name',
      { ...JOSE, email, birth_date },
      { last_name: 'Villalobos', email, birth_date },
      'certain',
    ],
    [
      'e-mail and birth, no first name, another last name',
      { ...JOSE, email, birth_date },
      { last_name: 'Gil', email, birth_date },
      'doubtful',
    ],
    [
      'e-mail, one of two first names: mother and daughter',
      { first_name: 'Ana Maria', last_name: 'Gil', email, birth_date },
      { first_name: 'Ana', last_name: 'Gil', email },
      'doubtful',
    ],
    [
      'e-mail and year of birth, one of two first names',
      { first_name: 'Ana Maria', last_name: 'Gil', email, birth_date: '1955' },
      { first_name: 'Ana', last_name: 'Gil', email, birth_date },
      'doubtful',
    ],
    [
      'e-mail and birth, one of two first names',
      { first_name: 'Ana Maria', last_name: 'Gil', email, birth_date },
      { first_name: 'Ana', last_name: 'Gil', email, birth_date },
      'certain',
    ],
    [
      'e-mail and a slip in the first name',
      { ...JOSE, email },
      { ...JOSE, first_name: 'Jsoé', email },
      'doubtful',
    ],
    [
      'e-mail and a slip in the last name',
      { ...JOSE, email },
      { ...JOSE, last_name: 'Villalobso', email },
      'certain',
    ],
    [
      'e-mail and name, another phone',
      { ...JOSE, email, phone },
      { ...JOSE, email, phone: '1234567' },
      'certain',
    ],
    [
      'e-mail and last name, another first name: siblings',
      { ...JOSE, email },
      { ...JOSE, first_name: 'Ana', email },
      'doubtful',
    ],
    [
      'the same of another date of birth',
      { ...JOSE, email, birth_date },
      { ...JOSE, first_name: 'Ana', email, birth_date: '1990-01-01' },
      'doubtful',
    ],
    [
      'twins with their parents’ e-mail',
      { ...JOSE, email, phone, birth_date },
      { ...JOSE, first_name: 'Mario', email, phone, birth_date },
      'doubtful',
    ],
    [
      'twins whose names are one letter apart',
      { first_name: 'Maria', last_name: 'Gil', email, birth_date },
      { first_name: 'Mario', last_name: 'Gil', email, birth_date },
      'doubtful',
    ],
    [
      'e-mail, wholly other name',
      { ...JOSE, email },
      { first_name: 'Ana', last_name: 'Gil', email },
      'doubtful',
    ],
    [
      'e-mail, wholly other name and birth',
      { ...JOSE, email, birth_date },
      { first_name: 'Ana', last_name: 'Gil', email, birth_date: '1990-01-01' },
      'doubtful',
    ],
    [
      'e-mail and name, another birth',
      { ...JOSE, email, birth_date },
      { ...JOSE, email, birth_date: '1956-04-10' },
      'doubtful',
    ],
    ['name and birth', { ...JOSE, birth_date }, { ...JOSE, birth_date }, 'certain'],
    [
      'name and birth, another e-mail and phone',
      { ...JOSE, birth_date, email, phone },
      { ...JOSE, birth_date, email: 'x@y.z', phone: '1234567' },
      'certain',
    ],
    [
      'name without accents and case, and birth',
      { ...JOSE, birth_date },
      { first_name: 'JOSE', last_name: 'villalobos', birth_date },
      'certain',
    ],
    [
      'transposed letters in the first name, and birth',
      { ...JOSE, birth_date },
      { first_name: 'Jsoe', last_name: 'Villalobos', birth_date },
      'doubtful',
    ],
    [
      'transposed letters in the last name, and birth',
      { ...JOSE, birth_date },
      { ...JOSE, last_name: 'Vilallobos', birth_date },
      'certain',
    ],
    [
      'a doubled letter, and birth',
      { ...JOSE, birth_date },
      { first_name: 'José', last_name: 'Vilalobos', birth_date },
      'certain',
    ],
    [
      'one of two first names, and birth',
      { ...JOSE, first_name: 'José Luis', birth_date },
      { ...JOSE, birth_date },
      'certain',
    ],
    [
      'first and last name exchanged, and birth',
      { ...JOSE, birth_date },
      { first_name: 'Villalobos', last_name: 'Jose', birth_date },
      'doubtful',
    ],
    [
      'another letter in the last name, and birth',
      { ...JOSE, birth_date },
      { ...JOSE, last_name: 'Villalovos', birth_date },
      'doubtful',
    ],
    [
      'another letter in the first name, and birth',
      { first_name: 'Daniel', last_name: 'Gil', birth_date },
      { first_name: 'Daniela', last_name: 'Gil', birth_date },
      'doubtful',
    ],
    ['name and year of birth', { ...JOSE, birth_date: '1955' }, { ...JOSE, birth_date }, 'doubtful'],
    [
      'the same year of birth only',
      { ...JOSE, birth_date: '1955' },
      { ...JOSE, birth_date: '1955' },
      'doubtful',
    ],
    ['name alone', JOSE, JOSE, 'doubtful'],
    ['name nearly, alone', JOSE, { ...JOSE, first_name: 'Jsoe' }, 'doubtful'],
    ['name, another birth', { ...JOSE, birth_date }, { ...JOSE, birth_date: '1990-01-01' }, 'another'],
    ['last name alone', JOSE, { last_name: 'Villalobos' }, 'another'],
    ['last name, another first name', JOSE, { ...JOSE, first_name: 'Ana' }, 'another'],
    ['first name, another last name', JOSE, { ...JOSE, last_name: 'Gil' }, 'another'],
    ['birth alone', { ...JOSE, birth_date }, { first_name: 'Ana', last_name: 'Gil', birth_date }, 'another'],
    [
      'phone and name, another e-mail: father and son',
      { ...JOSE, phone, email },
      { ...JOSE, phone, email: 'x@y.z' },
      'doubtful',
    ],
    [
      'phone, name and call, another e-mail',
      { ...JOSE, phone, email, booking_date },
      { ...JOSE, phone, email: 'x@y.z', booking_date },
      'doubtful',
    ],
    ['phone and name', { ...JOSE, phone }, { ...JOSE, phone: '0052 (81) 8000-0000' }, 'certain'],
    [
      'phone and last name, another first name',
      { ...JOSE, phone },
      { ...JOSE, first_name: 'Ana', phone },
      'doubtful',
    ],
    [
      'phone, wholly other name',
      { ...JOSE, phone },
      { first_name: 'Ana', last_name: 'Gil', phone },
      'another',
    ],
    [
      'name and the very call',
      { ...JOSE, booking_date },
      { ...JOSE, booking_date: '2031-01-31T09:20:00Z' },
      'certain',
    ],
    [
      'name and the very call, another e-mail',
      { ...JOSE, email, booking_date },
      { ...JOSE, email: 'x@y.z', booking_date },
      'doubtful',
    ],
    [
      'name and the very call, another phone',
      { ...JOSE, phone, booking_date },
      { ...JOSE, phone: '1234567', booking_date },
      'doubtful',
    ],
    [
      'name and the very call, an e-mail that only one of them tells',
      { ...JOSE, email, booking_date },
      { ...JOSE, booking_date },
      'doubtful',
    ],
    [
      'name, year of birth and the very call, another e-mail',
      { ...JOSE, email, birth_date: '1955', booking_date },
      { ...JOSE, email: 'x@y.z', birth_date: '1955', booking_date },
      'doubtful',
    ],
    [
      'last name and the very call, no first name',
      { ...JOSE, booking_date },
      { last_name: 'Villalobos', booking_date },
      'another',
    ],
    [
      'first name, birth and call, another last name',
      { ...JOSE, birth_date, booking_date },
      { ...JOSE, last_name: 'Gil', birth_date, booking_date },
      'doubtful',
    ],
    [
      'name and another call',
      { ...JOSE, booking_date },
      { ...JOSE, booking_date: '2031-02-01T09:20:00Z' },
      'doubtful',
    ],
  ])('%s: %s', (_what, one, other, expected) => {
    expect(verdict(one, other)).toBe(expected);
    expect(verdict(other, one)).toBe(expected);
  });

  const everything = { email, phone, birth_date, booking_date };
  const named = (name: string): Json => {
    const [first_name, last_name] = name.split('|');
    return { first_name, last_name, ...everything };
  };

  // Twins share e-mail, phone and date of birth, and may come together.
  it.each([
    ['Amy|Gil', 'May|Gil'],
    ['Carlo|Gil', 'Carol|Gil'],
    ['Ian|Gil', 'Ina|Gil'],
    ['Brian|Gil', 'Brain|Gil'],
    ['Ana|Gil', 'Anna|Gil'],
    ['Martin|Garcia', 'Garcia|Martin'],
    ['Maria Jose|Gil', 'Jose Maria|Gil'],
    ['राम|गिल', 'रमा|गिल'],
    ['かき|山田', 'がき|山田'],
    ['ハナ|山田', 'バナ|山田'],
    ['-|Gil', '.|Gil'],
    ['?|Gil', '!|Gil'],
    ['Ana|-', 'Eva|.'],
    ['-|Gil', 'Ana|Luna'],
  ])('everything but the name, %s and %s: never certain', (one, other) => {
    expect(verdict(named(one), named(other))).toBe('doubtful');
    expect(verdict(named(other), named(one))).toBe('doubtful');
  });

  it.each([
    ['राम|गिल', 'राम|गिल', 'certain'],
    ['がき|山田', 'か\u3099き|山田', 'certain'],
    ['Иван|Зайцев', 'ИВАН|Заи\u0306цев', 'certain'],
    ['Zoë|Núñez', 'Zoe|Nunez', 'certain'],
    ['Γιώργος|Παππάς', 'Γιωργος|Παππας', 'certain'],
    ['Ana|-', 'Ana|-', 'certain'],
    ['Ana|-', 'Ana|.', 'doubtful'],
    ['Ana|-', 'Ana|Gil', 'doubtful'],
    // Neither tells who it is of those of this last name.
    ['-|Gil', '-|Gil', 'doubtful'],
    ['????|????', '????|????', 'doubtful'],
  ])('e-mail, %s and %s: %s', (one, other, expected) => {
    const [a, b] = [one, other].map((name) => {
      const { first_name, last_name } = named(name);
      return { first_name, last_name, email };
    });
    expect(verdict(a!, b!)).toBe(expected);
    expect(verdict(b!, a!)).toBe(expected);
  });

  it('says that neither has a first name', () => {
    const nobody = factsOfForm({ last_name: 'Gil', email });
    expect(likenessOf(nobody, nobody)).toEqual({
      score: thresholds.certain - 1,
      because: [
        evidence['email same'].because,
        'Neither of them has a first name.',
        evidence['last name same'].because,
      ],
    });
  });

  it('tells why, and keeps to its scale', () => {
    const { score, because } = likenessOf(
      factsOfForm({ ...JOSE, email, birth_date }),
      factsOfForm({ ...JOSE, first_name: 'Ana', email, birth_date }),
    );
    expect(score).toBe(thresholds.certain - 1);
    expect(because).toEqual([
      evidence['email same'].because,
      evidence['birth date same'].because,
      evidence['first name other'].because,
      evidence['last name same'].because,
    ]);
    const all = factsOfForm({ ...JOSE, email, phone, birth_date, booking_date });
    expect(likenessOf(all, all).score).toBe(100);
    const other = factsOfForm({ first_name: 'Ana', last_name: 'Gil', birth_date: '1990-01-01' });
    expect(likenessOf(all, other).score).toBe(0);
  });

  it('takes the name of several that agrees most', () => {
    const several = { ...factsOfForm({ ...JOSE, birth_date }) };
    const now = factsOfForm({ first_name: 'José', last_name: 'Gil', birth_date });
    const { score } = likenessOf(now, { ...several, names: [...several.names, ...now.names] });
    expect(score).toBe(95);
  });
});

describe('names and numbers as they are compared', () => {
  it.each([
    ['José  María', ['jose', 'maria']],
    ['O’Brien-Groß', ['obrien', 'gross']],
    ['O´Brien', ['o', 'brien']],
    ['Йожеф Ёлкин', ['иожеф', 'елкин']],
    ['Άννα', ['αννα']],
    ['राम', ['राम']],
    ['がき', ['か\u3099き']],
    ['हिन्दी-राम', ['हिन्दी', 'राम']],
    ['- Ana', ['ana']],
    [' - ', ['-']],
    ['?', ['?']],
    ['  ', []],
  ])('%j', (text, words) => {
    expect(plainWordsOf(text)).toEqual(words);
  });

  it.each([
    ['0052 (81) 8000-0000', '+528180000000'],
    ['+52.81.8000/0000', '+528180000000'],
    [' 555 1234 x12 ', '555 1234 x12'],
  ])('%j', (text, plain) => {
    expect(plainPhone(text)).toBe(plain);
  });

  it.each([
    ['ana', 'ana', 'same'],
    ['ana', 'anna', 'near'],
    ['brian', 'brain', 'near'],
    ['jose', 'jose luis', 'part'],
    ['maria jose', 'maria elena', 'similar'],
    ['j', 'jose', 'similar'],
    ['karin', 'karen', 'similar'],
    ['paul', 'paula', 'similar'],
    ['eva', 'ava', 'other'],
    ['ana', 'jose', 'other'],
    ['', 'jose', 'open'],
    ['-', 'jose', 'open'],
    ['-', '', 'open'],
    ['-', '.', 'other'],
    ['-', '-', 'same'],
    ['', '', undefined],
  ])('%s and %s: %s', (one, other, expected) => {
    const words = (text: string) => text.split(' ').filter(Boolean);
    expect(wordLikeness(words(one), words(other))).toBe(expected);
    expect(wordLikeness(words(other), words(one))).toBe(expected);
  });
});
