// Bytes of a request body or file to text: UTF-8 only (json.html: "the character encoding is always UTF-8"), and never
// with replacement characters, because what was sent could then not be given back.
import { isUtf8 } from 'node:buffer';
import { refuse } from '../errors.ts';

/**
 * Decodes UTF-8, leaving out a byte order mark.
 * @throws FhirError 400 with the offset of the first byte that is not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) {
    const at = firstInvalidByte(buffer);
    const hex = buffer[at].toString(16).toUpperCase().padStart(2, '0');
    throw refuse(
      400,
      'structure',
      `The body is not UTF-8 text: byte 0x${hex} at offset ${at} does not begin a valid character. Send it encoded as UTF-8.`,
    );
  }
  const marked = buffer.length >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  return buffer.toString('utf8', marked ? 3 : 0);
}

/** Offset of the first byte of the first sequence that the Unicode standard (table 3-7) does not allow. */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return Math.max(0, at - 1);
}

/** Length of the well-formed sequence at `at`, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  const second = bytes[at + 1];
  const follows = (offset: number) => bytes[at + offset] >> 6 === 2;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const allowed = lead === 0xe0 ? second >= 0xa0 : lead === 0xed ? second <= 0x9f : true;
    return allowed && follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const allowed = lead === 0xf0 ? second >= 0x90 : lead === 0xf4 ? second <= 0x8f : true;
    return allowed && follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}
