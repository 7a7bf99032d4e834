// An alert: what is wrong with one patient in one respect, from the first reading that raised it until later ones end it.
// JSON throughout: it is kept as it is.
import type { Severity } from './alertPolicy.ts';
import type { Finding } from './finding.ts';

/** What the readings of a patient and code say: the same for every order they arrived in. */
export interface Episode {
  readonly patient: string;
  readonly code: string;
  readonly name: string;
  /** time of the first reading that raised it; times are milliseconds since 1970 */
  readonly start: number;
  /** the greatest that a reading reached */
  readonly severity: Severity;
  /** name and title of the rule by which the worst reading raised it */
  readonly rule: string;
  readonly title: string;
  /** what was in force when the worst reading was judged: `PlanDefinition/[id]/_history/[version]` */
  readonly policy: readonly string[];
  readonly first: Finding;
  readonly worst: Finding;
  /** the latest reading that raised it */
  readonly last: Finding;
  /** number of readings that raised it */
  readonly raised: number;
  /** time of the reading by which it was announced last */
  readonly announced: number;
  /** readings towards its end, since the last that was not one */
  readonly streak: number;
  /** time of the reading that ended it */
  readonly end?: number;
  /** time of the latest reading counted */
  readonly latest: number;
}

export interface Alert extends Episode {
  /** 32 hexadecimal digits, made of patient, code and the first reading */
  readonly id: string;
  readonly status: 'active' | 'resolved' | 'withdrawn';
  /** times of the earliest and latest readings that ever raised it: what is over and lies between them is not raised again */
  readonly claimed: readonly [from: number, to: number];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** An alert that is not withdrawn; one that was resolved may still be reopened or corrected. */
export type OpenAlert = Alert;

export interface Acknowledgement {
  /** `Practitioner/[id]`, `PractitionerRole/[id]` … */
  readonly who: string;
  /** FHIR instant */
  readonly when: string;
  readonly note?: string;
  /** of the alert at that moment */
  readonly severity: Severity;
}

/**
 * What became of an alert; `alert` is as it is to be kept.
 * - `raise`: a new alert
 * - `escalate`: more severe than before
 * - `repeat`: another reading like those before; announced again only when the suppression window has passed
 * - `count`: nothing to tell, but readings were counted towards its end
 * - `resolve`: ended by later readings
 * - `reopen`: raised again within the suppression window, or what ended it was corrected
 * - `withdraw`: readings that raised it were corrected. Where others remain the alert stays with what they say
 */
export interface AlertChange {
  readonly kind: 'raise' | 'escalate' | 'repeat' | 'count' | 'resolve' | 'reopen' | 'withdraw';
  readonly alert: Alert;
  /** whether listeners are to be told */
  readonly announce: boolean;
  /** whether a `count` or `repeat` changes when it began or ended, or a reading it rests on from the beginning */
  readonly revises?: true;
  /** for people, where the kind alone does not say it */
  readonly reason?: string;
}
