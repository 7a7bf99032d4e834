// `salus validate`: what is wrong with the resources in files, judged like $validate; without a database where none is
// configured. One file, or run of NDJSON lines, is in memory at a time.
import type { Config } from '../config.ts';
import { FhirError, type Issue } from '../errors.ts';
import { operationOutcome } from '../fhir/operationOutcome.ts';
import type { Judgement } from '../fhir/validateResource.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Logger } from '../telemetry.ts';
import type { findFiles } from './findFiles.ts';
import { bytesOf } from './importUnit.ts';
import { openJudge } from './openJudge.ts';
import { NEWLINE, readUnits, type Unit } from './readUnits.ts';

export interface ValidateOptions {
  /** canonicals that each resource of a file has to conform to (a Bundle as a whole) */
  profile: string[];
  /** folders, files and packages (.tgz) with more definitions */
  structures: string[];
  /** warnings and information too */
  advice: boolean;
  /** OperationOutcomes, one a line, in place of text */
  json: boolean;
}

/** Says where an OperationOutcome's resource was found (fhir-profiles/salus-source.json). */
export const SOURCE_EXTENSION = 'https://salus.example/fhir/StructureDefinition/salus-source';

const SOME_INVALID = 3;

/**
 * Validates files to standard output; the count comes on standard error.
 * @returns 0, or 3 when a resource is invalid
 * @throws Error when a path is missing, or definitions cannot be used
 */
export async function validateCommand(
  { files, left }: Awaited<ReturnType<typeof findFiles>>,
  { profile, structures, advice, json }: ValidateOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  for (const path of left) log.info('left out: not a .json or .ndjson file', { path });
  const judgement: Judgement = { profiles: profile, claimed: true, advice };
  const { judge, close } = await openJudge(structures, config, log);
  let [judged, invalid] = [0, 0];
  try {
    for (const file of files.toSorted((a, b) => a.path.localeCompare(b.path, 'en'))) {
      for await (const unit of readUnits(file)) {
        for (const { where, read } of await resourcesOf(unit)) {
          const issues = await issuesOf(async () => judge(await read(), judgement));
          judged++;
          if (issues.some(isError)) invalid++;
          await print(json ? outcomeLine(where, issues) : textLines(where, issues));
        }
      }
    }
  } finally {
    await close();
  }
  console.error(`${judged} judged, ${invalid} invalid`);
  return invalid > 0 ? SOME_INVALID : 0;
}

/** A resource to be read; `where` is its file, with the line in NDJSON. */
interface Found {
  where: string;
  read(): unknown;
}

async function resourcesOf(unit: Unit): Promise<Found[]> {
  const { path } = unit;
  if (unit.kind !== 'lines') {
    return [{ where: path, read: async () => parseJson(decodeUtf8(await bytesOf(unit))) }];
  }
  const { bytes, firstLine } = unit;
  const found: Found[] = [];
  for (let start = 0, line = firstLine; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.subarray(start, end);
    if (text.some((byte) => byte > 32)) {
      found.push({ where: `${path}:${line}`, read: () => parseJson(decodeUtf8(text)) });
    }
    start = end + 1;
  }
  return found;
}

/** The issues of a judgement; of what is no JSON, why it is none. */
async function issuesOf(judge: () => Promise<Issue[]>): Promise<Issue[]> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof FhirError && error.status < 500) return error.issues;
    throw error;
  }
}

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** A line for each issue; what comes from the files cannot break it. */
function textLines(where: string, issues: readonly Issue[]): string {
  return issues
    .map(({ severity, code, diagnostics, expression, details }) => {
      const key = details?.coding?.[0]?.code;
      const said = key === undefined || diagnostics.includes(key) ? diagnostics : `${key}: ${diagnostics}`;
      const line = `${where} ${expression?.join(',') ?? '-'} ${severity} ${code} ${said}`;
      return `${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`;
    })
    .join('');
}

function outcomeLine(where: string, issues: Issue[]): string {
  const valid: Issue = {
    ...{ severity: 'information', code: 'informational', diagnostics: 'The resource is valid.' },
  };
  const outcome = JSON.parse(operationOutcome(issues.length > 0 ? issues : [valid]));
  const extension = [{ url: SOURCE_EXTENSION, valueString: where }];
  return `${JSON.stringify({ resourceType: outcome.resourceType, extension, ...outcome })}\n`;
}

/** Waits while the reader of our output is slow, so that it does not pile up in memory. */
async function print(text: string): Promise<void> {
  if (text === '' || process.stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      process.stdout.off('drain', go).off('close', go).off('error', go);
      resolve();
    };
    process.stdout.on('drain', go).on('close', go).on('error', go);
  });
}
