// batch and transaction (http.html#transaction): entries to requests, one write path, answers in request order.
import { STATUS_CODES } from 'node:http';
import { FhirError, refuse } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type EntryRequest, entriesOf, type ReadRequest, readEntry } from './bundleEntries.ts';
import { type BundleEntry, bundleText } from './bundleText.ts';
import { etag } from './etag.ts';
import { operationOutcome } from './operationOutcome.ts';
import type { WriteRequest } from './planChange.ts';
import { atEntry, issuesAtEntry } from './prepareWrites.ts';
import { readUrl } from './readUrl.ts';
import { type Reply, type ReturnPreference, writeReply } from './reply.ts';
import { writeAll } from './write.ts';

export interface BundleRequest {
  bundle: Resource;
  /** absolute URL of the service base */
  base: string;
  preference: ReturnPreference;
}

type Outcome = Reply | FhirError;

/**
 * Carries out a batch or transaction; the answer is a Bundle as JSON text.
 * @throws FhirError 400 for another bundle type; for a transaction, the refusal of its first refused entry
 */
export async function processBundle(services: Services, request: BundleRequest): Promise<string> {
  const { bundle } = request;
  const { type } = bundle;
  if (bundle.resourceType !== 'Bundle' || (type !== 'batch' && type !== 'transaction')) {
    throw refuse(
      400,
      'value',
      `POST to the base takes a Bundle of type batch or transaction, not ${bundle.resourceType === 'Bundle' ? `one ${type === undefined ? 'without type' : `of type "${String(type)}"`}` : `a ${bundle.resourceType}`}. ` +
        'To store a Bundle as it is, POST it to /Bundle.',
      'Bundle.type',
    );
  }
  const entries = entriesOf(services, bundle);
  const atomic = type === 'transaction';
  const outcomes: Outcome[] = new Array(entries.length);
  const writes: { index: number; write: WriteRequest }[] = [];
  const reads: { index: number; read: ReadRequest }[] = [];
  entries.forEach((entry, index) => {
    try {
      const parsed: EntryRequest = readEntry(services, entry, request.base);
      if ('write' in parsed) writes.push({ index, write: parsed.write });
      else reads.push({ index, read: parsed.read });
    } catch (error) {
      outcomes[index] = refusal(error, index, atomic);
    }
  });
  const readAll = async (db: Database) => {
    for (const { index, read } of reads) {
      try {
        outcomes[index] = await readUrl(services, read, request.base, db);
      } catch (error) {
        outcomes[index] = refusal(error, index, atomic);
      }
    }
  };
  if (writes.length > 0) {
    const results = await writeAll(
      services,
      writes.map(({ write }) => write),
      {
        atomic,
        entryIndex: writes.map(({ index }) => index),
        advice: request.preference === 'OperationOutcome',
        // The reads of a transaction see its writes, and a read that fails undoes them.
        ...(atomic && reads.length > 0 ? { beforeCommit: readAll } : {}),
      },
    );
    results.forEach((result, i) => {
      const { index } = writes[i]!;
      outcomes[index] =
        result instanceof FhirError
          ? result
          : writeReply(result, request.preference, issuesAtEntry(result.warnings ?? [], index));
    });
  }
  if (reads.length > 0 && !(atomic && writes.length > 0)) await readAll(services.db);
  const written = new Set(writes.map(({ index }) => index));
  return bundleText(
    { type: `${type}-response` },
    outcomes.map((outcome, index) => responseEntry(outcome, written.has(index), request)),
  );
}

function refusal(error: unknown, index: number, atomic: boolean): FhirError {
  const located = atEntry(error, index);
  if (atomic || !(located instanceof FhirError)) throw located;
  return located;
}

function responseEntry(
  outcome: Outcome,
  wasWrite: boolean,
  { base, preference }: BundleRequest,
): BundleEntry {
  if (outcome instanceof FhirError) {
    const response = {
      status: statusLine(outcome.status),
      outcome: JSON.parse(operationOutcome(outcome.issues)),
    };
    return { response };
  }
  const { status, body, version, lastUpdated, location } = outcome;
  const isOutcome = wasWrite && preference === 'OperationOutcome' && body !== undefined;
  return {
    ...(location === undefined ? {} : { fullUrl: `${base}/${location.split('/_history/')[0]}` }),
    ...(body === undefined || isOutcome ? {} : { resource: body }),
    response: {
      status: statusLine(status),
      ...(location === undefined ? {} : { location }),
      ...(version === undefined ? {} : { etag: etag(version) }),
      ...(lastUpdated === undefined ? {} : { lastModified: lastUpdated.toISOString() }),
      ...(isOutcome ? { outcome: JSON.parse(body) } : {}),
    },
  };
}

const statusLine = (status: number) => `${status} ${STATUS_CODES[status] ?? ''}`.trim();
