// GET metadata: the CapabilityStatement, made once per base and answered 304 to a client that has it.
import { createHash } from 'node:crypto';
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { capabilityStatement } from '../fhir/capabilityStatement.ts';
import { type SupportedProfiles, supportedProfiles } from '../fhir/supportedProfiles.ts';
import { terminologyCapabilities } from '../fhir/terminologyCapabilities.ts';
import type { Services } from '../services.ts';
import { readRevision } from '../store/definitionsRevision.ts';
import type { Handler } from './handlers.ts';

/** A handful: a client that varies its Host header may not fill the memory. */
const MOST_BASES = 8;
/** By the profiles, of which each revision of the definitions has its own: another search parameter makes another statement too. */
const made = new WeakMap<SupportedProfiles, Map<string, Statement>>();

async function statementOf(services: Services, base: string): Promise<Statement> {
  const profiles = await supportedProfiles(services, services.db);
  const byBase = made.get(profiles) ?? new Map<string, Statement>();
  made.set(profiles, byBase);
  const known = byBase.get(base);
  if (known) return known;
  const fresh = statement(capabilityStatement(services, base, profiles));
  if (byBase.size >= MOST_BASES) byBase.clear();
  byBase.set(base, fresh);
  return fresh;
}

/** By base, for the newest revision of the definitions, which every write of a code system raises. */
const ofTerminology = new WeakMap<Services, { revision: number; byBase: Map<string, Statement> }>();

async function terminologyOf(services: Services, base: string): Promise<Statement> {
  const { revision } = await readRevision(services.db);
  let known = ofTerminology.get(services);
  if (known?.revision !== revision || known.byBase.size >= MOST_BASES) {
    known = { revision, byBase: new Map() };
    ofTerminology.set(services, known);
  }
  const { byBase } = known;
  const made = byBase.get(base) ?? statement(await terminologyCapabilities(services, base));
  byBase.set(base, made);
  return made;
}

interface Statement {
  body: string;
  tag: string;
}

function statement(body: string): Statement {
  return { body, tag: `W/"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"` };
}

/** `?mode=full|normative|terminology`: `full` is also what `normative` may answer. */
export const capabilities: Handler = async (services, request, res) => {
  const mode = request.query.findLast(([name]) => name === 'mode')?.[1] ?? 'full';
  if (mode !== 'full' && mode !== 'normative' && mode !== 'terminology') {
    throw refuse(400, 'not-supported', `metadata has no mode "${mode}": use full, normative or terminology.`);
  }
  // Without a database it says what is known here.
  await ensureDefinitions(services).catch(() => undefined);
  const of = mode === 'terminology' ? terminologyOf : statementOf;
  const { body, tag } = await of(services, request.base);
  res.setHeader('ETag', tag);
  const fresh = request.headers['if-none-match']?.split(',').some((given) => given.trim() === tag);
  return fresh ? { status: 304 } : { status: 200, body };
};
