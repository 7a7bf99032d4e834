// POST /leads of people who share an e-mail address, a name or the time of a call: two people never become one record.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

type Form = Record<string, unknown>;
const booking_date = '2031-01-31T10:20:00+01:00';

describe('forms that may be of somebody who is known', () => {
  it.each<[what: string, forms: Form[]]>([
    [
      'of a common name, with the call at the same time, and other e-mails',
      ['a@comun.mx', 'b@comun.mx'].map((email) => ({
        ...{ first_name: 'Maria', last_name: 'Comun', email, booking_date },
      })),
    ],
    [
      'of a common name, with the call at the same time, and other phone numbers',
      ['8181110001', '8181110002'].map((phone) => ({
        ...{ first_name: 'Maria', last_name: 'Fonos', phone, booking_date },
      })),
    ],
    [
      'of a family, the last without a first name',
      [
        ...['Eva', 'Max', 'Ida', 'Jan'].map((first_name) => ({ first_name, last_name: 'Kurz' })),
        { last_name: 'Kurz' },
      ].map((form) => ({ ...form, email: 'familie@kurz.de' })),
    ],
    [
      'without a first name, where one is known',
      [
        { first_name: 'Lena', last_name: 'Solo', email: 'l@solo.de' },
        { last_name: 'Solo', email: 'l@solo.de' },
      ],
    ],
    [
      'of one e-mail and first name, with other last names',
      ['Lopez', 'Garcia'].map((last_name) => ({ first_name: 'Ana', last_name, email: 'ana@dos.mx' })),
    ],
    [
      'of one e-mail, with first names of which one is part of the other',
      [
        { first_name: 'Ana Maria', birth_date: '1950-01-01' },
        { first_name: 'Ana' },
        { first_name: 'Maria' },
      ].map((form) => ({ ...form, last_name: 'Partes', email: 'casa@partes.mx' })),
    ],
    [
      'of twins whose names are nearly the same',
      ['Amy', 'May'].map((first_name) => ({
        ...{ first_name, last_name: 'Gemelas', email: 'casa@gemelas.mx' },
        ...{ phone: '8181110003', birth_date: '2001-02-03', booking_date },
      })),
    ],
    [
      'of twins whose names are made of the same letters in another order',
      ['राम', 'रमा'].map((first_name) => ({
        ...{ first_name, last_name: 'गिल', email: 'ghar@gil.in', birth_date: '2001-02-03' },
      })),
    ],
    [
      'of one e-mail, with first and last name exchanged',
      [
        { first_name: 'Martin', last_name: 'Garcia' },
        { first_name: 'Garcia', last_name: 'Martin' },
      ].map((form) => ({ ...form, email: 'casa@martin.mx', birth_date: '1950-01-01' })),
    ],
    [
      'of one e-mail, with other signs in place of a first name',
      ['-', '.'].map((first_name) => ({ first_name, last_name: 'Signo', email: 'casa@signo.mx' })),
    ],
    [
      'of one e-mail and last name, neither with a first name',
      [1, 2].map(() => ({ last_name: 'Nadie', email: 'casa@nadie.mx' })),
    ],
  ])('%s: each is a lead of their own, with a review', async (_what, forms) => {
    const answers = [];
    for (const form of forms) answers.push(await to.post('leads', form));
    expect(answers.map(({ status }) => status)).toEqual(forms.map(() => 201));
    for (const [i, answer] of answers.entries()) {
      const { body: patient } = await to.fhirOf(answer);
      expect(await to.found(`Task?patient=${patient.id}`)).toHaveLength(i === 0 ? 0 : 1);
      expect(answer.body).toMatchObject(forms[i]!);
    }
  });

  it('of one e-mail and date of birth is one person, though the last name is another', async () => {
    const rosa = { first_name: 'Rosa', email: 'rosa@boda.mx', birth_date: '1980-03-03' };
    const made = await to.post('leads', { ...rosa, last_name: 'Soltera' });
    const again = await to.post('leads', { ...rosa, last_name: 'Casada' });
    expect({ status: again.status, id: again.body.id }).toEqual({ status: 200, id: made.body.id });
    expect(again.body.last_name).toBe('Casada');
  });
});
