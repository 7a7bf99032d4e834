// An alert as front ends get it: plain names, ISO times, and links to what it is about.
import { isAcknowledged } from '../../vitals/alerts/acknowledge.ts';
import type { Acknowledgement, Alert } from '../../vitals/alerts/alert.ts';
import { resourceIdOf } from '../../vitals/alerts/alertResources.ts';
import { alertText, findingText, rangeText } from '../../vitals/alerts/alertText.ts';
import type { Finding, UsedRange } from '../../vitals/alerts/finding.ts';

/** Absolute URLs that links begin with, no trailing slash. */
export interface Bases {
  /** of the API version */
  readonly base: string;
  readonly fhirBase: string;
}

export type Links = Record<string, { href: string }>;

/** Times are ISO 8601 in UTC; what does not apply is left out. */
export interface AlertJson {
  id: string;
  status: Alert['status'];
  severity: Alert['severity'];
  title: string;
  text: string;
  patient: { id: string; reference: string };
  code: { system?: string; code: string };
  name: string;
  start: string;
  latest: string;
  end?: string;
  /** number of readings that raised it */
  readings: number;
  acknowledged: boolean;
  acknowledgements: readonly Acknowledgement[];
  first: ReadingJson;
  worst: ReadingJson;
  last: ReadingJson;
  rule: string;
  policy: readonly string[];
  _links: Links;
}

export interface ReadingJson extends Pick<Finding, 'value' | 'unit' | 'valueText' | 'interpretation'> {
  observation: string;
  version: string;
  time: string;
  text: string;
  band?: Finding['band'];
  trend?: Omit<Exclude<Finding['trend'], 'none' | undefined>, 'from' | 'to'> & { from: string; to: string };
  range?: RangeJson;
}

export interface RangeJson extends Pick<UsedRange, 'low' | 'high' | 'unit' | 'category' | 'source'> {
  text: string;
  definition?: string;
  version?: string;
  /** place among the definition's qualifiedIntervals, from 0 on, as in the extension `ruleset` */
  interval?: number;
}

/** The alert for clients that know the server by these bases. */
export function alertJson(alert: Alert, bases: Bases): AlertJson {
  const { id, status, severity, title, patient, name, start, latest, end, acknowledgements } = alert;
  return {
    ...{ id, status, severity, title },
    text: alertText(alert),
    patient: { id: patient.slice(patient.indexOf('/') + 1), reference: patient },
    code: codeOf(alert.code),
    name,
    start: iso(start),
    latest: iso(latest),
    ...(end === undefined ? {} : { end: iso(end) }),
    readings: alert.raised,
    acknowledged: isAcknowledged(alert),
    acknowledgements,
    first: readingOf(alert.first),
    worst: readingOf(alert.worst),
    last: readingOf(alert.last),
    rule: alert.rule,
    policy: alert.policy,
    _links: linksOf(alert, bases),
  };
}

function linksOf(alert: Alert, bases: Bases): Links {
  const self = `${bases.base}/alerts/${alert.id}`;
  const resource = resourceIdOf(alert);
  return {
    self: { href: self },
    // What was withdrawn cannot be acknowledged any more.
    ...(alert.status === 'withdrawn' ? {} : { acknowledge: { href: `${self}/acknowledge` } }),
    patient: { href: `${bases.fhirBase}/${alert.patient}` },
    flag: { href: `${bases.fhirBase}/Flag/${resource}` },
    detectedIssue: { href: `${bases.fhirBase}/DetectedIssue/${resource}` },
  };
}

function readingOf(finding: Finding): ReadingJson {
  const { observation, time, value, unit, valueText, interpretation, band, trend, range } = finding;
  return {
    observation: observation.reference,
    version: observation.version,
    time: iso(time),
    text: findingText(finding),
    ...{ value, unit, valueText, interpretation, band },
    ...(trend === undefined || trend === 'none'
      ? {}
      : { trend: { ...trend, from: iso(trend.from), to: iso(trend.to) } }),
    ...(range === undefined ? {} : { range: rangeOf(range) }),
  };
}

function rangeOf(range: UsedRange): RangeJson {
  const { category, source, low, high, unit, definition, version, position } = range;
  return {
    text: rangeText(range),
    ...{ category, source, low, high, unit, definition, version },
    ...(position === undefined ? {} : { interval: position }),
  };
}

/** `system|code`; a code without a system is one all the same. */
function codeOf(code: string): AlertJson['code'] {
  const at = code.lastIndexOf('|');
  return at > 0 ? { system: code.slice(0, at), code: code.slice(at + 1) } : { code: code.slice(at + 1) };
}

const iso = (time: number): string => new Date(time).toISOString();
