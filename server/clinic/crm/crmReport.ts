// The reconciliation report of a migration: what became of every row, and what a data owner has to look at; as JSON and as text.
import type { WriteResult } from '../../fhir/planChange.ts';
import type { Doubt, Orphan } from './crmHumans.ts';
import { type CrmRow, crmTables, type TableName } from './crmTables.ts';
import type { Conflict, LeftOver } from './crmUnit.ts';

export type RowFate = 'created' | 'updated' | 'merged' | 'unchanged' | 'refused';

export interface ReportedRow {
  table: TableName;
  line: number;
  key?: string;
  fate: RowFate;
  /** what it is now; absent where it was refused */
  resource?: string;
  reasons?: string[];
}

interface Place {
  table: TableName;
  line: number;
  key: string;
}

export interface CrmReport {
  dryRun: boolean;
  /** rows that were read, and what became of them: `in` is the sum of the others */
  tables: Record<TableName, { in: number } & Record<RowFate, number>>;
  resources: Record<string, { created: number; updated: number; unchanged: number }>;
  /** what was refused and is no row of its own: studies */
  refusedResources: { resource: string; reasons: string[] }[];
  conflicts: {
    resource: string;
    field: string;
    kept: string;
    keptFrom: Place;
    older: string;
    olderFrom: Place;
  }[];
  duplicates: { score: number; because: string; rows: Place[] }[];
  orphans: (Place & { column: string; detail: string })[];
  leftOver: (Place & { column: string; value: string; detail: string })[];
  rows: ReportedRow[];
}

const FATES: readonly RowFate[] = ['created', 'updated', 'merged', 'unchanged', 'refused'];
const place = ({ table, line, key }: CrmRow): Place => ({ table, line, key });

/** A report that is filled row by row. */
export function newReport(found: {
  dryRun: boolean;
  conflicts: readonly Conflict[];
  doubts: readonly Doubt[];
  orphans: readonly Orphan[];
  leftOver: readonly LeftOver[];
}) {
  const none = () => ({ in: 0, created: 0, updated: 0, merged: 0, unchanged: 0, refused: 0 });
  const tables = Object.fromEntries(crmTables.map(({ name }) => [name, none()])) as CrmReport['tables'];
  const resources: CrmReport['resources'] = {};
  const rows: ReportedRow[] = [];
  const refusedResources: CrmReport['refusedResources'] = [];
  return {
    tell(row: ReportedRow): void {
      tables[row.table].in++;
      tables[row.table][row.fate]++;
      rows.push(row);
    },
    count(type: string, change: WriteResult['change']): void {
      resources[type] ??= { created: 0, updated: 0, unchanged: 0 };
      resources[type][change === 'created' || change === 'updated' ? change : 'unchanged']++;
    },
    refuse(resource: string, reasons: string[]): void {
      refusedResources.push({ resource, reasons });
    },
    finish: (): CrmReport => ({
      ...{ dryRun: found.dryRun, tables, resources, refusedResources },
      conflicts: found.conflicts.map((each) => ({
        ...each,
        keptFrom: place(each.keptFrom),
        olderFrom: place(each.olderFrom),
      })),
      duplicates: found.doubts
        .map((each) => ({ ...each, rows: each.rows.map(place) }))
        .sort((a, b) => b.score - a.score),
      orphans: found.orphans.map(({ row, ...rest }) => ({ ...place(row), ...rest })),
      leftOver: found.leftOver.map(({ row, column, detail }) => ({
        ...{ ...place(row), column, value: row.cells[column]!, detail },
      })),
      rows: rows.sort((a, b) => a.table.localeCompare(b.table) || a.line - b.line),
    }),
  };
}

/** The sums, as they are printed. */
export function summary({ dryRun, tables, resources, ...lists }: CrmReport): string {
  const header = ['Rows', 'in', ...FATES];
  const body = Object.entries(tables).map(([name, counts]) => [
    name,
    ...(['in', ...FATES] as const).map((fate) => String(counts[fate])),
  ]);
  const kinds = Object.entries(resources).map(([type, { created, updated, unchanged }]) => [
    ...[type, String(created), String(updated), String(unchanged)],
  ]);
  return [
    ...(dryRun ? ['Dry run: nothing was stored.', ''] : []),
    ...aligned([header, ...body]),
    '',
    ...aligned([['Resources', 'created', 'updated', 'unchanged'], ...kinds]),
    '',
    `${lists.conflicts.length} conflicts, ${lists.duplicates.length} possible duplicates, ` +
      `${lists.orphans.length} orphans, ${lists.leftOver.length} cells left over`,
  ].join('\n');
}

/** The whole report for people: sums, then whatever needs a look. */
export function reportText(report: CrmReport): string {
  const at = ({ table, line, key }: { table: string; line: number; key?: string }) =>
    `${table}:${line}${key === undefined ? '' : ` (${key})`}`;
  const lists: [string, string[]][] = [
    [
      'Refused rows',
      report.rows
        .filter(({ fate }) => fate === 'refused')
        .map((row) => `${at(row)}: ${row.reasons!.join(' ')}`),
    ],
    [
      'Refused resources',
      report.refusedResources.map(({ resource, reasons }) => `${resource}: ${reasons.join(' ')}`),
    ],
    [
      'Conflicts: the newer value is kept, the older is in the history of the resource',
      report.conflicts.map(
        ({ resource, field, kept, keptFrom, older, olderFrom }) =>
          `${resource} ${field}: "${kept}" of ${at(keptFrom)}, before "${older}" of ${at(olderFrom)}`,
      ),
    ],
    [
      'Possible duplicates: left apart',
      report.duplicates.map(({ score, because, rows }) => `${score}: ${because}: ${rows.map(at).join(', ')}`),
    ],
    [
      'Orphans: what a row refers to does not exist',
      report.orphans.map((each) => `${at(each)}: ${each.column}: ${each.detail}`),
    ],
    [
      'Cells left over: the new model has no place for them',
      report.leftOver.map((each) => `${at(each)}: ${each.column} "${each.value}": ${each.detail}`),
    ],
  ];
  const told = lists.filter(([, lines]) => lines.length > 0);
  return `${[summary(report), ...told.map(([title, lines]) => [`${title} (${lines.length})`, ...lines].join('\n'))].join('\n\n')}\n`;
}

function aligned(table: readonly string[][]): string[] {
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  return table.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]! + 2))).join(''),
  );
}
