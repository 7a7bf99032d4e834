// The decision that a lead is somebody who is known already: two records become one, with all that refers to them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import { clinicPatients, contacts, person, type Reviews, reviewsOf, states } from './madeReviews.ts';

const MERGED = 'https://salus.example/fhir/sid/merged-people';
const EXTENSION = 'https://salus.example/fhir/StructureDefinition/salus-first-contact';

let server: TestServer;
let reviews: Reviews;

beforeAll(async () => {
  server = await startTestServer({
    ...{ VITALS: 'annotate', PROFILE_POLICY: 'enforce' },
    BASE_URL: 'https://hospital.example/fhir/R4',
  });
  reviews = reviewsOf(server);
});
afterAll(() => server.stop());

const named = { name: [{ use: 'official', family: 'Trevino', given: ['Jorge'] }] };
const resource = async (path: string) => (await reviews.fhir(path)).body;
const same = { decision: 'same' };
/** Two records and their review. */
async function twins(id: string, fresh: object = {}, old: object = {}): Promise<string> {
  await reviews.put(
    person(`${id}-old`, 'lead', { ...named, ...old }),
    person(`${id}-new`, 'lead', { ...named, ...fresh }),
  );
  return reviews.review(`${id}-new`, `${id}-old`);
}

describe('the surviving record', () => {
  it('is the older one, with what only the new one knows', async () => {
    const system = 'https://example.org/cards';
    const id = await twins(
      'a',
      {
        meta: { tag: [{ system: states, code: 'patient' }, { code: 'vip' }] },
        extension: [{ url: EXTENSION, valueDateTime: '2026-01-05' }],
        identifier: [
          { system: contacts, value: 'c-a-new' },
          { system: clinicPatients, value: 'p-a' },
        ],
        name: [{ use: 'official', family: 'Treviño Garza', given: ['Jorge', 'Alberto'] }],
        telecom: [
          { system: 'email', value: 'new@ejemplo.com' },
          { system: 'phone', value: '+52 81 5555 0101', use: 'mobile' },
        ],
        birthDate: '1990-05-05',
        gender: 'male',
        address: [{ city: 'Monterrey' }],
        deceasedBoolean: false,
      },
      {
        extension: [{ url: EXTENSION, valueDateTime: '2025-03-01' }],
        identifier: [
          { system: contacts, value: 'c-a-old' },
          { system, value: '77' },
        ],
        telecom: [
          { system: 'email', value: 'old@ejemplo.com' },
          { system: 'phone', value: '+52 81 5555 0202', use: 'home' },
        ],
        birthDate: '1990',
        address: [{ city: 'Saltillo' }],
        maritalStatus: { text: 'single' },
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Jorge Trevino</div>' },
      },
    );
    const decided = await reviews.resolve(id, { ...same, decided_by: 'Ana', note: 'She called.' });
    expect(decided.status).toBe(200);
    expect(decided.body).toMatchObject({
      ...{ state: 'same', decided_by: 'Ana', note: 'She called.', merged_into: 'p-a' },
      ...{ lead_id: 'c-a-new', patient_id: 'p-a', name: 'Jorge Alberto Treviño Garza' },
    });
    const { meta, ...survivor } = await resource('Patient/a-old');
    expect(meta).toMatchObject({ versionId: '2', tag: [{ code: 'vip' }, { code: 'patient' }] });
    expect(survivor).toEqual({
      ...{ resourceType: 'Patient', id: 'a-old' },
      extension: [
        { url: EXTENSION, valueDateTime: '2025-03-01' },
        { url: EXTENSION.replace('first', 'last'), valueDateTime: '2026-01-05' },
      ],
      identifier: [
        { system: contacts, value: 'c-a-old' },
        { system, value: '77' },
        { use: 'old', system: contacts, value: 'c-a-new' },
        { system: clinicPatients, value: 'p-a' },
      ],
      name: [
        { use: 'official', family: 'Treviño Garza', given: ['Jorge', 'Alberto'] },
        { use: 'old', family: 'Trevino', given: ['Jorge'] },
      ],
      telecom: [
        { system: 'email', value: 'new@ejemplo.com' },
        { system: 'phone', value: '+52 81 5555 0101', use: 'mobile' },
        { system: 'email', value: 'old@ejemplo.com', use: 'old' },
        { system: 'phone', value: '+52 81 5555 0202', use: 'home' },
      ],
      ...{ gender: 'male', birthDate: '1990-05-05', deceasedBoolean: false },
      address: [{ city: 'Saltillo' }, { city: 'Monterrey' }],
      maritalStatus: { text: 'single' },
      link: [{ other: { reference: 'Patient/a-new' }, type: 'replaces' }],
    });
    expect(await resource('Patient/a-new')).toMatchObject({
      ...{ active: false, birthDate: '1990-05-05', identifier: [{ system: MERGED, value: 'a-new' }] },
      link: [{ other: { reference: 'Patient/a-old' }, type: 'replaced-by' }],
    });
    const former = await resource('Patient/a-new/_history/1');
    expect(former.identifier).toHaveLength(2);
    for (const path of ['Patient/a-old', 'Patient/a-new', `Task/${id}`]) {
      expect({ path, faults: await reviews.faults(path) }).toEqual({ path, faults: [] });
    }
    // Its ids find one record.
    for (const value of ['c-a-new', 'c-a-old']) {
      const { entry } = await resource(`Patient?identifier=${contacts}|${value}`);
      expect(entry.map((one: { resource: { id: string } }) => one.resource.id)).toEqual(['a-old']);
    }
    for (const without of ['active:not=false', `identifier:not=${MERGED}|`]) {
      const { entry } = await resource(`Patient?${without}&_id=a-new,a-old`);
      expect(entry.map((one: { resource: { id: string } }) => one.resource.id)).toEqual(['a-old']);
    }
  });

  it('keeps a name that says as much, and an address both know', async () => {
    const email = { system: 'email', value: 'Jorge@Ejemplo.com' };
    const id = await twins(
      'b',
      {
        name: [{ family: 'TREVIÑO' }],
        telecom: [{ system: 'email', value: 'jorge@ejemplo.com' }],
        birthDate: '1990',
      },
      {
        telecom: [{ system: 'email', value: 'before@ejemplo.com', use: 'work' }, email],
        birthDate: '1990-05-05',
      },
    );
    expect((await reviews.resolve(id, same)).status).toBe(200);
    expect(await resource('Patient/b-old')).toMatchObject({
      ...named,
      telecom: [email, { system: 'email', value: 'before@ejemplo.com', use: 'work' }],
      birthDate: '1990-05-05',
    });
  });

  it('is chosen among several candidates', async () => {
    await twins('c');
    await reviews.put(person('c-third', 'patient', named));
    const id = await reviews.review('c-new', 'c-old', 'c-third');
    expectProblem(await reviews.resolve(id, same), 422, {
      ...{ pointer: '#/patient_id', detail: '"fhir:c-old", "fhir:c-third"' },
    });
    expectProblem(await reviews.resolve(id, { ...same, patient_id: 'fhir:a-old' }), 422, {
      ...{ pointer: '#/patient_id', detail: 'none of the candidates' },
    });
    const decided = await reviews.resolve(id, { ...same, patient_id: 'fhir:c-third' });
    expect(decided.body).toMatchObject({ state: 'same', merged_into: 'fhir:c-third' });
    expect((await resource('Patient/c-old')).meta.versionId).toBe('1');
    expectProblem(await reviews.resolve(id, { ...same, patient_id: 'fhir:c-old' }), 409, {
      ...{ pointer: '#/patient_id', detail: 'into the patient "fhir:c-third" already' },
    });
  });
});

describe('records that contradict each other', () => {
  it('are merged only by who says that the differences are known', async () => {
    const id = await twins(
      'd',
      { birthDate: '1990-05-06', gender: 'female' },
      { birthDate: '1990-05-05', gender: 'male' },
    );
    expectProblem(await reviews.resolve(id, same), 409, {
      detail:
        /^The date of birth of the older record is 1990-05-05.*The sex of .*"despite_differences": true/,
    });
    expect((await resource('Patient/d-new')).meta.versionId).toBe('1');
    const decided = await reviews.resolve(id, { ...same, despite_differences: true });
    expect(decided.body.differences).toEqual([
      'The date of birth of the older record is 1990-05-05, that of the newer one 1990-05-06.',
      'The sex of the older record is male, that of the newer one female.',
    ]);
    expect(await resource('Patient/d-old')).toMatchObject({ birthDate: '1990-05-05', gender: 'male' });
    expect(await resource('Patient/d-new')).toMatchObject({ birthDate: '1990-05-06', gender: 'female' });
  });

  it('are refused where something would be lost', async () => {
    const contained = { resourceType: 'Organization', id: 'gp', name: 'GP' };
    const id = await twins('e', { contained: [contained], generalPractitioner: [{ reference: '#gp' }] });
    expectProblem(await reviews.resolve(id, same), 422, { detail: 'has contained resources' });
  });
});

describe('what refers to the new record', () => {
  it('refers to the survivor in a new version, whatever it is', async () => {
    const id = await twins('f');
    const subject = { reference: 'Patient/f-new' };
    const code = { text: 'X' };
    await reviews.put(
      {
        ...{ resourceType: 'Appointment', id: 'f-call', status: 'booked' },
        ...{ start: '2026-02-01T10:00:00Z', end: '2026-02-01T10:30:00Z' },
        participant: [{ actor: { ...subject, display: 'Jorge' }, status: 'accepted' }],
      },
      { resourceType: 'Condition', id: 'f-condition', subject, code },
      { resourceType: 'Condition', id: 'f-old', subject, code },
      { resourceType: 'ServiceRequest', id: 'f-order', status: 'active', intent: 'order', subject, code },
      { resourceType: 'EpisodeOfCare', id: 'f-episode', status: 'active', patient: subject },
      { resourceType: 'ResearchStudy', id: 'f-study', status: 'active' },
      {
        ...{ resourceType: 'ResearchSubject', id: 'f-part', status: 'candidate', individual: subject },
        study: { reference: 'ResearchStudy/f-study' },
      },
      {
        ...{ resourceType: 'Encounter', id: 'f-visit', status: 'finished', class: { code: 'AMB' } },
        subject: { reference: 'https://hospital.example/fhir/R4/Patient/f-new' },
      },
      {
        ...{ resourceType: 'Group', id: 'f-group', type: 'person', actual: true },
        member: [{ entity: subject }, { entity: { reference: 'Patient/a-old' } }],
      },
      {
        ...{ resourceType: 'Provenance', id: 'f-provenance', recorded: '2026-01-31T10:20:00Z' },
        target: [subject],
        agent: [{ who: { display: 'Ana' } }],
      },
      {
        ...{ resourceType: 'List', id: 'f-list', status: 'current', mode: 'working' },
        entry: [{ item: { reference: 'Patient/f-new/_history/1' } }],
      },
      { resourceType: 'Patient', id: 'f-before', ...named, link: [{ other: subject, type: 'seealso' }] },
    );
    expect((await reviews.resolve(id, same)).status).toBe(200);
    const moved = [
      'Condition/f-condition',
      'Condition/f-old',
      'ServiceRequest/f-order',
      'EpisodeOfCare/f-episode',
    ];
    moved.push('Appointment/f-call', 'ResearchSubject/f-part', 'Encounter/f-visit', 'Group/f-group');
    for (const path of [...moved, 'Patient/f-before']) {
      const text = JSON.stringify(await resource(path));
      expect({ path, text }).toMatchObject({ text: expect.stringContaining('"Patient/f-old"') });
      expect(text).not.toContain('f-new');
      expect(text).toContain('"versionId":"2"');
      expect(JSON.stringify(await resource(`${path}/_history/1`))).toContain('Patient/f-new"');
    }
    const { participant } = await resource('Appointment/f-call');
    expect(participant[0].actor).toEqual({ reference: 'Patient/f-old', display: 'Jorge' });
    expect((await resource('Group/f-group')).member[1].entity.reference).toBe('Patient/a-old');
    // What was done to a record, and what is about one version of it, is not about another.
    for (const path of ['Provenance/f-provenance', 'List/f-list']) {
      expect((await resource(path)).meta.versionId).toBe('1');
    }
    const { total } = await resource('Appointment?patient=f-old&_total=accurate');
    expect(total).toBe(1);
  });

  it('is put right where it came later, by the same decision', async () => {
    const id = await twins('g');
    const decided = await reviews.resolve(id, same);
    const late = {
      ...{ resourceType: 'Condition', id: 'g-late' },
      ...{ subject: { reference: 'Patient/g-new' }, code: { text: 'X' } },
    };
    await reviews.put(late);
    const again = await reviews.resolve(id, same);
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: decided.body });
    expect((await resource('Condition/g-late')).subject.reference).toBe('Patient/g-old');
    for (const one of ['Patient/g-old', 'Patient/g-new']) {
      const { meta } = await resource(one);
      expect({ one, version: meta.versionId }).toEqual({ one, version: '2' });
    }
    // With nothing left to put right, nothing changes.
    const last = await reviews.resolve(id, same);
    expect(last.headers.get('etag')).toBe(again.headers.get('etag'));
    expect((await resource('Condition/g-late')).meta.versionId).toBe('2');
  });

  it('is not merged where it is too much for one transaction', async () => {
    const id = await twins('h');
    const entry = Array.from({ length: 1_001 }, (_, i) => ({
      request: { method: 'PUT', url: `Basic/h-${i}` },
      resource: {
        ...{ resourceType: 'Basic', id: `h-${i}`, code: { text: 'X' } },
        subject: { reference: 'Patient/h-new' },
      },
    }));
    const { status } = await send('POST', server.base, {
      ...{ resourceType: 'Bundle', type: 'batch', entry },
    });
    expect(status).toBe(200);
    expectProblem(await reviews.resolve(id, same), 422, { detail: 'More than 1000 resources refer' });
    expect((await resource('Patient/h-new')).active).toBeUndefined();
  });

  it('takes readings along, and what follows from them', async () => {
    const id = await twins('v', { birthDate: '1990-05-05' }, { birthDate: '1990-05-05' });
    await reviews.put({
      ...{ resourceType: 'Observation', id: 'v-heart-rate', status: 'final' },
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/observation-category',
              code: 'vital-signs',
            },
          ],
        },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      subject: { reference: 'Patient/v-new' },
      effectiveDateTime: new Date(Date.now() - 60_000).toISOString(),
      valueQuantity: { value: 180, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
    });
    const alertsOf = async (patient: string, status: string) => {
      const { body } = await reviews.get(`alerts?patient=${patient}&status=${status}`);
      return body.data.length as number;
    };
    const until = async (patient: string, status: string) => {
      for (let turn = 0; turn < 200 && (await alertsOf(patient, status)) === 0; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return alertsOf(patient, status);
    };
    expect(await until('v-new', 'active')).toBeGreaterThan(0);
    expect((await reviews.resolve(id, same)).status).toBe(200);
    expect((await resource('Observation/v-heart-rate')).subject.reference).toBe('Patient/v-old');
    expect(await until('v-old', 'active')).toBeGreaterThan(0);
    expect(await until('v-new', 'withdrawn')).toBeGreaterThan(0);
    expect(await alertsOf('v-new', 'active')).toBe(0);
  });
});

describe('other reviews', () => {
  it('go on about the survivor, or are decided with it', async () => {
    await reviews.put(...['i-old', 'i-new', 'i-next', 'i-far'].map((id) => person(id, 'lead', named)));
    const id = await reviews.review('i-new', 'i-old');
    const twice = await reviews.review('i-new', 'i-old', 'i-far');
    const only = await reviews.review('i-old', 'i-new');
    const double = await reviews.review('i-new', 'i-old');
    const next = await reviews.review(
      'i-next',
      { reference: 'Patient/i-old', score: 35, because: ['The name is the same.'] },
      { reference: 'Patient/i-new', score: 60, because: ['The e-mail is the same.'] },
      { reference: 'Patient/i-far', score: 40, because: ['The name is the same.'] },
    );
    const past = await reviews.review('i-far', 'i-new');
    await reviews.resolve(past, { decision: 'different' });
    expect((await reviews.resolve(id, same)).status).toBe(200);
    const shown = async (one: string) => {
      const { body } = await reviews.get(`lead-reviews/${one}`);
      const { state, lead_id, candidates } = body;
      const told = candidates.map(({ patient_id, score, because }: Record<string, unknown>) => [
        ...[patient_id, score, because],
      ]);
      return { state, lead_id, candidates: told };
    };
    const name = 'The name is the same.';
    const email = 'The e-mail is the same.';
    expect(await shown(twice)).toEqual({
      ...{ state: 'open', lead_id: 'c-i-old', candidates: [['fhir:i-far', 60, [email]]] },
    });
    expect(await shown(next)).toEqual({
      ...{ state: 'open', lead_id: 'c-i-next' },
      candidates: [
        ['fhir:i-old', 60, [email, name]],
        ['fhir:i-far', 40, [name]],
      ],
    });
    expect(await shown(only)).toMatchObject({ state: 'same', lead_id: 'c-i-old' });
    expect(await shown(double)).toMatchObject({ state: 'same', lead_id: 'c-i-new' });
    expect((await resource(`Task/${past}`)).meta.versionId).toBe('2');
    for (const one of [twice, next, only, double]) expect(await reviews.faults(`Task/${one}`)).toEqual([]);
    // The next one is merged into the survivor, which has merged records behind it.
    expect((await reviews.resolve(next, { ...same, patient_id: 'fhir:i-old' })).status).toBe(200);
    expect((await resource('Patient/i-old')).link).toEqual([
      { other: { reference: 'Patient/i-new' }, type: 'replaces' },
      { other: { reference: 'Patient/i-next' }, type: 'replaces' },
    ]);
  });

  it('lead on from a record that was merged itself', async () => {
    await reviews.put(...['j-old', 'j-new', 'j-last'].map((id) => person(id, 'lead', named)));
    const first = await reviews.review('j-new', 'j-old');
    const second = await reviews.review('j-last', 'j-new');
    // The older one of the second turns out to be the newer one of the first.
    expect((await reviews.resolve(second, same)).body).toMatchObject({ merged_into: 'fhir:j-new' });
    expect((await reviews.resolve(first, same)).body).toMatchObject({ merged_into: 'fhir:j-old' });
    expect(await resource('Patient/j-last')).toMatchObject({
      ...{ active: false, link: [{ other: { reference: 'Patient/j-old' }, type: 'replaced-by' }] },
    });
    expect((await resource('Patient/j-old')).link.map(({ type }: { type: string }) => type)).toEqual([
      ...['replaces', 'replaces'],
    ]);
    // The decision before still holds: its survivor is where it has gone.
    expect((await reviews.resolve(second, same)).status).toBe(200);
  });
});

describe('several at the same time', () => {
  it('merge once', async () => {
    const id = await twins('k');
    const answers = await Promise.all(Array.from({ length: 5 }, () => reviews.resolve(id, same)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await resource('Patient/k-old')).link).toHaveLength(1);
    expect((await resource('Patient/k-old')).meta.versionId).toBe('2');
  });

  it('agree, or one of them is told', async () => {
    const id = await twins('m');
    const answers = await Promise.all([
      reviews.resolve(id, { ...same, decided_by: 'Ana' }),
      reviews.resolve(id, { decision: 'different', decided_by: 'Luis' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const winner = answers.find(({ status }) => status === 200)!;
    expect((await reviews.get(`lead-reviews/${id}`)).body).toEqual(winner.body);
    const isMerged = (await resource('Patient/m-new')).active === false;
    expect(isMerged).toBe(winner.body.state === 'same');
  });

  it('merge in one direction', async () => {
    const one = await twins('q');
    const other = await reviews.review('q-old', 'q-new');
    const answers = await Promise.all([one, other].map((id) => reviews.resolve(id, same)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const records = await Promise.all(['q-old', 'q-new'].map((id) => resource(`Patient/${id}`)));
    expect(records.filter(({ active }) => active === false)).toHaveLength(1);
    expect(records.flatMap(({ link }) => link.map(({ type }: { type: string }) => type)).sort()).toEqual([
      ...['replaced-by', 'replaces'],
    ]);
  });

  it('lose nothing that others write meanwhile', async () => {
    const id = await twins('n');
    const fresh = await resource('Patient/n-new');
    const [decided, changed] = await Promise.all([
      reviews.resolve(id, same),
      send(
        'PUT',
        `${server.base}/Patient/n-new`,
        { ...fresh, birthDate: '1990-05-05' },
        { 'if-match': 'W/"1"' },
      ),
    ]);
    expect(decided.status).toBe(200);
    const survivor = await resource('Patient/n-old');
    expect(survivor.birthDate).toBe(changed.status === 200 ? '1990-05-05' : undefined);
    expect(await resource('Patient/n-new')).toMatchObject({ active: false });
  });

  it('merge one after the other into one record', async () => {
    await reviews.put(...['o-old', 'o-1', 'o-2', 'o-3'].map((id) => person(id, 'lead', named)));
    const ids = [];
    for (const one of ['o-1', 'o-2', 'o-3']) ids.push(await reviews.review(one, 'o-old'));
    const answers = await Promise.all(ids.map((id) => reviews.resolve(id, same)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const survivor = await resource('Patient/o-old');
    expect(survivor.link).toHaveLength(3);
    expect(survivor.identifier).toHaveLength(4);
  });
});
