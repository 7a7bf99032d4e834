// The alert policy in force: shipped once, changed by writes, the same for all processes, never one that cannot be used.
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config.ts';
import type { FhirError } from '../../server/errors.ts';
import type { WriteRequest } from '../../server/fhir/planChange.ts';
import { storeShippedVitalSigns } from '../../server/fhir/shippedVitalSigns.ts';
import { writeAll, writeOne } from '../../server/fhir/write.ts';
import { createServices, type Resource, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { cloneDatabase } from '../support/postgres.ts';
import { type AnyJson, shippedPlan } from '../vitals/alerts/support.ts';

const logged: { level: string; message: string; reason?: string }[] = [];
const stream = new Writable({
  write(line: Buffer, _, done) {
    logged.push(JSON.parse(line.toString()));
    done();
  },
});

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let one: Services;
let two: Services;
const process = async (settings: Record<string, string> = {}): Promise<Services> => {
  const config = readConfig({
    ...{ DATABASE_URL: database.url, DATA_DIR: 'node_modules/.cache/salus-test', VITALS: 'annotate' },
    ...settings,
  });
  return createServices(config, createLogger('warn', {}, stream));
};
beforeAll(async () => {
  database = await cloneDatabase();
  one = await process();
  two = await process();
  await storeShippedVitalSigns(one);
});
afterAll(async () => {
  await one?.close();
  await two?.close();
  await database?.drop();
});
beforeEach(async () => {
  logged.length = 0;
  const others = ['icu', 'ward', 'other'].map((id) => remove(id));
  await writeAll(one, [put(shippedPlan()), ...others], { atomic: true });
});

const put = (resource: AnyJson): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id, resource },
});
const remove = (id: string, type = 'PlanDefinition'): WriteRequest => ({ method: 'DELETE', type, id });
const patch = (id: string, change: (plan: AnyJson) => void): WriteRequest => ({
  ...{ method: 'PATCH', type: 'PlanDefinition', id },
  patch: (current) => {
    const copy = structuredClone(current) as Resource;
    change(copy);
    return copy;
  },
});
const changed = (change: (plan: AnyJson) => void): AnyJson => {
  const plan = shippedPlan();
  change(plan);
  return plan;
};
const ward = (id: string, place = 'Location/icu', change: (plan: AnyJson) => void = () => {}) =>
  changed((plan) => {
    const system = 'http://terminology.hl7.org/CodeSystem/usage-context-type';
    Object.assign(plan, { id, action: [plan.action[0]] });
    delete plan.extension;
    plan.useContext = [{ code: { system, code: 'venue' }, valueReference: { reference: place } }];
    change(plan);
  });
const another: Resource = { resourceType: 'PlanDefinition', id: 'other', status: 'active' };
/** Anything that a process writes: whatever is out of date is noticed by then. */
const anyWrite = (services: Services) =>
  writeOne(services, {
    method: 'POST',
    type: 'Basic',
    resource: { resourceType: 'Basic', code: { text: 'x' } },
  });
const refusal = async (...requests: WriteRequest[]): Promise<FhirError> => {
  const error = await writeAll(one, requests, { atomic: true }).then(
    () => undefined,
    (thrown: FhirError) => thrown,
  );
  expect(error?.status).toBe(422);
  return error!;
};
const suppression = (services: Services) => services.current.policy?.general.suppressionMinutes;
const setSuppression = (minutes: number) => (plan: AnyJson) => {
  plan.extension[0].extension[0].valueDuration.value = minutes;
};

describe('the alert policy', () => {
  it('is shipped, and in force with its version', async () => {
    expect(one.current.policy?.general.raise.map(({ name }) => name)).toContain('critical-value');
    expect(one.current.policy?.general.sources).toEqual([
      expect.stringMatching(/^PlanDefinition\/salus-alert-policy\/_history\/\d+$/),
    ]);
  });

  it('is shipped once: what was made of it stays', async () => {
    await writeAll(
      one,
      [put(ward('icu', 'x', (plan) => delete plan.useContext)), remove('salus-alert-policy')],
      {
        atomic: true,
      },
    );
    await storeShippedVitalSigns(two);
    await anyWrite(two);
    expect(two.current.policy?.general.sources[0]).toMatch(/^PlanDefinition\/icu\//);
    await writeAll(one, [put(shippedPlan()), remove('icu')], { atomic: true });
  });

  it.each<[string, () => WriteRequest]>([
    ['an update', () => put(changed(setSuppression(45)))],
    ['a patch', () => patch('salus-alert-policy', setSuppression(45))],
  ])('is changed by %s at once, for every process before its next write', async (_, request) => {
    await anyWrite(two);
    expect(suppression(two)).toBe(30);
    await writeOne(one, request());
    expect(suppression(one)).toBe(45);
    await anyWrite(two);
    expect(suppression(two)).toBe(45);
    expect(two.current.policy?.general.sources).toEqual(one.current.policy?.general.sources);
  });

  it('has wards that come and go', async () => {
    const wards = () => Object.keys(one.current.policy?.wards ?? {});
    await writeOne(one, put(ward('icu')));
    expect(wards()).toEqual(['Location/icu']);
    await writeOne(
      one,
      patch('icu', (plan) => (plan.status = 'retired')),
    );
    expect(wards()).toEqual([]);
    await writeOne(
      one,
      patch('icu', (plan) => (plan.status = 'active')),
    );
    expect(wards()).toEqual(['Location/icu']);
    // No longer one at all.
    await writeOne(
      one,
      patch('icu', (plan) => delete plan.type),
    );
    expect(wards()).toEqual([]);
    await writeOne(one, put(ward('icu')));
    await writeOne(one, remove('icu'));
    expect(wards()).toEqual([]);
  });

  it('is left alone by other PlanDefinitions', async () => {
    const before = one.definitionsRevision;
    await writeOne(one, put({ ...another }));
    await writeOne(one, remove('other'));
    expect(one.definitionsRevision).toBe(before);
    expect((await two.db.query('SELECT revision FROM definitions_revision')).rows[0].revision).toBe(
      `${before}`,
    );
  });

  it('can be one that raises nothing', async () => {
    await writeOne(
      one,
      patch('salus-alert-policy', (plan) => delete plan.action),
    );
    expect(one.current.policy?.general.raise).toEqual([]);
  });
});

describe('a write of an alert policy is refused', () => {
  const unknownTrend = (plan: AnyJson) => {
    plan.action = [shippedPlan().action[4]];
    plan.action[0].extension.pop();
    plan.action[0].trigger[0].data[0].codeFilter[0].code[0].code = 'unknown';
  };
  it.each<[string, () => WriteRequest[], RegExp]>([
    [
      'a second general policy',
      () => [put(changed((plan) => (plan.id = 'ward')))],
      /salus-alert-policy, .*ward/,
    ],
    [
      'a second one for a ward',
      () => [put(ward('icu')), put(ward('ward'))],
      /^PlanDefinition\/(icu|ward) .*Location\/icu has another/,
    ],
    ['an unknown trend', () => [put(ward('icu', 'Location/icu', unknownTrend))], /no trend rule "unknown"/],
    [
      'a rule that cannot be read',
      () => [patch('salus-alert-policy', (plan) => delete plan.action[1].trigger[0].data[0].codeFilter)],
      /^PlanDefinition\/salus-alert-policy .*action\[1\]/,
    ],
    ['the removal of the last general policy', () => [remove('salus-alert-policy')], /there is none/],
    [
      'its retirement',
      () => [patch('salus-alert-policy', (plan) => (plan.status = 'retired'))],
      /there is none.*one without actions raises no alerts/,
    ],
    [
      'that it is no policy any more',
      () => [patch('salus-alert-policy', (plan) => delete plan.type)],
      /there is none/,
    ],
  ])('%s', async (_, requests, reason) => {
    const before = one.current.policy;
    expect((await refusal(...requests())).message).toMatch(reason);
    await one.db.query('SELECT 1');
    expect(one.current.policy).toEqual(before);
    const { rows } = await one.db.query(
      "SELECT id FROM resource WHERE type = 'PlanDefinition' AND NOT deleted ORDER BY id",
    );
    expect(rows).toEqual([{ id: 'salus-alert-policy' }]);
  });

  it('unless what is stored with it makes up for it', async () => {
    const successor = changed((plan) => (plan.id = 'ward'));
    await writeAll(one, [remove('salus-alert-policy'), put(successor)], { atomic: true });
    expect(one.current.policy?.general.sources[0]).toMatch(/^PlanDefinition\/ward\//);
    await writeAll(one, [put(shippedPlan()), remove('ward')], { atomic: true });
    expect(one.current.policy?.general.sources[0]).toMatch(/salus-alert-policy/);
  });

  it('alone, where writes are not atomic', async () => {
    const results = await writeAll(one, [put(ward('icu')), put(ward('ward')), put({ ...another })], {
      atomic: false,
    });
    expect(results.map((result) => (result as { status?: number }).status ?? 'stored')).toEqual([
      'stored',
      422,
      'stored',
    ]);
    expect(Object.keys(one.current.policy?.wards ?? {})).toEqual(['Location/icu']);
  });

  it('that another process has stored a rival of at the same time', async () => {
    const rivals = [writeOne(one, put(ward('icu'))), writeOne(two, put(ward('ward')))];
    const outcomes = await Promise.allSettled(rivals);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ status: 422 });
    await anyWrite(one);
    await anyWrite(two);
    expect(Object.keys(one.current.policy?.wards ?? {})).toEqual(['Location/icu']);
    expect(two.current.policy).toEqual(one.current.policy);
  });

  it('whatever level of validation an import asks for', async () => {
    const broken = changed((plan) => (plan.type.coding[0] = null));
    await expect(writeAll(one, [put(broken)], { atomic: true, level: 'off' })).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('a policy that cannot be used', () => {
  it('is told in the log, raises nothing, and can be put in order step by step', async () => {
    const careless = await process({ VITALS: 'off' });
    await writeOne(careless, put(ward('icu')));
    await writeOne(careless, put(ward('ward')));
    expect(careless.current.policy).toBeUndefined();
    await careless.close();
    await anyWrite(one);
    expect(one.current.policy).toBeUndefined();
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: expect.stringMatching(/nothing raises alerts/),
        reason: expect.stringMatching(/^PlanDefinition\/(icu|ward) .*Location\/icu has another/),
      }),
    );
    await writeOne(
      one,
      patch('ward', (plan) => (plan.status = 'retired')),
    );
    expect(Object.keys(one.current.policy?.wards ?? {})).toEqual(['Location/icu']);
  });

  it('is put in order by taking out what is wrong, though others are left', async () => {
    const careless = await process({ VITALS: 'off' });
    for (const id of ['icu', 'ward', 'other']) await writeOne(careless, put(ward(id)));
    await careless.close();
    await writeOne(one, remove('icu'));
    expect(one.current.policy).toBeUndefined();
    await writeOne(one, remove('other'));
    expect(Object.keys(one.current.policy?.wards ?? {})).toEqual(['Location/icu']);
  });
});

describe('ranges that cannot be used', () => {
  it('are told to who stores them', async () => {
    const { warnings } = await writeOne(one, {
      ...{ method: 'POST', type: 'ObservationDefinition' },
      resource: {
        resourceType: 'ObservationDefinition',
        code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
        quantitativeDetails: { unit: { coding: [{ system: 'http://unitsofmeasure.org', code: '/min' }] } },
        qualifiedInterval: [
          {
            category: 'reference',
            range: { high: { value: 1, system: 'http://unitsofmeasure.org', code: 'kg' } },
          },
          { category: 'critical', range: { high: { value: 1 } }, condition: 'Asleep' },
        ],
      },
    });
    expect(warnings?.map(({ severity, diagnostics }) => [severity, diagnostics])).toEqual([
      [
        'warning',
        expect.stringMatching(/qualifiedInterval\[0\] is not used: kg is not converted into \/min/),
      ],
      ['warning', expect.stringMatching(/qualifiedInterval\[1\] holds whether or not "Asleep" does/)],
      ['warning', expect.stringMatching(/qualifiedInterval\[1\].* is hidden by .*salus-heart-rate/)],
    ]);
  });
});
