// A form tells a condition that a clinician has refuted, or that was entered in error: the diagnosis stays the clinician's.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from './expectProblem.ts';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let at: LeadServer;
beforeAll(async () => {
  at = await startLeadServer();
});
afterAll(() => at.stop());

const form = (name: string) => ({
  ...{ first_name: name, last_name: 'Del Toro', email: `${name}@ejemplo.com`, medical_condition: 'GBM' },
});
/** A lead with a condition, and what a clinician has made of it. */
async function lead(name: string, change: object) {
  const made = await at.post('leads', form(name));
  expect(made.status).toBe(201);
  const patient = made.body._links.fhir.href.split('/').at(-1);
  const conditions = () => at.found(`Condition?subject=Patient/${patient}&_sort=_lastUpdated`);
  const [condition] = await conditions();
  const id = condition.identifier[0].value;
  const path = `conditions/${encodeURIComponent(id)}`;
  if ('verification' in change) expect((await at.patch(path, change)).status).toBe(200);
  return { made, conditions, condition, path };
}

describe('a returning form', () => {
  it('leaves what was refuted so, and notes there that the person said it again', async () => {
    const { conditions, path } = await lead('rosa', { verification: 'refuted', note: 'MRI is clear.' });
    for (let again = 0; again < 2; again++) {
      expect((await at.post('leads', form('rosa'))).status).toBe(200);
    }
    const now = await conditions();
    expect(now).toHaveLength(1);
    const texts = now[0].note.map(({ text }: { text: string }) => text);
    expect(texts).toEqual(['MRI is clear.', 'The person says so again, in a form.']);
    const read = await at.get(path);
    expect(read.body).toMatchObject({ verification: 'refuted', note: 'MRI is clear.' });
    expect((await at.patch(path, { verification: 'confirmed' })).status).toBe(200);
    expect((await at.post('leads', form('rosa'))).body.medical_condition).toBe('Glioblastoma');
    expect(await conditions()).toHaveLength(1);
  });

  it('adds one with an id of its own beside what was entered in error', async () => {
    const { conditions, condition } = await lead('luz', {});
    const { clinicalStatus: _, ...rest } = condition;
    const code = 'entered-in-error';
    const system = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
    const wrong = { ...rest, verificationStatus: { coding: [{ system, code }] } };
    const { send } = await import('../../support/testServer.ts');
    expect((await send('PUT', `${at.server.base}/Condition/${rest.id}`, wrong)).status).toBe(200);
    for (let again = 0; again < 2; again++) {
      expect((await at.post('leads', form('luz'))).status).toBe(200);
    }
    const values = (await conditions()).map(({ identifier }) => identifier[0].value);
    expect(new Set(values).size).toBe(2);
    expect(values).toHaveLength(2);
    const changed = await at.patch(`conditions/${encodeURIComponent(values[1])}`, {
      verification: 'confirmed',
    });
    expect(changed.status).toBe(200);
  });
});

describe('PATCH /leads/{id}', () => {
  it('does not tell what was refuted', async () => {
    const { made, path } = await lead('sol', { verification: 'refuted' });
    const told = await at.patch(`leads/${made.body.id}`, { medical_condition: 'GBM' });
    expectProblem(told, 409, { detail: `/api/v1/${path}` });
  });
});
