// Loads published examples (where ../shared/data is there) and a generated population over HTTP, changes and deletes
// some of it, and reads back what is stored: the data set that both the server and the oracle search.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Bundle } from '@medplum/fhirtypes';
import { generatePopulation } from '../../../synthea-data/generatePopulation.ts';
import { invalidExamples } from '../../support/invalidExamples.ts';
import { send } from '../../support/testServer.ts';
import { type DataSet, dataSetOf, identity } from './dataSet.ts';
import { ownRecords } from './ownRecords.ts';
import type { Resource } from './values.ts';

const SHARED = '../shared/data';
const EXAMPLES = ['hl7-r4-examples', 'us-core-examples'];
const SYNTHEA = `${SHARED}/synthea-conditional`;
/** A child, a woman with procedures and medications, a man: 1,400 resources. */
const SYNTHEA_PATIENTS = /^(Jerry654|Georgianne697|Meghan514)_/;

/** Whether the published data are there. */
export const hasSharedData = existsSync(SHARED);

/** Loads everything into the server at a base URL. */
export async function loadData(base: string): Promise<DataSet> {
  const created: string[] = [];
  const refused: string[] = [];
  const note = (location: string | undefined): void => {
    const [, identity] = /([A-Z]\w+\/[^/]+)\/_history\/1$/.exec(location ?? '') ?? [];
    if (identity) created.push(identity);
  };
  const put = async (resource: Resource): Promise<void> => {
    const { status, headers, text } = await send(
      'PUT',
      `${base}/${resource.resourceType}/${resource.id}`,
      resource,
    );
    if (status === 201) note(headers.get('location') ?? undefined);
    else if (status !== 200) refused.push(`${identity(resource)} ${status} ${text}`);
  };
  const post = async (bundle: Bundle): Promise<void> => {
    const { status, body } = await send('POST', base, bundle);
    if (status !== 200) throw new Error(JSON.stringify(body));
    for (const { response } of body.entry) note(response.location);
  };
  const examples = hasSharedData ? publishedExamples() : [];
  const generated = generatePopulation({ patients: 6, seed: 'oracle', years: 2 });
  const bundles = [...(hasSharedData ? syntheaBundles() : []), ...[...generated].map(({ bundle }) => bundle)];
  for (const resource of [...ownRecords, ...examples]) await put(resource);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  for (const bundle of bundles) await post(bundle);
  await changeSome(base, created);
  return dataSetOf(await readAll(base, created), base);
}

/** Of US Core: a narrative without the mandatory div. */
const INVALID = [...Object.keys(invalidExamples), 'diagnosticreport-cbc.json'];

/** The published examples, but for invalid ones. */
export function publishedExamples(folders: readonly string[] = EXAMPLES): Resource[] {
  return folders
    .map((folder) => `${SHARED}/${folder}`)
    .flatMap((folder) => readdirSync(folder).map((name) => ({ folder, name })))
    .filter(({ name }) => name.endsWith('.json') && !INVALID.includes(name))
    .map(({ folder, name }): Resource => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')));
}

/** Bundles of some Synthea patients, after the hospitals and practitioners that they refer to. */
function syntheaBundles(): Bundle[] {
  const names = readdirSync(SYNTHEA);
  const texts = names
    .filter((name) => SYNTHEA_PATIENTS.test(name))
    .map((name) => readFileSync(`${SYNTHEA}/${name}`, 'utf8'));
  const isNeeded = ({ ifNoneExist }: { ifNoneExist?: string }): boolean => {
    const value = ifNoneExist?.split('|')[1];
    return value !== undefined && texts.some((text) => text.includes(value));
  };
  const information = names
    .filter((name) => name.includes('Information'))
    .map((name): Bundle => JSON.parse(readFileSync(`${SYNTHEA}/${name}`, 'utf8')))
    .map((bundle) => ({ ...bundle, entry: bundle.entry!.filter(({ request }) => isNeeded(request!)) }));
  return [...information, ...texts.map((text) => JSON.parse(text))];
}

/** Updates every 17th resource (a tag more) and deletes every 41st, but none of our own records. */
async function changeSome(base: string, created: readonly string[]): Promise<void> {
  for (const [number, identity] of created.entries()) {
    const url = `${base}/${identity}`;
    if (number % 41 === 5 && !identity.includes('/own-')) await send('DELETE', url);
    else if (number % 17 === 3) {
      const { body } = await send('GET', url, undefined, { accept: 'application/fhir+json' });
      const tag = [...(body.meta.tag ?? []), { system: 'urn:oracle', code: `tag-${number % 3}` }];
      await send('PUT', url, { ...body, meta: { ...body.meta, tag } });
    }
  }
}

/** Current resources in the order in which they were created. */
async function readAll(base: string, created: readonly string[]): Promise<Resource[]> {
  const resources: Resource[] = [];
  for (let at = 0; at < created.length; at += 400) {
    const entry = created.slice(at, at + 400).map((url) => ({ request: { method: 'GET', url } }));
    const { body } = await send('POST', base, { resourceType: 'Bundle', type: 'batch', entry });
    for (const { resource, response } of body.entry)
      if (response.status.startsWith('200')) resources.push(resource);
  }
  return resources;
}
