// Alerts for front ends: the list page by page, one alert, and its acknowledgement.
import { FhirError, type Issue, refuse } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { type AlertFilter, countAlerts, listAlerts, readAlert } from '../../store/alerts.ts';
import type { Alert } from '../../vitals/alerts/alert.ts';
import { defined } from '../fhirParts.ts';
import { MOST_PER_PAGE, pageAsked, pageLinks, pageMembers, pageParameters } from '../things/pageStyles.ts';
import { pageToken, readPageToken } from '../things/pageToken.ts';
import { anyOf, readParameters, resourceOf, truth } from '../things/readParameters.ts';
import { type AlertJson, alertJson, type Bases, type Links } from './alertJson.ts';

/** What alerts can be restricted by, in the list and in the stream. */
export const alertFilters = {
  severity: anyOf<Alert['severity']>('low', 'moderate', 'high'),
  patient: resourceOf('Patient'),
};

const LIST = {
  status: anyOf<Alert['status']>('active', 'resolved', 'withdrawn'),
  ...alertFilters,
  acknowledged: truth,
  ...pageParameters(MOST_PER_PAGE),
};

/** One page of a list. */
export interface Page<T> {
  data: T[];
  total?: number;
  limit?: number;
  offset?: number;
  _links: Links;
}

/**
 * Alerts, the latest begun first.
 * @throws FhirError 400 for parameters
 */
export async function alertPage(
  services: Services,
  query: readonly [string, string][],
  bases: Bases,
): Promise<Page<AlertJson>> {
  const given = readParameters(query, LIST);
  const asked = pageAsked(query, given, MOST_PER_PAGE);
  const { status, severity, patient, acknowledged } = given;
  const filter = defined({ status, severity, patient, acknowledged }) as AlertFilter;
  const scope = ['alerts', status ?? null, severity ?? null, patient ?? null, acknowledged ?? null];
  const secret = await services.pageSecret();
  let after: AlertFilter['after'];
  if (asked.token !== undefined) {
    const [start, id] = readPageToken(secret, scope, asked.token);
    after = { start: start as number, id: id as string };
  }
  // One more than asked for tells whether there is another page.
  const place = { most: asked.count + 1, offset: asked.offset };
  const found = await listAlerts(services.db, { ...filter, ...(after && { after }) }, place);
  const alerts = found.slice(0, asked.count);
  const last = alerts.at(-1);
  const total = asked.total ? await countAlerts(services.db, filter) : undefined;
  return {
    data: alerts.map((alert) => alertJson(alert, bases)),
    ...pageMembers(asked, total),
    _links: pageLinks(`${bases.base}/alerts`, query, asked, {
      given: alerts.length,
      ...(last &&
        found.length > alerts.length && {
          nextToken: () => pageToken(secret, scope, [last.start, last.id]),
        }),
    }),
  };
}

/** @throws FhirError 404 */
export async function oneAlert(services: Services, id: string): Promise<Alert> {
  const alert = await readAlert(services.db, id);
  if (!alert) throw refuse(404, 'not-found', `There is no alert "${id.slice(0, 80)}".`);
  return alert;
}

const MEMBERS = ['who', 'note', 'when'];

/**
 * The body of an acknowledgement; `when` is now where it does not say.
 * @throws FhirError 400 with an issue for each member that is wrong; `expression` is a JSON pointer
 */
export function readAcknowledgement(body: unknown): { who: string; when: string; note?: string } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse(400, 'structure', 'The body must be a JSON object such as {"who": "Practitioner/12"}.', '#');
  }
  const issues: Issue[] = [];
  const wrong = (member: string, code: Issue['code'], diagnostics: string) =>
    issues.push({ severity: 'error', code, diagnostics, expression: [pointerTo(member)] });
  for (const [member, value] of Object.entries(body)) {
    if (!MEMBERS.includes(member)) {
      wrong(
        member,
        'structure',
        `There is no member "${member.slice(0, 80)}" here; known are ${MEMBERS.join(', ')}.`,
      );
    } else if (typeof value !== 'string') wrong(member, 'value', `"${member}" must be a string.`);
  }
  if (!Object.hasOwn(body, 'who')) {
    wrong('who', 'required', '"who" is missing: a reference such as Practitioner/12.');
  }
  if (issues.length > 0) throw new FhirError(400, issues);
  const {
    who,
    when = new Date().toISOString(),
    note,
  } = body as { who: string; when?: string; note?: string };
  return { who, when, ...(note === undefined ? {} : { note }) };
}

/** A member of the body as a JSON pointer in a URI fragment (RFC 6901 section 6). */
const pointerTo = (member: string): string =>
  `#/${encodeURIComponent(member.slice(0, 80).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`;
