// What has to hold of a thing before it is changed: that it was not withdrawn, and what the client's If-Match and If-None-Match ask
// (RFC 9110 section 13.1).
import { refuse } from '../../errors.ts';
import type { ClinicResource } from './clinicResource.ts';
import type { Thing } from './thing.ts';

/** @throws FhirError 410 for what was withdrawn */
export function checkLive({ withdrawing }: ClinicResource, { main }: Thing): void {
  const gone = withdrawing?.refusal(main);
  if (gone) throw gone;
}

/**
 * Whether If-Match allows a change: `*` or the ETag, weak or not.
 * @throws FhirError 400 for what is none of them, 412
 */
export function checkMatch({ title }: ClinicResource, { id, tag }: Thing, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const given = ifMatch.split(',').map((one) => /^(?:W\/)?"([\w-]{1,40})"$/.exec(one.trim())?.[1]);
  if (given.includes(undefined)) {
    throw refuse(400, 'value', `If-Match must be an ETag such as ${tag}, not "${ifMatch.slice(0, 80)}".`);
  }
  if (given.some((one) => `W/"${one}"` === tag)) return;
  throw refuse(
    412,
    'conflict',
    `${title} "${id}" has been changed since: its ETag is ${tag}. Read it again before you change it.`,
  );
}

/** RFC 9110 section 13.1.2. */
export const thereAlready = ({ title }: ClinicResource, { id }: Thing) =>
  refuse(412, 'conflict', `There is a ${title} "${id}" already, and If-None-Match asks for none.`);
