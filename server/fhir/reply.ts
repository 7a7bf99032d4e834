// The transport-free answer of an interaction; HTTP turns it into a response, a bundle into Bundle.entry.response.
import type { Issue } from '../errors.ts';
import type { StoredVersion } from '../store/resources.ts';
import { operationOutcome } from './operationOutcome.ts';
import type { WriteResult } from './planChange.ts';

/** What the client wants back from a write (Prefer: return=…). */
export type ReturnPreference = 'minimal' | 'representation' | 'OperationOutcome';

export interface Reply {
  status: number;
  /** JSON text */
  body?: string;
  /** version for ETag */
  version?: number;
  lastUpdated?: Date;
  /** `Type/id/_history/n`, relative to the service base */
  location?: string;
  /** where to ask how it goes on, relative to the service base */
  contentLocation?: string;
}

/** A stored version as it is read. */
export function readReply(stored: StoredVersion): Reply {
  return { status: 200, body: stored.content!, version: stored.version, lastUpdated: stored.lastUpdated };
}

const STATUS = { created: 201, updated: 200, unchanged: 200, matched: 200, deleted: 204, absent: 204 };

/** The answer to a write (http.html#ops): 201 with Location for a new resource, 204 for a deletion. */
export function writeReply(result: WriteResult, preference: ReturnPreference, warnings: Issue[] = []): Reply {
  const { change, type, id, version, lastUpdated, content } = result;
  const reply: Reply = { status: STATUS[change], version, lastUpdated };
  const gone = change === 'deleted' || change === 'absent';
  if (gone && version === 0) {
    delete reply.version;
    delete reply.lastUpdated;
  }
  if (!gone) reply.location = `${type}/${id}/_history/${version}`;
  if (preference === 'OperationOutcome') {
    reply.body = operationOutcome([
      { severity: 'information', code: 'informational', diagnostics: say(result) },
      ...warnings,
    ]);
    if (gone) reply.status = 200;
  } else if (preference === 'representation' && !gone) {
    reply.body = content!;
  }
  return reply;
}

function say({ change, type, id, version, alsoDeleted }: WriteResult): string {
  const name = `${type}/${id}`;
  switch (change) {
    case 'created':
      return `${name} was created.`;
    case 'updated':
      return `${name} was updated to version ${version}.`;
    case 'unchanged':
      return `${name} is as it was: version ${version} stays current.`;
    case 'matched':
      return `${name} matches the criteria; nothing was created.`;
    case 'deleted':
      return alsoDeleted ? `${name} and ${alsoDeleted} more were deleted.` : `${name} was deleted.`;
    case 'absent':
      return 'There was nothing to delete.';
  }
}
