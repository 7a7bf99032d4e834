// What people came for and the calls they booked → Condition and Appointment: one of each kind for each thing told, none ever
// written over another.
import type { Resource } from '../../services.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import { plainWords } from './crmTerms.ts';
import { type CrmContext, defined, extension, identified, referenceTo } from './crmUnit.ts';

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/condition-category';

/** Each condition that the rows of a human tell of, once; by the row that tells it. */
export function crmConditions(
  rows: readonly CrmRow[],
  human: Resource,
  { terms, orphans }: CrmContext,
): Map<CrmRow, Resource> {
  const byCode = new Map<string, Resource>();
  const byRow = new Map<CrmRow, Resource>();
  for (const row of rows) {
    const text = row.cells.medical_condition;
    if (text === undefined) continue;
    const coding = terms.find(text);
    if (!coding) {
      const detail = `"${text.slice(0, 100)}" is no condition of the table or the option set: it is kept as text, without a code.`;
      orphans.push({ row, column: 'medical_condition', detail });
    }
    const code = coding?.code ?? `text:${plainWords(text)}`;
    // What a lead says of itself, nobody has confirmed; a patient's condition is one that somebody has looked up.
    const isOwnWord = !rows.some(
      (each) =>
        each.table === 'Patient' &&
        each.cells.medical_condition !== undefined &&
        (terms.find(each.cells.medical_condition)?.code ?? '') === coding?.code,
    );
    const condition = byCode.get(code) ?? {
      ...identified('Condition', crmSystems.conditions, `${human.id}|${code}`),
      ...defined({
        clinicalStatus: { coding: [{ system: CLINICAL, code: 'active' }] },
        verificationStatus: isOwnWord
          ? { coding: [{ system: VERIFICATION, code: 'unconfirmed' }] }
          : undefined,
        category: [{ coding: [{ system: CATEGORY, code: 'problem-list-item' }] }],
        code: coding ? { coding: [coding], text: coding.display } : { text },
        subject: referenceTo(human),
      }),
    };
    byCode.set(code, condition);
    byRow.set(row, condition);
  }
  return byRow;
}

/** A dateTime as an instant: of a day, its first or last second. */
const instant = (text: string, isEnd = false): string =>
  text.includes('T') ? text : `${text}T${isEnd ? '23:59:59' : '00:00:00'}Z`;

/** Calls that were booked, and first consultations. */
export function crmCalls(
  rows: readonly CrmRow[],
  human: Resource,
  { now, leftOver }: CrmContext,
): Resource[] {
  const calls = new Map<string, Resource>();
  for (const row of rows) {
    const { booking_date, reminder_date, no_show, initial_consult_date } = row.cells;
    if (booking_date !== undefined || reminder_date !== undefined) {
      const at = booking_date ?? `reminder ${reminder_date}`;
      const call = {
        ...identified('Appointment', crmSystems.bookings, `${row.key}|${at}`),
        ...defined({
          extension: reminder_date && [extension('salus-reminder', 'DateTime', reminder_date)],
          ...appointment('Booked call', booking_date, human),
          status: callStatus(booking_date, no_show, now),
        }),
      };
      // The same call, in two rows of the same human; what only one of them knows is kept.
      const before = calls.get(at);
      calls.set(at, before ? { ...call, ...before, ...sharper(before, call) } : call);
    }
    if (no_show !== undefined && booking_date === undefined) {
      const detail = 'There is no booking that it could be of.';
      leftOver.push({ row, column: 'no_show', detail });
    }
    if (initial_consult_date !== undefined) {
      calls.set(`${row.key} consult`, {
        ...identified('Appointment', crmSystems.bookings, `patient ${row.key}|${initial_consult_date}`),
        ...defined(appointment('Initial consultation', initial_consult_date, human)),
        status: Date.parse(instant(initial_consult_date)) < now ? 'fulfilled' : 'booked',
      });
    }
  }
  return [...calls.values()];
}

/** Whoever says that somebody did not come says more than whoever does not. */
const sharper = (a: Resource, b: Resource) =>
  [a, b].some(({ status }) => status === 'noshow') ? { status: 'noshow' } : {};

function callStatus(booking: string | undefined, noShow: string | undefined, now: number): string {
  if (booking === undefined) return 'proposed';
  if (noShow === 'true') return 'noshow';
  return noShow === 'false' && Date.parse(instant(booking)) < now ? 'fulfilled' : 'booked';
}

/** A CRM knows when a call begins, and of some only the day: `requestedPeriod` says what it knew. */
function appointment(what: string, at: string | undefined, human: Resource) {
  return {
    serviceType: [{ text: what }],
    start: at && instant(at),
    end: at && instant(at, true),
    participant: [{ actor: referenceTo(human), status: 'accepted' }],
    requestedPeriod: at && [{ start: at, end: at }],
  };
}
