// The reconciliation report of a migration: what became of every row, and what a data owner has to look at; as JSON and as text.
import type { WriteResult } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import type { Reference } from '../fhirParts.ts';
import type { Orphan } from './crmHumans.ts';
import { type CrmRow, crmTables, type TableName } from './crmTables.ts';
import type { Conflict, LeftOver, Source } from './crmUnit.ts';
import type { DoubtReviews } from './doubtReviews.ts';

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
    keptFrom: Place | Exclude<Source, CrmRow>;
    older: string;
    olderFrom: Place | Exclude<Source, CrmRow>;
  }[];
  /** `reviews` are those on the list of reviews, which is about Patients: none of professionals */
  duplicates: { score: number; because: string; rows: Place[]; reviews: string[] }[];
  orphans: (Place & { column: string; detail: string })[];
  leftOver: (Place & { column: string; value: string; detail: string })[];
  rows: ReportedRow[];
}

const FATES: readonly RowFate[] = ['created', 'updated', 'merged', 'unchanged', 'refused'];
const sourceOf = (source: Source) => (typeof source === 'string' ? source : place(source));
const place = ({ table, line, key }: CrmRow): Place => ({ table, line, key });

/** A report that is filled row by row. */
export function newReport(found: {
  dryRun: boolean;
  conflicts: readonly Conflict[];
  reviews: readonly DoubtReviews[];
  orphans: readonly Orphan[];
  leftOver: readonly LeftOver[];
}) {
  const none = () => ({ in: 0, created: 0, updated: 0, merged: 0, unchanged: 0, refused: 0 });
  const tables = Object.fromEntries(crmTables.map(({ name }) => [name, none()])) as CrmReport['tables'];
  const resources: CrmReport['resources'] = {};
  const rows: ReportedRow[] = [];
  const refusedResources: CrmReport['refusedResources'] = [];
  const conflicts = [...found.conflicts];
  const refusedPeople = new Set<string>();
  const isRefused = (task: Resource): boolean =>
    [task.for as Reference, ...((task.basedOn ?? []) as Reference[])].some(({ reference = '' }) =>
      refusedPeople.has(reference),
    );
  return {
    isRefused,
    refusedPerson(reference: string): void {
      refusedPeople.add(reference);
    },
    tell(row: ReportedRow): void {
      tables[row.table].in++;
      tables[row.table][row.fate]++;
      rows.push(row);
    },
    count(type: string, change: WriteResult['change']): void {
      resources[type] ??= { created: 0, updated: 0, unchanged: 0 };
      resources[type][change === 'created' || change === 'updated' ? change : 'unchanged']++;
    },
    conflict(conflict: Conflict): void {
      conflicts.push(conflict);
    },
    refuse(resource: string, reasons: string[]): void {
      refusedResources.push({ resource, reasons });
    },
    finish: (): CrmReport => ({
      ...{ dryRun: found.dryRun, tables, resources, refusedResources },
      conflicts: conflicts.map((each) => ({
        ...each,
        keptFrom: sourceOf(each.keptFrom),
        olderFrom: sourceOf(each.olderFrom),
      })),
      duplicates: found.reviews
        .map(({ doubt: { score, because, rows }, tasks }) => {
          const reviews = tasks.filter((task) => !isRefused(task)).map(({ id }) => `Task/${id}`);
          return { score, because, rows: rows.map(place), reviews };
        })
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
  const at = (source: { table: string; line: number; key?: string } | string) => {
    if (typeof source === 'string') return source;
    const { table, line, key } = source;
    return `${table}:${line}${key === undefined ? '' : ` (${key})`}`;
  };
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
      'Conflicts: the first value is kept, the other is in the history of the resource where it was stored',
      report.conflicts.map(
        ({ resource, field, kept, keptFrom, older, olderFrom }) =>
          `${resource} ${field}: "${kept}" of ${at(keptFrom)}, not "${older}" of ${at(olderFrom)}`,
      ),
    ],
    [
      'Possible duplicates: left apart; those of patients are at /api/v1/lead-reviews, where they are decided, those of professionals only here',
      report.duplicates.map(
        ({ score, because, rows, reviews }) =>
          `${score}: ${because}: ${rows.map(at).join(', ')}${reviews.map((task) => `; ${task}`).join('')}`,
      ),
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
