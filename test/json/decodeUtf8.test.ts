import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FhirError } from '../../server/errors.ts';
import { decodeUtf8 } from '../../server/json/decodeUtf8.ts';

function refusalOf(bytes: number[]): string {
  try {
    decodeUtf8(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof FhirError && error.status === 400) return error.message;
    throw error;
  }
  throw new Error('not refused');
}

describe('decodeUtf8', () => {
  it('decodes what TextEncoder encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUtf8(new TextEncoder().encode(`x${text}`))).toBe(`x${text}`);
      }),
    );
  });

  it('leaves out one byte order mark', () => {
    expect(decodeUtf8(Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]))).toBe('{}');
    expect(decodeUtf8(Uint8Array.from([]))).toBe('');
  });

  it('reads only its part of a shared buffer', () => {
    expect(decodeUtf8(new TextEncoder().encode('abcdef').subarray(2, 4))).toBe('cd');
  });

  it.each<[number[], number]>([
    [[0x61, 0xff], 1],
    [[0x80], 0],
    [[0x61, 0xc3], 1],
    [[0xc0, 0xaf], 0],
    [[0x61, 0x62, 0xed, 0xa0, 0x80], 2],
    [[0xe0, 0x80, 0x80], 0],
    [[0xf4, 0x90, 0x80, 0x80], 0],
    [[0xf0, 0x9f, 0x98], 0],
    [[0xc3, 0xa9, 0xe9, 0x20], 2],
    [[0xff, 0xfe, 0x7b, 0x00], 0],
  ])('%j is refused at offset %i', (bytes, offset) => {
    expect(refusalOf(bytes)).toContain(`at offset ${offset} `);
  });

  it('refuses exactly what a fatal TextDecoder refuses', () => {
    const byte = fc.constantFrom(
      0x61,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc1,
      0xc2,
      0xe0,
      0xe1,
      0xed,
      0xf0,
      0xf4,
      0xf5,
    );
    fc.assert(
      fc.property(
        fc
          .uint8Array({ maxLength: 6 })
          .chain((some) => fc.array(byte, { maxLength: 6 }).map((more) => [...some, ...more])),
        (bytes) => {
          let text: string | undefined;
          try {
            text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
          } catch {
            const offset = Number(/offset (\d+)/.exec(refusalOf(bytes))?.[1]);
            expect(() =>
              new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes.slice(0, offset))),
            ).not.toThrow();
            return;
          }
          expect(decodeUtf8(Uint8Array.from(bytes))).toBe(text);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
