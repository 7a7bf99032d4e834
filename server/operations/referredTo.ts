// What the members of a compartment refer to: organizations, practitioners, locations, medications …
import { compartmentPresence, referenceTargetsOf } from '../search/compartmentHashes.ts';
import { readOutsiders } from '../store/compartment.ts';
import type { Identity, StoredVersion } from '../store/resources.ts';
import type { Scope } from './everything.ts';
import { referencesIn } from './referencesIn.ts';

/**
 * What is behind the references and, as long as it belongs to no patient, what that refers to in turn; by key, from
 * above the key `after`. Members of the compartment are left out, those that the filters left out too.
 * @param references `Type/id` of what members refer to
 * @param seen names known to be members
 */
export async function* referredTo(
  { services, db, request, focal }: Scope,
  references: Set<string>,
  seen: Set<string>,
  after: number,
  chunk: number,
): AsyncGenerator<StoredVersion> {
  const { definitions } = services;
  const { type: compartment } = request;
  const presence = compartmentPresence(definitions, compartment);
  const ofPatients = new Set(
    [...presence, ...compartmentPresence(definitions, 'Patient')].map(({ type }) => type),
  );
  ofPatients.add(compartment).add('Patient');
  const membership = focal ? referenceTargetsOf(definitions, compartment, focal.id) : presence;
  const memberHashes = membership.map(({ hash }) => hash);
  const found: { type: string; id: string; key: number }[] = [];
  for (let wave = [...references]; wave.length > 0; ) {
    const next = new Set<string>();
    const names = wave.filter((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    for (let start = 0; start < names.length; start += chunk) {
      const identities = names.slice(start, start + chunk).map(identityOf);
      for (const { type, id, key, content } of await readOutsiders(db, identities, memberHashes)) {
        // On type level every patient is a member.
        if (!focal && type === compartment) continue;
        if (key > after) found.push({ type, id, key });
        if (!ofPatients.has(type)) referencesIn(content!, request.base, next);
      }
    }
    wave = [...next];
  }
  found.sort((a, b) => a.key - b.key);
  for (let start = 0; start < found.length; start += chunk) {
    yield* await readOutsiders(db, found.slice(start, start + chunk), []);
  }
}

function identityOf(name: string): Identity {
  const at = name.indexOf('/');
  return { type: name.slice(0, at), id: name.slice(at + 1) };
}
