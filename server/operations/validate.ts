// $validate (resource-operation-validate.html): what is wrong with a resource, by the base specification, the profiles it
// claims and those asked for; and, with a mode, what a write of it would meet. What is wrong is the answer, not a refusal.
import { FhirError, type Issue, refuse } from '../errors.ts';
import { checkBodyId } from '../fhir/bundleEntries.ts';
import { claimedProfiles } from '../fhir/judgeProfiles.ts';
import { operationOutcome } from '../fhir/operationOutcome.ts';
import { missing } from '../fhir/planChange.ts';
import { linksOf } from '../fhir/prepareWrites.ts';
import { newId } from '../fhir/resourceId.ts';
import { judgeWith, sourcesOf } from '../fhir/validateResource.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readCurrent, type StoredVersion } from '../store/resources.ts';
import { parameterIssues, structureIssues } from './definitionIssues.ts';
import type { Operation } from './operation.ts';
import type { OperationParameter, OperationRequest } from './operationRequest.ts';

export const validate: Operation = {
  name: 'validate',
  definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
  // The specification has no system level; clients that hold resources of many types use it all the same.
  levels: { system: true, type: 'every', instance: 'every' },
  anyResource: true,
  run,
};

const MODES = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof MODES)[number];

/** Each costs about as much as the base specification. */
const MOST_PROFILES = 20;

interface Asked {
  /** any JSON: whether it is a resource is what is asked */
  resource?: unknown;
  mode?: Mode;
  profiles: string[];
}

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const asked = readAsked(request);
  const { type, id } = request;
  if (id === undefined && (asked.mode === 'update' || asked.mode === 'delete')) {
    const message = `mode=${asked.mode} needs the instance it is about: ${type || '[type]'}/[id]/$validate.`;
    throw refuse(400, 'required', message, 'mode');
  }
  const stored = id === undefined ? undefined : await readCurrent(db, type, id);
  const issues =
    asked.mode === 'delete'
      ? [deletion(`${type}/${id}`, stored)]
      : await judge(services, request, asked, stored, db);
  const valid: Issue = {
    ...{ severity: 'information', code: 'informational', diagnostics: 'The resource is valid.' },
  };
  yield operationOutcome(issues.length > 0 ? issues : [valid]);
}

async function judge(
  services: Services,
  { type, id }: OperationRequest,
  asked: Asked,
  stored: StoredVersion | undefined,
  db: Database,
): Promise<Issue[]> {
  const { mode, profiles } = asked;
  const resource = asked.resource === undefined ? storedResource(type, id, mode, stored) : asked.resource;
  const isWrite = mode === 'create' || mode === 'update';
  const { profilePolicy } = services.config;
  const sources = await sourcesOf(services, db);
  // Where claims are enforced, a write is refused for one that is not known.
  const enforced =
    isWrite && profilePolicy === 'enforce' ? claimedProfiles((resource ?? {}) as Resource) : [];
  const judgement = {
    profiles: [...profiles, ...enforced],
    claimed: profilePolicy !== 'ignore',
    advice: true,
  };
  const { learnt } = services.extensions;
  let found = await judgeWith(sources, resource, judgement);
  // A modifier extension may be defined here since this process looked last.
  if (found.some(isError)) await services.extensions.learn(services);
  if (services.extensions.learnt !== learnt) found = await judgeWith(sources, resource, judgement);
  const resourceType = (resource as Resource | null)?.resourceType;
  const issues: Issue[] = [];
  if (type !== '' && typeof resourceType === 'string' && resourceType !== type) {
    const diagnostics = `The resource is of type ${resourceType}, the URL asks for ${type}.`;
    issues.push({ severity: 'error', code: 'invalid', diagnostics, expression: ['resourceType'] });
  }
  issues.push(...found);
  if (resourceType === 'StructureDefinition' && !found.some(isError)) {
    issues.push(...(await structureIssues(services, resource as Resource, db)));
  }
  // What is no resource has neither an id nor links.
  if (!isWrite || typeof resourceType !== 'string') return issues;
  if (mode === 'update') issues.push(...updateIssues(resource as Resource, id!, stored));
  if (found.some(isError)) return issues;
  issues.push(...issuesOf(() => linksOf(services, resource as Resource, new Map())));
  if (resourceType === 'SearchParameter') {
    issues.push(...(await parameterIssues(services, id ?? newId(), resource as Resource, db)));
  }
  return issues;
}

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** @throws FhirError 400 where a resource has to be sent, 404 and 410 where none is stored */
function storedResource(
  type: string,
  id: string | undefined,
  mode: Mode | undefined,
  stored: StoredVersion | undefined,
): unknown {
  if (id === undefined || mode === 'create' || mode === 'update') {
    throw refuse(
      400,
      'required',
      `${mode ? `mode=${mode}` : '$validate'} needs a resource: POST it as the body, or as the parameter "resource" of a Parameters resource.`,
      'resource',
    );
  }
  if (!stored || stored.deleted) throw missing(type, id, stored);
  return parseJson(stored.content!);
}

function updateIssues(resource: Resource, id: string, stored: StoredVersion | undefined): Issue[] {
  const issues = issuesOf(() => checkBodyId(resource, id));
  const version = resource.meta?.versionId;
  if (version !== undefined && version !== String(stored?.version)) {
    const now = stored ? `is at version ${stored.version}` : 'was never stored';
    issues.push({
      severity: 'warning',
      code: 'conflict',
      diagnostics: `The resource carries version ${version}, but ${resource.resourceType}/${id} ${now}: an update with If-Match: W/"${version}" would be refused, one without would replace what others stored meanwhile.`,
      expression: [`${resource.resourceType}.meta.versionId`],
    });
  }
  return issues;
}

function deletion(name: string, stored: StoredVersion | undefined): Issue {
  if (stored && !stored.deleted) {
    return { severity: 'information', code: 'informational', diagnostics: `${name} can be deleted.` };
  }
  const state = stored ? `was deleted already (version ${stored.version})` : 'does not exist';
  return {
    severity: 'warning',
    code: stored ? 'deleted' : 'not-found',
    diagnostics: `${name} ${state}: a delete would change nothing.`,
  };
}

/** What `check` refuses, as issues. */
function issuesOf(check: () => unknown): Issue[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof FhirError) return error.issues;
    throw error;
  }
}

/** @throws FhirError 400 that names the parameter and what is wrong with it */
function readAsked({ parameters, body, id }: OperationRequest): Asked {
  const resources: unknown[] = body === undefined ? [] : [body];
  const modes: string[] = [];
  const profiles: string[] = [];
  for (const parameter of parameters) {
    if (parameter.name === 'mode') modes.push(text(parameter));
    else if (parameter.name === 'profile') profiles.push(text(parameter));
    else if (parameter.name === 'resource') resources.push(resourceOf(parameter));
    else {
      throw refuse(
        400,
        'not-supported',
        `$validate has no parameter "${parameter.name}"; known: resource, mode, profile. A Parameters resource that is itself to be judged goes into the parameter "resource".`,
        parameter.expression,
      );
    }
  }
  const [mode, ...moreModes] = modes;
  if (resources.length > 1 || moreModes.length > 0) {
    const twice = moreModes.length > 0 ? 'mode' : 'resource';
    throw refuse(400, 'value', `The parameter "${twice}" can be given once.`, twice);
  }
  if (mode !== undefined && !MODES.includes(mode as Mode)) {
    throw refuse(400, 'value', `mode "${mode}" is not one of ${MODES.join(', ')}.`, 'mode');
  }
  if (profiles.length > MOST_PROFILES) {
    throw refuse(400, 'too-costly', `At most ${MOST_PROFILES} profiles can be asked for.`, 'profile');
  }
  const [resource] = resources;
  if (mode === 'profile' && (id === undefined || resource !== undefined || profiles.length === 0)) {
    throw refuse(
      400,
      'value',
      'mode=profile judges a stored resource by a profile: [type]/[id]/$validate?mode=profile&profile=…, without a resource.',
      'mode',
    );
  }
  return {
    profiles,
    ...(mode === undefined ? {} : { mode: mode as Mode }),
    ...(resource === undefined ? {} : { resource }),
  };
}

function text({ name, value, expression }: OperationParameter): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw refuse(400, 'value', `The parameter "${name}" needs a text.`, expression);
}

function resourceOf({ resource, expression }: OperationParameter): unknown {
  if (resource !== undefined) return resource;
  const message =
    'The parameter "resource" holds a resource: POST a Parameters resource with it, or the resource itself.';
  throw refuse(400, 'value', message, expression);
}
