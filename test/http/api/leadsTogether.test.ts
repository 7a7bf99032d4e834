// Many forms at the same time, on two servers: nobody is refused because others were faster.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from '../../support/testServer.ts';
import { JSON_TYPE, type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

const MANY = 20;
/** Each form on both servers at once. */
const sent = (forms: readonly object[]) =>
  Promise.all(
    forms.flatMap((form) =>
      [to.api, to.otherApi].map((api) => send('POST', `${api}/leads`, form, JSON_TYPE)),
    ),
  );
const count = (answers: { status: number }[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

describe('at the same time', () => {
  it('different people of one name are all taken', async () => {
    const forms = Array.from({ length: MANY }, (_, i) => ({
      ...{ first_name: 'Maria', last_name: 'Garcia', email: `maria${i}@juntas.mx` },
    }));
    const answers = await sent(forms);
    expect({ made: count(answers, 201), known: count(answers, 200) }).toEqual({ made: MANY, known: MANY });
    expect(await to.found('Patient?family=Garcia&_count=100')).toHaveLength(MANY);
  });

  it('one form makes one person with one call, and none of it is refused', async () => {
    const form = { first_name: 'Una', last_name: 'Sola', email: 'una@sola.mx' };
    const answers = await sent(
      Array.from({ length: MANY }, () => ({ ...form, booking_date: '2031-01-31T10:20:00Z' })),
    );
    expect({ made: count(answers, 201), known: count(answers, 200) }).toEqual({
      ...{ made: 1, known: 2 * MANY - 1 },
    });
    const [patient, ...others] = await to.found('Patient?family=Sola');
    expect(others).toEqual([]);
    expect(await to.found(`Appointment?patient=${patient.id}`)).toHaveLength(1);
  });
});
