// Which rows are one human: the same whatever the order of the rows, and every row in exactly one.
import { describe, expect, it } from '@jest/globals';
import { groupHumans } from '../../../server/clinic/crm/crmHumans.ts';
import type { CrmRow } from '../../../server/clinic/crm/crmTables.ts';

let line = 1;
const row = (table: 'Contact' | 'Patient', key: string, cells: Record<string, string>): CrmRow => ({
  ...{ table, key, line: ++line, cells },
});
const contact = (key: string, cells: Record<string, string>) => row('Contact', key, cells);
const name = { firstname: 'Zoë', lastname: 'Ng' };

const rows = [
  contact('10', { ...name, email: 'a@x.com', booking_date: '2025-01-01' }),
  contact('9', { firstname: 'zoë ', lastname: 'NG', email: 'A@x.com', booking_date: '2024-01-01' }),
  contact('11', { ...name, email: 'b@x.com' }),
  contact('12', { ...name, email: 'c@x.com', medical_license_number: 'ml 1' }),
  contact('13', { ...name, medical_license_number: 'ML 1' }),
  contact('14', { firstname: 'Bo', email: 'b@x.com' }),
  row('Patient', '1', { lastname: 'Ng', contact_record: '11', first_contact_date: '2020-01-01' }),
  row('Patient', '2', { lastname: 'Li', contact_record: '14' }),
  row('Patient', '3', { lastname: 'Li', contact_record: '99' }),
];

const grouped = (of: readonly CrmRow[]) =>
  groupHumans(of)
    .humans.map((human) => [human.primary.key, human.rows.map(({ key }) => key).join(' ')])
    .sort();

describe('groupHumans', () => {
  it('joins by name and e-mail, name and licence, or conversion; oldest first, named after the least contact', () => {
    expect(grouped(rows)).toEqual([
      ['11', '11 1'],
      ['12', '12 13'],
      ['14', '14'],
      ['2', '2'],
      ['3', '3'],
      ['9', '9 10'],
    ]);
  });

  it('does not depend on the order of the rows', () => {
    for (let turn = 1; turn < rows.length; turn++) {
      const turned = [...rows.slice(turn), ...rows.slice(0, turn)];
      expect(grouped(turned)).toEqual(grouped(rows));
      expect(grouped(turned.reverse())).toEqual(grouped(rows));
    }
  });

  it('tells who may be the same, once for each reason', () => {
    const told = groupHumans(rows).doubts.map(({ score, because, rows }) => [
      ...[score, because.slice(0, 17), rows.map(({ key }) => key).join(' ')],
    ]);
    expect(told).toEqual([
      [50, 'contact_record jo', '14 2'],
      [60, 'the same e-mail', '11 14'],
      [35, 'the same name', '9 11 13'],
      [35, 'the same name', '2 3'],
    ]);
  });
});
