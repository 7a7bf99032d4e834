// Alerts as FHIR resources: a Flag while one lasts (flag.html) and a DetectedIssue as the event (detectedissue.html). Ids and
// identifiers follow from the alert, so that writing them again updates the same resources.

import { FhirError, type Issue } from '../../errors.ts';
import {
  bandSystem,
  interpretationSystem,
  mitigationSystem,
  ruleSystem,
  trendSystem,
} from '../codeSystems.ts';
import { computedTag } from '../computed.ts';
import { faultsOf, type GivenAcknowledgement, isAcknowledged } from './acknowledge.ts';
import type { Acknowledgement, Alert } from './alert.ts';
import { EXTENSIONS } from './alertExtensions.ts';
import { alertText, findingText } from './alertText.ts';
import type { Finding } from './finding.ts';

/** Identifier system of alerts, on Flag and DetectedIssue alike. */
export const alertIdentifiers = 'https://salus.example/fhir/sid/alerts';

type Json = Record<string, unknown>;

/** Id of the Flag and of the DetectedIssue of an alert. */
export const resourceIdOf = ({ id }: Pick<Alert, 'id'>): string => `alert-${id}`;

/** Id of the alert that a Flag or DetectedIssue with this id shows. */
export const alertIdOf = (resourceId: string): string => resourceId.replace(/^alert-/, '');

/** The Flag: active while the alert lasts, entered-in-error when it was withdrawn. */
export function flagOf(alert: Alert): Json {
  const statuses = { active: 'active', resolved: 'inactive', withdrawn: 'entered-in-error' };
  return {
    resourceType: 'Flag',
    id: resourceIdOf(alert),
    meta: { tag: [computedTag] },
    text: narrative(`${alert.title}. ${findingText(alert.worst)}.`),
    extension: [
      { url: EXTENSIONS.severity, valueCode: alert.severity },
      { url: EXTENSIONS.acknowledged, valueBoolean: isAcknowledged(alert) },
      ...alert.acknowledgements.map(acknowledgementExtension),
      ...evidenceOf(alert).map(({ observation }) => {
        return {
          url: 'http://hl7.org/fhir/StructureDefinition/flag-detail',
          valueReference: { reference: observation.reference },
        };
      }),
    ],
    identifier: [identifierOf(alert)],
    status: statuses[alert.status],
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/flag-category',
            code: 'clinical',
            display: 'Clinical',
          },
        ],
      },
    ],
    code: { coding: [codingOf(alert.code)], text: `${alert.title}: ${findingText(alert.worst)}` },
    subject: { reference: alert.patient },
    period: periodOf(alert),
  };
}

/** The DetectedIssue: preliminary while its readings still change, final afterwards. */
export function detectedIssueOf(alert: Alert): Json {
  const statuses = { active: 'preliminary', resolved: 'final', withdrawn: 'entered-in-error' };
  const evidence = evidenceOf(alert);
  return {
    resourceType: 'DetectedIssue',
    id: resourceIdOf(alert),
    meta: { tag: [computedTag] },
    text: narrative(alertText(alert)),
    identifier: [identifierOf(alert)],
    status: statuses[alert.status],
    code: { coding: [{ system: ruleSystem, code: alert.rule }], text: alert.title },
    severity: alert.severity,
    patient: { reference: alert.patient },
    identifiedPeriod: periodOf(alert),
    implicated: evidence.map(({ observation }) => ({ reference: observation.reference })),
    evidence: evidence.map((finding) => {
      return {
        code: [
          { coding: [codingOf(finding.code)], text: finding.name },
          ...resultOf(finding).map((coding) => ({ coding: [coding] })),
        ],
        detail: [{ reference: versioned(finding) }, ...rangeOf(finding)],
      };
    }),
    detail: alertText(alert),
    ...(alert.acknowledgements.length > 0 ? { mitigation: alert.acknowledgements.map(mitigationOf) } : {}),
  };
}

/**
 * Acknowledgements that a stored DetectedIssue carries beyond those of the alert: given by a client that changed it.
 * They are judged by `acknowledge`.
 */
export function acknowledgementsIn(detectedIssue: Json, alert: Alert): GivenAcknowledgement[] {
  return mitigationsIn(detectedIssue).filter(
    ({ who, when }) => !alert.acknowledgements.some((one) => one.who === who && one.when === when),
  );
}

/** All that a DetectedIssue says was done about it, as acknowledgements; '' where it does not say who or when. */
export function mitigationsIn(detectedIssue: Json): GivenAcknowledgement[] {
  const mitigations = (detectedIssue.mitigation ?? []) as {
    action?: { text?: string };
    date?: string;
    author?: { reference?: string };
  }[];
  return mitigations.map(({ action, date, author }) => ({
    who: author?.reference ?? '',
    when: date ?? '',
    ...(action?.text && action.text !== ACKNOWLEDGED ? { note: action.text } : {}),
  }));
}

/** Where in a mitigation the members of an acknowledgement are, and what is to be added where one is missing. */
const MEMBERS = {
  who: {
    element: 'author',
    needed: 'author: a reference to a Practitioner or PractitionerRole, such as Practitioner/12',
  },
  when: {
    element: 'date',
    needed: 'date: with time and zone, as in 2026-01-31T10:00:00Z',
  },
  note: { element: 'action.text', needed: 'action.text' },
} as const;

/**
 * Checks that what a DetectedIssue of an alert says was done about it is an acknowledgement: FHIR lets author and date be absent,
 * but nobody has acknowledged an alert who is not named.
 * @throws FhirError 400 with an issue for each element that is missing or wrong
 */
export function checkMitigations(detectedIssue: Json): void {
  const issues = mitigationsIn(detectedIssue).flatMap((given, i) =>
    faultsOf(given).map(({ member, message }): Issue => {
      const { element, needed } = MEMBERS[member];
      const isMissing = given[member] === '';
      return {
        severity: 'error',
        code: isMissing ? 'required' : 'value',
        diagnostics: isMissing ? `An acknowledgement needs ${needed}.` : message,
        expression: [`DetectedIssue.mitigation[${i}].${element}`],
      };
    }),
  );
  if (issues.length > 0) throw new FhirError(400, issues);
}

const ACKNOWLEDGED = 'Acknowledged';

function mitigationOf({ who, when, note }: Acknowledgement): Json {
  return {
    action: {
      coding: [{ system: mitigationSystem, code: 'acknowledged', display: ACKNOWLEDGED }],
      text: note ?? ACKNOWLEDGED,
    },
    date: when,
    author: { reference: who },
  };
}

function acknowledgementExtension({ who, when, note, severity }: Acknowledgement): Json {
  return {
    url: EXTENSIONS.acknowledgement,
    extension: [
      { url: 'who', valueReference: { reference: who } },
      { url: 'when', valueDateTime: when },
      { url: 'severity', valueCode: severity },
      ...(note === undefined ? [] : [{ url: 'note', valueString: note }]),
    ],
  };
}

/** The readings it rests on: the first, the worst and the latest, each once. */
function evidenceOf({ first, worst, last }: Alert): Finding[] {
  const readings = new Map([first, worst, last].map((finding) => [finding.observation.reference, finding]));
  return [...readings.values()];
}

const versioned = ({ observation }: Finding): string =>
  `${observation.reference}/_history/${observation.version}`;

function rangeOf({ range }: Finding): Json[] {
  if (!range?.definition) return [];
  return [{ reference: range.version ? `${range.definition}/_history/${range.version}` : range.definition }];
}

function resultOf({ interpretation, band, trend }: Finding): Json[] {
  if (interpretation !== undefined) return [{ system: interpretationSystem, code: interpretation }];
  if (band !== undefined) return [{ system: bandSystem, code: band }];
  return trend === undefined || trend === 'none' ? [] : [{ system: trendSystem, code: trend.rule }];
}

const identifierOf = ({ id }: Alert) => ({ system: alertIdentifiers, value: id });

function periodOf({ start, end }: Alert): Json {
  const instant = (time: number) => new Date(time).toISOString();
  return { start: instant(start), ...(end === undefined ? {} : { end: instant(end) }) };
}

/** `system|code`; a code without a system is one all the same. */
function codingOf(code: string): Json {
  const at = code.lastIndexOf('|');
  return at > 0 ? { system: code.slice(0, at), code: code.slice(at + 1) } : { code: code.slice(at + 1) };
}

function narrative(text: string): Json {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${escaped}</div>` };
}
