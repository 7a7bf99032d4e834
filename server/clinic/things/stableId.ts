// FHIR ids that follow from what a client calls a thing: sent again, it is the same resource, whoever sends it and however often.
import { createHash } from 'node:crypto';

/** A UUID (version 8, RFC 9562) of a resource type, an identifier system and a value. */
export function stableId(type: string, system: string, value: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([type, system, value]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A DICOM UID made of a UUID: its number below the arc 2.25 (PS3.5 section B.2). */
export const uidOf = (uuid: string): string => `2.25.${BigInt(`0x${uuid.replaceAll('-', '')}`)}`;
