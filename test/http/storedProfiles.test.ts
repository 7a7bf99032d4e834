// Profiles and extensions that are stored here, as they are used at once, by both of two processes, and whatever they ask.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Json, post, transaction } from '../bundles/bundleSupport.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

const URL = 'https://example.org/fhir/StructureDefinition/';
const CORE = 'http://hl7.org/fhir/StructureDefinition/';

let one: TestServer;
let two: TestServer;
beforeAll(async () => {
  one = await startTestServer({ PROFILE_POLICY: 'enforce' });
  two = await startTestServer({ DATABASE_URL: one.databaseUrl, PROFILE_POLICY: 'enforce' });
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

const definition = (id: string, type: string, element: Json[], more: Json = {}): Json => ({
  resourceType: 'StructureDefinition',
  ...{
    id,
    url: URL + id,
    name: id,
    status: 'active',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
  },
  ...{ abstract: false, type, baseDefinition: CORE + type, derivation: 'constraint' },
  differential: { element: element.map((each) => ({ id: each.path, ...each })) },
  ...more,
});
const store = async (resource: Json) => {
  const { status, body } = await send('PUT', `${one.base}/StructureDefinition/${resource.id}`, resource);
  expect({ status, issue: body.issue }).toEqual({ status: expect.any(Number), issue: undefined });
};
const validate = (server: TestServer, resource: Json, profile: string): Promise<Answer> =>
  send('POST', `${server.base}/${resource.resourceType}/$validate?profile=${URL}${profile}`, resource);
const errorsOf = ({ body }: Answer): Json[] =>
  body.issue.filter(({ severity }: Json) => severity === 'error');

describe('a modifier extension', () => {
  const extension = (id: string) =>
    definition(
      id,
      'Extension',
      [
        { path: 'Extension', isModifier: true, isModifierReason: 'it negates' },
        { path: 'Extension.url', fixedUri: URL + id },
        { path: 'Extension.value[x]', type: [{ code: 'boolean' }] },
      ],
      { context: [{ type: 'element', expression: 'Patient' }] },
    );
  const patient = (id: string): Json => ({
    resourceType: 'Patient',
    modifierExtension: [{ url: URL + id, valueBoolean: true }],
  });

  it('can be used by many at once, in both processes, when its definition is stored, and no longer when it is gone', async () => {
    for (let round = 0; round < 5; round++) {
      const id = `negated-${round}`;
      await store(extension(id));
      const servers = Array.from({ length: 12 }, (_, turn) => (turn % 2 === 0 ? one : two));
      const used = await Promise.all(servers.map(({ base }) => send('POST', `${base}/Patient`, patient(id))));
      expect(used.map(({ status }) => status)).toEqual(servers.map(() => 201));
      await send('DELETE', `${one.base}/StructureDefinition/${id}`);
      for (const { base } of [two, one]) {
        expect((await send('POST', `${base}/Patient`, patient(id))).status).toBe(400);
      }
    }
  });

  it('stands where modifiers stand, and others do not', async () => {
    await store(extension('misplaced'));
    const plain = { resourceType: 'Patient', extension: [{ url: `${URL}misplaced`, valueBoolean: true }] };
    const [issue] = errorsOf(await send('POST', `${two.base}/Patient/$validate`, plain));
    expect(issue).toMatchObject({ code: 'extension', expression: ['Patient.extension[0]'] });
    const birthPlace = `${CORE}patient-birthPlace`;
    const modifying = {
      resourceType: 'Patient',
      modifierExtension: [{ url: birthPlace, valueAddress: { city: 'Bern' } }],
    };
    const [other] = errorsOf(await send('POST', `${two.base}/Patient/$validate`, modifying));
    expect(other).toMatchObject({ code: 'extension', expression: ['Patient.modifierExtension[0]'] });
  });
});

describe('a profile', () => {
  it('on what a reference leads to counts among the entries of a transaction', async () => {
    await store(definition('identified', 'Patient', [{ path: 'Patient.identifier', min: 1 }]));
    const targets = [{ code: 'Reference', targetProfile: [`${URL}identified`] }];
    await store(
      definition('of-identified', 'Observation', [{ path: 'Observation.subject', min: 1, type: targets }]),
    );
    const observation = {
      resourceType: 'Observation',
      meta: { profile: [`${URL}of-identified`] },
      ...{
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'urn:uuid:8f7a1a0e-92a4-4f36-a1f5-6a1d3a2d0a01' },
      },
    };
    const bundle = (patient: Json) =>
      transaction([post(patient, observation.subject.reference), post(observation)]);
    const refused = await send('POST', one.base, bundle({ resourceType: 'Patient' }));
    expect(refused.status).toBe(422);
    expect(errorsOf(refused)[0].expression).toEqual(['Bundle.entry[1].resource.subject']);
    const identifier = [{ system: 'urn:example:mrn', value: '1' }];
    expect((await send('POST', one.base, bundle({ resourceType: 'Patient', identifier }))).status).toBe(200);
  });

  it('whose constraint does not come to an end is given up, and named', async () => {
    const endless = {
      ...{ key: 'endless', severity: 'error', human: 'never done' },
      expression: '(1).repeat($this + 1).exists()',
    };
    await store(definition('endless', 'Patient', [{ path: 'Patient', constraint: [endless] }]));
    const [issue] = errorsOf(await validate(two, { resourceType: 'Patient' }, 'endless'));
    expect(issue.code).toBe('too-costly');
    expect(issue.diagnostics).toContain(`endless (profile ${URL}endless)`);
  });

  it('tells slices by an extension whose url is fixed inside it', async () => {
    const name = {
      path: 'Patient.name',
      slicing: { discriminator: [{ type: 'value', path: "extension('urn:k').value" }], rules: 'open' },
    };
    const slice = 'Patient.name:k';
    await store(
      definition('by-extension', 'Patient', [
        name,
        { id: slice, path: 'Patient.name', sliceName: 'k', max: '1' },
        {
          id: `${slice}.extension`,
          path: 'Patient.name.extension',
          slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open' },
        },
        { id: `${slice}.extension:x`, path: 'Patient.name.extension', sliceName: 'x', min: 1, max: '1' },
        { id: `${slice}.extension:x.url`, path: 'Patient.name.extension.url', fixedUri: 'urn:k' },
        { id: `${slice}.extension:x.value[x]`, path: 'Patient.name.extension.value[x]', fixedBoolean: true },
      ]),
    );
    const named = (...values: (boolean | undefined)[]) => ({
      resourceType: 'Patient',
      name: values.map((valueBoolean, index) => ({
        family: `F${index}`,
        ...(valueBoolean === undefined ? {} : { extension: [{ url: 'urn:k', valueBoolean }] }),
      })),
    });
    expect(errorsOf(await validate(one, named(true, false, undefined), 'by-extension'))).toEqual([]);
    const [issue] = errorsOf(await validate(one, named(true, true), 'by-extension'));
    expect(issue.diagnostics).toMatch(/at most 1 of 'name' of slice k; there are 2/);
  });

  it('whose slices cannot be told apart says so, and judges the rest', async () => {
    await store(
      definition('vague', 'Patient', [
        {
          path: 'Patient.name',
          min: 1,
          slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'closed' },
        },
        { id: 'Patient.name:a', path: 'Patient.name', sliceName: 'a', max: '1' },
      ]),
    );
    const { body } = await validate(
      two,
      { resourceType: 'Patient', name: [{ family: 'A' }, { family: 'B' }] },
      'vague',
    );
    expect(body.issue.find(({ code }: Json) => code === 'not-supported')).toMatchObject({
      severity: 'warning',
      diagnostics: expect.stringContaining(
        "slices of 'name' cannot be judged: the definition of slice a says nothing at use",
      ),
    });
    expect(errorsOf(await validate(two, { resourceType: 'Patient' }, 'vague'))).toHaveLength(1);
  });

  it('of a hundred slices can be used', async () => {
    const slices = Array.from({ length: 100 }, (_, n) => [
      { id: `Patient.identifier:s${n}`, path: 'Patient.identifier', sliceName: `s${n}`, max: '1' },
      {
        id: `Patient.identifier:s${n}.system`,
        path: 'Patient.identifier.system',
        min: 1,
        fixedUri: `urn:s${n}`,
      },
    ]);
    const identifier = {
      path: 'Patient.identifier',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
    };
    await store(definition('hundred', 'Patient', [identifier, ...slices.flat()]));
    const twice = {
      resourceType: 'Patient',
      identifier: [
        { system: 'urn:s77', value: '1' },
        { system: 'urn:s77', value: '2' },
      ],
    };
    expect(errorsOf(await validate(one, twice, 'hundred')).map(({ diagnostics }) => diagnostics)).toEqual([
      expect.stringContaining('slice s77; there are 2'),
    ]);
  });

  it('of an entry of a Bundle sees the resource that it is about', async () => {
    const constraint = [
      { key: 'self', severity: 'error', human: 'is itself', expression: '%resource.id = id' },
      {
        key: 'known',
        severity: 'error',
        human: 'is sent too',
        expression: 'managingOrganization.resolve().name.exists()',
      },
    ];
    await store(definition('self', 'Patient', [{ path: 'Patient', constraint }]));
    const type = [{ code: 'Patient', profile: [`${URL}self`] }, { code: 'Organization' }];
    await store(definition('of-selves', 'Bundle', [{ path: 'Bundle.entry.resource', type }]));
    const bundle = (name: string | undefined) => ({
      ...{ resourceType: 'Bundle', id: 'b', type: 'collection' },
      entry: [
        {
          fullUrl: 'urn:uuid:0b2f5c0e-2d1c-4b7e-9a54-1d54f9d1f001',
          resource: { resourceType: 'Organization', ...(name ? { name } : { identifier: [{ value: '1' }] }) },
        },
        {
          resource: {
            ...{ resourceType: 'Patient', id: 'p' },
            managingOrganization: { reference: 'urn:uuid:0b2f5c0e-2d1c-4b7e-9a54-1d54f9d1f001' },
          },
        },
      ],
    });
    expect(errorsOf(await validate(one, bundle('Ward'), 'of-selves'))).toEqual([]);
    const [issue, ...others] = errorsOf(await validate(one, bundle(undefined), 'of-selves'));
    expect(issue).toMatchObject({ code: 'invariant', expression: ['Bundle.entry[1].resource'] });
    expect(others).toEqual([]);
  });

  it('that is a type above the resource is met', async () => {
    const { body } = await send('POST', `${one.base}/Patient/$validate?profile=${CORE}DomainResource`, {
      resourceType: 'Patient',
      active: true,
    });
    expect(body.issue.filter(({ severity }: Json) => severity === 'error')).toEqual([]);
  });
});

it('says where the structure is broken that the rest was not judged', async () => {
  const { body } = await send('POST', `${one.base}/Patient/$validate`, { resourceType: 'Patient', foo: 1 });
  expect(body.issue.map(({ severity }: Json) => severity)).toEqual(['error', 'information']);
  expect(body.issue[1].diagnostics).toContain('were not judged');
});
