// `salus explain`: prints how a search would be carried out on the database of the settings.
import type { Config } from '../config.ts';
import { refuse } from '../errors.ts';
import { parseQuery } from '../search/parseQuery.ts';
import { createServices } from '../services.ts';
import type { Logger } from '../telemetry.ts';
import { type Explanation, explainSearch } from './explainSearch.ts';
import { searchScope } from './searchScope.ts';

export interface ExplainOptions {
  /** run the statements and measure them */
  analyze: boolean;
}

/**
 * Explains the search of a URL below the service base, such as `Observation?code=…` or `Patient/1/*?…`, to standard output.
 * @returns the exit code 0
 * @throws FhirError as the search itself does
 */
export async function explainCommand(
  url: string,
  { analyze }: ExplainOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  const services = await createServices(config, log);
  try {
    const at = url.indexOf('?');
    const query = at < 0 ? [] : parseQuery(url.slice(at + 1));
    const path = (at < 0 ? url : url.slice(0, at)).split('/').filter((part) => part !== '');
    const [type, id, inner, ...more] = path;
    if (
      (type !== undefined && !services.definitions.resourceTypes.has(type)) ||
      path.length === 2 ||
      more.length > 0
    ) {
      throw refuse(
        400,
        'value',
        `"${url}" is no search: expected is Type?…, ?… for all types, or Patient/[id]/Type?…, without the service base.`,
      );
    }
    const scope = searchScope(
      services,
      path.length === 0 ? {} : { type: type!, ...(id ? { id, inner: inner! } : {}) },
      query,
    );
    const base = config.baseUrl || services.baseUrls[0]!;
    const request = { ...scope, query, base, handling: 'strict' as const };
    console.log(explanationLines(await explainSearch(services, request, analyze)));
    return 0;
  } finally {
    await services.close();
  }
}

function explanationLines({ plan, hash, scans, statements }: Explanation): string {
  return [
    `plan ${JSON.stringify(plan, null, 2)}`,
    `\nhash ${hash}`,
    ...scans.map((reason) => `reads more than it finds: ${reason}`),
    ...statements.flatMap(({ name, sql, values, explain }) => [
      `\n-- ${name}\n${sql}`,
      ...values.map((value, i) => `-- $${i + 1} = ${value}`),
      explain.replace(/^/gm, '  '),
    ]),
  ].join('\n');
}
