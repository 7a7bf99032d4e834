// GET metadata: the CapabilityStatement, made once per base and answered 304 to a client that has it.
import { createHash } from 'node:crypto';
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { capabilityStatement } from '../fhir/capabilityStatement.ts';
import { type SupportedProfiles, supportedProfiles } from '../fhir/supportedProfiles.ts';
import type { Services } from '../services.ts';
import type { Handler } from './handlers.ts';

/** A handful: a client that varies its Host header may not fill the memory. */
const MOST_BASES = 8;
/** By the profiles, of which each revision of the definitions has its own: another search parameter makes another statement too. */
const made = new WeakMap<SupportedProfiles, Map<string, { body: string; tag: string }>>();

async function statementOf(services: Services, base: string): Promise<{ body: string; tag: string }> {
  const profiles = await supportedProfiles(services, services.db);
  const byBase = made.get(profiles) ?? new Map<string, { body: string; tag: string }>();
  made.set(profiles, byBase);
  const known = byBase.get(base);
  if (known) return known;
  const body = capabilityStatement(services, base, profiles);
  const tag = `W/"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  if (byBase.size >= MOST_BASES) byBase.clear();
  byBase.set(base, { body, tag });
  return { body, tag };
}

/** `?mode=full|normative|terminology`: only `full` exists here, which is also what `normative` may answer. */
export const capabilities: Handler = async (services, request, res) => {
  const mode = request.query.findLast(([name]) => name === 'mode')?.[1] ?? 'full';
  if (mode !== 'full' && mode !== 'normative') {
    throw refuse(400, 'not-supported', `metadata has no mode "${mode}" here: use full.`);
  }
  // Without a database it says what is known here.
  await ensureDefinitions(services).catch(() => undefined);
  const { body, tag } = await statementOf(services, request.base);
  res.setHeader('ETag', tag);
  const fresh = request.headers['if-none-match']?.split(',').some((given) => given.trim() === tag);
  return fresh ? { status: 304 } : { status: 200, body };
};
