// Compressed answers and bodies, and what caches may do with answers (RFC 9110 §8.4, RFC 9111).

import { request as httpRequest } from 'node:http';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let patient: string;
beforeAll(async () => {
  server = await startTestServer();
  patient = `${server.base}/Patient/p`;
  await send('PUT', patient, { resourceType: 'Patient', id: 'p', name: [{ text: 'ä'.repeat(2000) }] });
});
afterAll(() => server.stop());

/** The answer's bytes as they come, which fetch would decompress. */
function rawAnswer(
  url: string,
  headers: Record<string, string>,
): Promise<{ headers: Record<string, unknown>; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('compression', () => {
  it('answers in gzip or br where the client takes it, and says so', async () => {
    const plain = await rawAnswer(patient, {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    const decoders = { gzip: gunzipSync, br: brotliDecompressSync };
    for (const [encoding, decode] of Object.entries(decoders)) {
      const { headers, bytes } = await rawAnswer(patient, { 'accept-encoding': encoding });
      expect([headers['content-encoding'], headers.etag]).toEqual([encoding, 'W/"1"']);
      expect(headers.vary).toContain('Accept-Encoding');
      expect(bytes.length).toBeLessThan(plain.bytes.length / 4);
      expect(decode(bytes).equals(plain.bytes)).toBe(true);
    }
  });

  it('takes a gzip or br body, and refuses a broken or unknown one', async () => {
    const url = `${server.base}/Patient`;
    const text = JSON.stringify({ resourceType: 'Patient', name: [{ text: 'ö' }] });
    const post = async (body: Uint8Array, encoding: string) => {
      const headers = { 'content-type': 'application/fhir+json', 'content-encoding': encoding };
      const answer = await fetch(url, { method: 'POST', body: Buffer.from(body), headers });
      return [answer.status, ((await answer.json()) as { resourceType: string }).resourceType];
    };
    expect(await post(gzipSync(text), 'gzip')).toEqual([201, 'Patient']);
    expect(await post(brotliCompressSync(text), 'br')).toEqual([201, 'Patient']);
    expect(await post(Buffer.from(text), 'gzip')).toEqual([400, 'OperationOutcome']);
    expect(await post(gzipSync(text).subarray(0, 20), 'gzip')).toEqual([400, 'OperationOutcome']);
    expect(await post(Buffer.from(text), 'compress')).toEqual([415, 'OperationOutcome']);
  });
});

describe('Cache-Control', () => {
  it('lets caches keep nothing without asking again: a browser would guess a lifetime from Last-Modified', async () => {
    for (const path of [
      '/Patient/p',
      '/Patient/none',
      '/Patient?_id=p',
      '/Patient/p/_history',
      '/metadata',
      '/Patient/p/$everything',
    ]) {
      const { headers } = await send('GET', server.base + path);
      expect([path, headers.get('cache-control')]).toEqual([path, 'private, no-cache']);
    }
  });
});
