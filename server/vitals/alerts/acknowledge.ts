// Acknowledgement: a clinician has seen an alert (who, when, note). It covers the alert at the severity it had then.
import { refuse } from '../../errors.ts';
import type { Acknowledgement, Alert } from './alert.ts';
import { rank } from './alertPolicy.ts';

/** A note is one line in a chart, not a document. */
const LONGEST_NOTE = 2_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const PERSON = /^(?:Practitioner|PractitionerRole)\/[A-Za-z0-9\-.]{1,64}$/;

/** What somebody says who has seen an alert. */
export type GivenAcknowledgement = Omit<Acknowledgement, 'severity'>;

/**
 * The alert with one more acknowledgement; the same one twice is kept once.
 * @throws FhirError 400 for what cannot be one, 409 for an alert that was withdrawn
 */
export function acknowledge(alert: Alert, acknowledgement: GivenAcknowledgement): Alert {
  if (alert.status === 'withdrawn') {
    throw refuse(409, 'conflict', `Alert ${alert.id} was withdrawn: there is nothing to acknowledge.`);
  }
  checkAcknowledgement(acknowledgement);
  const { who, when, note } = acknowledgement;
  const given: Acknowledgement = {
    who,
    when,
    ...(note === undefined ? {} : { note }),
    severity: alert.severity,
  };
  const known = alert.acknowledgements.some(
    (other) => other.who === who && other.when === when && other.note === note,
  );
  return known ? alert : { ...alert, acknowledgements: [...alert.acknowledgements, given] };
}

/** @throws FhirError 400 saying what is missing or wrong */
export function checkAcknowledgement(given: GivenAcknowledgement): void {
  const [fault] = faultsOf(given);
  if (fault) throw refuse(400, 'value', fault.message, fault.member);
}

/** What of an acknowledgement is missing or wrong. */
export interface AcknowledgementFault {
  readonly member: keyof GivenAcknowledgement;
  readonly message: string;
}

/** All that is missing or wrong, a sentence each. */
export function faultsOf({ who, when, note }: GivenAcknowledgement): AcknowledgementFault[] {
  const faults: AcknowledgementFault[] = [];
  if (!PERSON.test(who)) {
    const message = `"${who}" cannot acknowledge an alert: give a reference such as Practitioner/12.`;
    faults.push({ member: 'who', message });
  }
  if (!INSTANT.test(when) || Number.isNaN(Date.parse(when))) {
    const message = `"${when}" is no instant: give date, time and zone, as in 2026-01-31T10:00:00Z.`;
    faults.push({ member: 'when', message });
  }
  if (note !== undefined && (note.length > LONGEST_NOTE || note.trim() === '')) {
    const message = `A note has 1 to ${LONGEST_NOTE} characters; leave it out when there is none.`;
    faults.push({ member: 'note', message });
  }
  return faults;
}

/** Whether somebody has seen the alert as severe as it is now. */
export function isAcknowledged({ acknowledgements, severity }: Alert): boolean {
  return acknowledgements.some((given) => rank(given.severity) >= rank(severity));
}
