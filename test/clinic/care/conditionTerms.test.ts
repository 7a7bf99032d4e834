// Terms of conditions: as what a text is found, which code a new term gets, and that a CRM's terms are added to what others add.

import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Concept, shippedConditions, termsOf } from '../../../server/clinic/care/conditionTerms.ts';
import { writeFiles } from '../../import/importSupport.ts';
import { cleanUp, startSalus } from '../../runtime/serverProcess.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

const withConcept = (...concept: Concept[]) =>
  termsOf({ ...shippedConditions, concept: [...shippedConditions.concept!, ...concept] });

describe('termsOf', () => {
  it.each([
    ['DMD', 'DMD'],
    ['dmd', 'DMD'],
    ['  idiopatic   PULMONARY fibrosis ', 'IPF'],
    ['Glioblastoma', 'GBM'],
    ['nothing', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('finds %j as %s', (text, code) => {
    expect(termsOf().find(text)?.code).toBe(code);
  });

  it('takes the most telling of several: code, name, abbreviation, other names', () => {
    const abbreviated = (code: string, valueString: string) => ({
      ...{ code, display: `Term ${code}` },
      property: [{ code: 'abbreviation', valueString }],
    });
    const terms = withConcept(
      { code: 'a', display: 'Word', designation: [{ value: 'Other' }] },
      abbreviated('b', 'Other'),
      { ...abbreviated('c', 'Word'), display: 'b' },
    );
    expect(terms.holder('word')).toMatchObject({ as: 'name', concept: { code: 'a' } });
    expect(terms.holder('OTHER')).toMatchObject({ as: 'abbreviation', concept: { code: 'b' } });
    expect(terms.holder('b')).toMatchObject({ as: 'code', concept: { code: 'b' } });
    terms.remove(terms.holder('b')!.concept);
    expect(terms.holder('other')).toMatchObject({ as: 'other name', concept: { code: 'a' } });
    expect(terms.holder('b')).toMatchObject({ as: 'name', concept: { code: 'c' } });
  });

  it('stands for nothing that is not in the list any more', () => {
    const [, ...others] = shippedConditions.concept!;
    const terms = termsOf({ ...shippedConditions, concept: others });
    expect(terms.find('Duchenne Muscular Dystrophy')).toBeUndefined();
  });

  it.each([
    ['Fabry Disease', 'FD', 'FD'],
    ['Fabry Disease', undefined, 'fabry-disease'],
    ['Ménière’s disease', 'M. D.', 'meniere-s-disease'],
    ['Third one', 'dmd', 'third-one'],
    ['Taken name', undefined, 'taken-name-3'],
    ['漢字', undefined, 'condition'],
  ])('gives %j, abbreviated %j, the code %s', (name, abbreviation, code) => {
    const terms = withConcept(
      { code: 'taken-name', display: 'One' },
      { code: 'other', display: 'taken-name-2' },
    );
    expect(terms.newCode(name, abbreviation)).toBe(code);
  });
});

describe('salus migrate-crm', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    await cleanUp();
    await server.stop();
  });
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    send(method, `${server.base.replace('/fhir/R4', '/api/v1')}/${path}`, body, {
      'content-type': 'application/json',
    });
  const rows = '1,Old Fabry,F\n2,Pompe Disease,PD\n';
  async function migrate(terms = rows): Promise<unknown> {
    const files = {
      'Medical Condition.csv': `id,name,abbreviation\n${terms}`,
      'Hospital.csv': 'id,name,city\n',
      'Contact.csv': 'contactid,lastname,contact_type\n',
      'Patient.csv': 'patientid,lastname,medical_condition\np1,One,Old Fabry\np2,Two,PD\n',
      'EAP Dossier.csv': 'eap_dossier_id,patient\n',
    };
    const folder = writeFiles(Object.fromEntries(Object.keys(files).map((name) => [name, ''])));
    for (const [name, content] of Object.entries(files)) writeFileSync(`${folder}/${name}`, content);
    const { ended } = startSalus(['migrate-crm', folder], {
      ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test', VITALS: 'off' },
    });
    return ended;
  }
  const humanOf = async (key: string): Promise<string> => {
    const system = 'https://salus.example/fhir/sid/crm-patients';
    const { body } = await send('GET', `${server.base}/Patient?identifier=${system}|${key}`);
    return body.entry[0].resource.id;
  };

  it('adds to the terms that are there, and knows them by the names they had', async () => {
    await ask('POST', 'medical-conditions', { id: 'FABRY', name: 'Old Fabry' });
    await ask('PUT', 'medical-conditions/FABRY', { name: 'Fabry Disease' });
    expect(await migrate()).toBe(0);
    const { body } = await ask('GET', 'medical-conditions?sort=id');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['DMD', 'FABRY', 'GBM', 'IPF', 'PD']);
    expect((await ask('GET', 'medical-conditions/PD')).body).toMatchObject({ abbreviation: 'PD' });
    const found = await ask('GET', `conditions?patient_id=${await humanOf('p1')}`);
    const [condition] = found.body.data;
    expect(condition).toMatchObject({ medical_condition: 'FABRY', name: 'Fabry Disease' });
    const self = await send('GET', condition._links.self.href);
    expect(self.body).toEqual(condition);
  });

  it('loses nothing that is added meanwhile', async () => {
    let isDone = false;
    const names: string[] = [];
    const adding = async () => {
      while (!isDone) {
        names.push(`Meanwhile ${names.length}`);
        expect((await ask('POST', 'medical-conditions', { name: names.at(-1) })).status).toBe(201);
      }
    };
    const migrating = migrate(`${rows}3,Myasthenia gravis,M. G.\n`).finally(() => {
      isDone = true;
    });
    const [code] = await Promise.all([migrating, adding()]);
    expect(code).toBe(0);
    const { body } = await ask('GET', 'medical-conditions?name=meanwhile&limit=1&total=true');
    expect(body.total).toBe(names.length);
    const gravis = await ask('GET', 'medical-conditions/myasthenia-gravis');
    expect(gravis.body).toMatchObject({ name: 'Myasthenia gravis', abbreviation: 'M. G.' });
  });

  it('makes no second condition of one that somebody has entered, whose id stays', async () => {
    const patient_id = await humanOf('p2');
    const { body: page } = await ask('GET', `conditions?patient_id=${patient_id}`);
    await ask('DELETE', `conditions/${encodeURIComponent(page.data[0].id)}`);
    const made = await ask('POST', 'conditions', { patient_id, medical_condition: 'PD', note: 'Kept.' });
    expect(made.status).toBe(201);
    expect(await migrate()).toBe(0);
    const after = await ask('GET', `conditions?patient_id=${patient_id}&total=true`);
    expect(after.body.total).toBe(1);
    expect(after.body.data[0]).toMatchObject({ id: made.body.id, note: 'Kept.' });
    expect((await ask('GET', `conditions/${made.body.id}`)).status).toBe(200);
  });
});
