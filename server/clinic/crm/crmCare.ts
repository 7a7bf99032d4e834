// What people came for and the calls they booked → Condition and Appointment: one of each kind for each thing told, none ever
// written over another.
import type { Resource } from '../../services.ts';
import { BOOKED_CALL, callAppointment, instant } from '../care/bookingAppointment.ts';
import { conditionKey, personCondition } from '../care/conditionResource.ts';
import type { CrmRow } from './crmTables.ts';
import type { CrmContext } from './crmUnit.ts';

/** Each condition that the rows of a human tell of, once; by the row that tells it. */
export function crmConditions(
  rows: readonly CrmRow[],
  human: Resource,
  { terms, orphans }: CrmContext,
): Map<CrmRow, Resource> {
  const byKey = new Map<string, Resource>();
  const byRow = new Map<CrmRow, Resource>();
  for (const row of rows) {
    const text = row.cells.medical_condition;
    if (text === undefined) continue;
    const coding = terms.find(text);
    if (!coding) {
      const detail = `"${text.slice(0, 100)}" is no condition of the table or the option set: it is kept as text, without a code.`;
      orphans.push({ row, column: 'medical_condition', detail });
    }
    const code = coding ?? { text };
    const key = conditionKey(human.id!, code);
    // What a lead says of itself, nobody has confirmed; a patient's condition is one that somebody has looked up.
    const isOwnWord = !rows.some(
      (each) =>
        each.table === 'Patient' &&
        each.cells.medical_condition !== undefined &&
        (terms.find(each.cells.medical_condition)?.code ?? '') === coding?.code,
    );
    const condition = byKey.get(key) ?? personCondition(human, code, { said: isOwnWord });
    byKey.set(key, condition);
    byRow.set(row, condition);
  }
  return byRow;
}

/** Calls that were booked, and first consultations. */
export function crmCalls(
  rows: readonly CrmRow[],
  human: Resource,
  { now, leftOver }: CrmContext,
): Resource[] {
  const person = `${human.resourceType}/${human.id}`;
  const calls = new Map<string, Resource>();
  for (const row of rows) {
    const { booking_date, reminder_date, no_show, initial_consult_date } = row.cells;
    if (booking_date !== undefined || reminder_date !== undefined) {
      const at = booking_date ?? `reminder ${reminder_date}`;
      const call = callAppointment(`${row.key}|${at}`, {
        ...{ person, kind: BOOKED_CALL, at: booking_date, reminder: reminder_date },
        status: callStatus(booking_date, no_show, now),
      });
      // The same call, in two rows of the same human; what only one of them knows is kept.
      const before = calls.get(at);
      calls.set(at, before ? { ...call, ...before, ...sharper(before, call) } : call);
    }
    if (no_show !== undefined && booking_date === undefined) {
      const detail = 'There is no booking that it could be of.';
      leftOver.push({ row, column: 'no_show', detail });
    }
    if (initial_consult_date !== undefined) {
      const consultation = callAppointment(`patient ${row.key}|${initial_consult_date}`, {
        ...{ person, kind: 'Initial consultation', at: initial_consult_date },
        status: Date.parse(instant(initial_consult_date)) < now ? 'fulfilled' : 'booked',
      });
      calls.set(`${row.key} consult`, consultation);
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
