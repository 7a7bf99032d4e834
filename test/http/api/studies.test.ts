// /api/v1/studies beside what EHRs do with the same reports over FHIR: withdrawn ones, statuses, priorities, orders that are gone; and
// studies as they come with patients.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, exportList, importList } from '../../clinic/clinicLists.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await call('POST', 'patients', { id: 'p', last_name: 'Lee' });
});
afterAll(() => server?.stop());

const json = { 'content-type': 'application/json' };
const patch = { 'content-type': 'application/merge-patch+json' };
const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${api(server)}/${path}`, body, body === undefined ? {} : method === 'PATCH' ? patch : json);
const fhir = async (type: string, query: string) =>
  (await send('GET', `${server.base}/${type}?${query}`)).body.entry?.[0].resource;
const reportOf = (id: string) => fhir('DiagnosticReport', `identifier=${id}`);
/** Changes a resource over FHIR. */
const put = async (resource: { resourceType: string; id: string }) => {
  const answer = await send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
  expect(answer.status).toBeLessThan(300);
};
const study = (id: string, more: Record<string, unknown> = {}) => ({
  ...{ id, urgency_level: 'LOW', body_part: 'NECK', type: 'CT', patient_id: 'p' },
  ...more,
});
const made = async (id: string, more: Record<string, unknown> = {}) => {
  expect((await call('POST', 'studies', study(id, more))).status).toBe(201);
};
const idsOf = async (path: string): Promise<string[]> => {
  const { status, body } = await call('GET', path);
  expect({ status, detail: body.detail }).toEqual({ status: 200, detail: undefined });
  return body.data.map(({ id }: { id: string }) => id);
};

describe('a report that was withdrawn as entered in error', () => {
  it('is no study any more, and does not come back', async () => {
    await made('e1', { description: 'x' });
    await put({ ...(await reportOf('e1')), status: 'entered-in-error' });
    for (const path of ['studies', 'patients/p/studies']) expect(await idsOf(path)).not.toContain('e1');
    const { body } = await call('GET', 'patients?include=studies&last_name=Lee');
    expect(body.data[0].studies).toEqual([]);
    expect(await exportList(server, 'studies')).not.toContain('NECK');
    expect((await call('GET', 'studies/e1')).status).toBe(404);
    expect((await call('PATCH', 'studies/e1', { description: 'z' })).status).toBe(404);
    expect((await call('PUT', 'studies/e1', study('e1'))).status).toBe(404);
    expect((await call('DELETE', 'studies/e1')).status).toBe(404);
    expect((await call('POST', 'studies', study('e1'))).status).toBe(409);
    const row = 'id,urgency_level,body_part,description,type,patient_id\ne1,LOW,NECK,x,CT,p\n';
    expect((await importList(server, 'studies', row)).body.errors).toEqual([
      {
        ...{ line: 2, column: 'id', code: 'deleted' },
        detail: 'The Study "e1" was withdrawn as entered in error: give the row another id.',
      },
    ]);
    expect((await reportOf('e1')).status).toBe('entered-in-error');
  });
});

describe('the status of a report', () => {
  it.each([
    ['preliminary', 'z', 'preliminary'],
    ['partial', 'z', 'partial'],
    ['cancelled', 'z', 'cancelled'],
    ['unknown', 'z', 'unknown'],
    ['registered', 'z', 'final'],
    ['final', 'z', 'amended'],
    ['appended', 'z', 'amended'],
    ['final', null, 'amended'],
    ['amended', null, 'amended'],
    ['cancelled', null, 'cancelled'],
    ['final', 'x', 'final'],
  ])('%s, when the description becomes %j, is %s', async (before, description, after) => {
    const id = `s-${before}-${description}`;
    await made(id, { description: 'x' });
    await put({ ...(await reportOf(id)), status: before });
    expect((await call('PATCH', `studies/${id}`, { description })).status).toBe(200);
    expect((await reportOf(id)).status).toBe(after);
    // Another member is no other finding.
    await call('PATCH', `studies/${id}`, { urgency_level: 'HIGH' });
    expect((await reportOf(id)).status).toBe(after);
  });

  it('tells a study without findings', async () => {
    await made('s-none');
    expect((await reportOf('s-none')).status).toBe('registered');
  });
});

describe('lists', () => {
  it('find each urgency by all priorities that are told as it', async () => {
    await call('POST', 'patients', { id: 'u', last_name: 'Urgent' });
    const priorities = { stat: 'HIGH', urgent: 'MID', asap: 'MID', routine: 'LOW', none: 'LOW' };
    for (const [name, urgency_level] of Object.entries(priorities)) {
      await made(`u-${name}`, { urgency_level, patient_id: 'u' });
      const [{ reference }] = (await reportOf(`u-${name}`)).basedOn;
      const { priority: _, ...order } = (await send('GET', `${server.base}/${reference}`)).body;
      await put({ ...order, ...(name !== 'none' && { priority: name }) });
    }
    for (const level of ['HIGH', 'MID', 'LOW']) {
      const { body } = await call('GET', `studies?patient_id=u&urgency_level=${level}&total=true`);
      const expected = Object.entries(priorities).flatMap(([name, told]) =>
        told === level ? [`u-${name}`] : [],
      );
      expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual(expected.sort());
      for (const { urgency_level } of body.data) expect(urgency_level).toBe(level);
      expect(body.total).toBe(expected.length);
    }
  });

  it('find a body part by the beginning of any word of it', async () => {
    await made('b1', { body_part: 'Left thumb' });
    for (const [text, found] of [
      ['THUMB', ['b1']],
      ['left thu', ['b1']],
      ['humb', []],
    ] as const)
      expect(await idsOf(`studies?body_part=${encodeURIComponent(text)}`)).toEqual(found);
  });

  it('are sorted by the date of the report, and by the last change', async () => {
    await call('POST', 'patients', { id: 'd', last_name: 'Dated' });
    for (const [id, effectiveDateTime] of [
      ['d1', '2026-02-01'],
      ['d2', '2024-01-01'],
      ['d3', '2025-01-01'],
    ]) {
      await made(id!, { patient_id: 'd' });
      const { _effectiveDateTime: _, ...report } = await reportOf(id!);
      await put({ ...report, effectiveDateTime });
    }
    expect(await idsOf('studies?patient_id=d&sort=date')).toEqual(['d2', 'd3', 'd1']);
    expect(await idsOf('studies?patient_id=d&sort=-date')).toEqual(['d1', 'd3', 'd2']);
    await call('PATCH', 'studies/d2', { description: 'new' });
    expect(await idsOf('studies?patient_id=d&sort=-updated')).toEqual(['d2', 'd3', 'd1']);
  });
});

describe('a study whose order is gone', () => {
  it('tells the type that the report says, and no body part', async () => {
    await made('o1', { description: 'x' });
    const [{ reference }] = (await reportOf('o1')).basedOn;
    const { basedOn: _, ...report } = await reportOf('o1');
    await put(report);
    expect((await send('DELETE', `${server.base}/${reference}`)).status).toBeLessThan(300);
    const { body } = await call('GET', 'studies/o1');
    const { _links, ...told } = body;
    expect(told).toEqual({ id: 'o1', type: 'CT', description: 'x', patient_id: 'p' });
  });
});

describe('what EHRs wrote', () => {
  it('is exported and imported without a change, whatever it is', async () => {
    const patient = {
      ...{ resourceType: 'Patient', id: 'ehr', birthDate: '1980' },
      name: [{ family: ' Space ', given: ['Ann '] }],
    };
    await put(patient);
    const report = {
      resourceType: 'DiagnosticReport',
      status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' }] }],
      code: { text: 'y'.repeat(300) },
      subject: { reference: 'Patient/ehr' },
    };
    for (const conclusion of ['long '.repeat(3_000), ' white space\n', 'lost \ufffd', '"'.repeat(140_000)])
      expect((await send('POST', `${server.base}/DiagnosticReport`, { ...report, conclusion })).status).toBe(
        201,
      );
    const before = (await send('GET', `${server.base}/_history?_summary=count`)).body.total;
    for (const list of ['patients', 'studies'] as const) {
      const text = (await send('GET', `${api(server)}/export/${list}.csv?ids=true`)).text;
      const { body } = await importList(server, list, text);
      expect(body).toMatchObject({ created: 0, updated: 0, refused: 0, complete: true, errors: [] });
      expect(body.unchanged).toBeGreaterThan(0);
    }
    expect((await send('GET', `${server.base}/_history?_summary=count`)).body.total).toBe(before);
    // A changed row of it is judged as any other, and what it says as before stays as it is.
    const changed = await importList(
      server,
      'patients',
      'id,first_name,last_name,birth_date,email\nehr,Ann,Spice,1980,\n',
    );
    expect(changed.body).toMatchObject({ created: 1 });
    expect((await send('GET', `${server.base}/Patient/ehr`)).body.name).toEqual(patient.name);
  });

  it('keeps what a changed row says as before', async () => {
    await made('w1', { description: 'x' });
    await put({ ...(await reportOf('w1')), conclusion: ' x ' });
    const row = 'id,urgency_level,body_part,description,type,patient_id\nw1,HIGH,NECK,x,CT,p\n';
    expect((await importList(server, 'studies', row)).body).toMatchObject({ updated: 1 });
    expect(await reportOf('w1')).toMatchObject({ conclusion: ' x ', status: 'final' });
  });
});

describe('GET /patients?include=studies', () => {
  const patients = 1_000;
  const most = 20;
  beforeAll(async () => {
    const people = Array.from({ length: patients }, (_, i) => `Many,m${i}\n`).join('');
    expect((await importList(server, 'patients', `last_name,id\n${people}`)).body.created).toBe(patients);
    const heading = 'id,urgency_level,body_part,type,patient_id\n';
    const rows = Array.from({ length: patients }, (_, i) => `t${i},LOW,TOE,CT,m${i}\n`);
    const full = Array.from({ length: 300 }, (_, i) => `f${i},LOW,TOE,CT,m5\n`);
    const last = Array.from({ length: most }, (_, i) => `g${i},LOW,TOE,CT,m6\n`);
    const list = heading + [...full, ...rows, ...last].join('');
    expect((await importList(server, 'studies', list)).body.created).toBe(patients + 300 + most);
  });

  it.each([50, 1_000])('gives each of %d patients its newest studies', async (limit) => {
    const { status, body } = await call('GET', `patients?include=studies&last_name=Many&limit=${limit}`);
    expect({ status, detail: body.detail }).toEqual({ status: 200, detail: undefined });
    expect(body.data).toHaveLength(limit);
    for (const { id, studies, _links } of body.data) {
      if (id === 'm5' || id === 'm6') continue;
      const own = studies.map((one: { id: string; patient_id: string }) => [one.id, one.patient_id]);
      expect(own).toEqual([[id.replace('m', 't'), id]]);
      expect(_links.studies.href).toContain(`patients/${id}/studies`);
    }
  });

  it('shows of many patients the newest five of each, and says where there are more', async () => {
    const { body } = await call('GET', 'patients?include=studies&last_name=Many&limit=1000');
    for (const { id, studies, studies_more } of body.data) {
      const hasMany = id === 'm5' || id === 'm6';
      expect({ id, studies_more }).toEqual(hasMany ? { id, studies_more: true } : { id });
      if (!hasMany) continue;
      const all = await idsOf(`patients/${id}/studies?limit=1000`);
      expect(studies.map((one: { id: string }) => one.id)).toEqual(all.slice(0, 5));
    }
  });

  it('shows all of one', async () => {
    const { body } = await call('GET', 'patients/m5?include=studies');
    expect(body.studies).toHaveLength(301);
    expect(body).not.toHaveProperty('studies_more');
  });
});
