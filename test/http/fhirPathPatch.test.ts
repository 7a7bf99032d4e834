// patch with FHIRPath Patch (fhirpatch.html): a Parameters resource as the body of a PATCH.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const fhirPatch = (
  path: string,
  operation: Record<string, unknown>,
  headers: Record<string, string> = {},
) => {
  const part = Object.entries(operation).map(([name, value]) =>
    name === 'value'
      ? { name, ...(value as object) }
      : { name, [name === 'type' ? 'valueCode' : 'valueString']: value },
  );
  return send(
    'PATCH',
    `${server.base}/Patient${path}`,
    { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] },
    headers,
  );
};
const put = (id: string, more: object = {}) =>
  send('PUT', `${server.base}/Patient/${id}`, { resourceType: 'Patient', id, ...more });
const versions = async (id: string) =>
  (await send('GET', `${server.base}/Patient/${id}/_history`)).body.total;

describe('FHIRPath Patch', () => {
  it('makes the next version', async () => {
    await put('f1', { birthDate: '1970-01-01', name: [{ family: 'A' }] });
    const added = await fhirPatch('/f1', {
      type: 'add',
      path: 'Patient',
      name: 'active',
      value: { valueBoolean: true },
    });
    expect([added.status, added.headers.get('etag'), added.body.active]).toEqual([200, 'W/"2"', true]);
    const replaced = await fhirPatch('/f1', {
      type: 'replace',
      path: "Patient.name.where(family = 'A').family",
      value: { valueString: 'B' },
    });
    expect(replaced.body.name).toEqual([{ family: 'B' }]);
    const deleted = await fhirPatch('/f1', { type: 'delete', path: 'Patient.birthDate' });
    expect([deleted.headers.get('etag'), deleted.body.birthDate]).toEqual(['W/"4"', undefined]);
    const nothing = await fhirPatch('/f1', { type: 'delete', path: 'Patient.birthDate' });
    expect([nothing.status, nothing.headers.get('etag')]).toEqual([200, 'W/"4"']);
  });

  it('keeps decimals', async () => {
    await send(
      'PUT',
      `${server.base}/Patient/f2`,
      '{"resourceType":"Patient","id":"f2","extension":[{"url":"urn:a","valueDecimal":1.50}]}',
    );
    const { text } = await fhirPatch('/f2', {
      type: 'add',
      path: 'Patient',
      name: 'active',
      value: { valueBoolean: true },
    });
    expect(text).toContain('"valueDecimal":1.50');
    const parameters =
      '{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},' +
      '{"name":"path","valueString":"Patient.extension[0].value"},{"name":"value","valueDecimal":0.500}]}]}';
    expect((await send('PATCH', `${server.base}/Patient/f2`, parameters)).text).toContain(
      '"valueDecimal":0.500',
    );
  });

  it('refuses what cannot be applied, a change of id, and an invalid result', async () => {
    await put('f3', { active: true });
    const refused: [Record<string, unknown>, number][] = [
      [{ type: 'replace', path: 'Patient.gender', value: { valueCode: 'male' } }, 422],
      [{ type: 'replace', path: 'Patient.id', value: { valueId: 'other' } }, 422],
      [{ type: 'add', path: 'Patient', name: 'colour', value: { valueString: 'red' } }, 422],
      [{ type: 'replace', path: 'Patient.active', value: { valueString: 'yes' } }, 422],
      [{ type: 'explode', path: 'Patient.active' }, 400],
      [{ type: 'delete', path: 'Patient.where(' }, 400],
    ];
    for (const [operation, status] of refused) {
      const answer = await fhirPatch('/f3', operation);
      expect([operation, answer.status]).toEqual([operation, status]);
      expectRefusal(answer, status);
    }
    expect(await versions('f3')).toBe(1);
  });
});

describe('conditional FHIRPath Patch', () => {
  it('patches the one match, and refuses none or several', async () => {
    const identifier = [{ system: 'urn:mrn', value: 'c1' }];
    await put('c1', { identifier, active: true });
    const operation = { type: 'delete', path: 'Patient.active' };
    const patched = await fhirPatch('?identifier=urn:mrn|c1&active=true', operation);
    expect([patched.status, patched.body.id, patched.headers.get('etag')]).toEqual([200, 'c1', 'W/"2"']);
    expectRefusal(await fhirPatch('?identifier=urn:mrn|c1&active=true', operation), 404);
    await put('c2', { identifier });
    expectRefusal(await fhirPatch('?identifier=urn:mrn|c1', operation), 412, { code: 'multiple-matches' });
  });
});
