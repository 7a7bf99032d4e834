import { describe, expect, it } from '@jest/globals';
import { applyFhirPathPatch } from '../../server/patch/fhirPathPatch.ts';
import { fhirPathPatchLimits } from '../../server/patch/patchLimits.ts';
import { definitions, type Parts, patched, patchOf, refusedPatch } from './fhirPathPatchSupport.ts';
import { refusal, tree } from './patchSupport.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p',
  active: true,
  name: [
    { use: 'official', family: 'Chalmers', given: ['Peter', 'James'] },
    { use: 'usual', given: ['Jim'] },
  ],
  birthDate: '1974-12-25',
  _birthDate: { extension: [{ url: 'http://e.org/time', valueDateTime: '1974-12-25T14:35:45-05:00' }] },
};
const { _birthDate, ...plain } = patient;
const urlOf = (name: string) => `http://e.org/${name}`;

describe('applyFhirPathPatch', () => {
  describe('add', () => {
    it('appends to lists, making them where there are none', () => {
      const telecom = { valueContactPoint: { system: 'phone', value: '1' } };
      const once: Parts = { type: 'add', path: 'Patient', name: 'telecom', value: telecom };
      expect(patched(plain, once, once)).toEqual({
        ...plain,
        telecom: [telecom.valueContactPoint, telecom.valueContactPoint],
      });
      expect(
        patched(plain, { type: 'add', path: 'Patient.name[1]', name: 'given', value: 'Jimbo' }),
      ).toMatchObject({
        name: [patient.name[0], { use: 'usual', given: ['Jim', 'Jimbo'] }],
      });
      expect(
        patched(
          { resourceType: 'Patient' },
          { type: 'add', path: 'Patient', name: 'active', value: { valueBoolean: false } },
        ),
      ).toEqual({ resourceType: 'Patient', active: false });
    });

    it('names choices by the type of the value', () => {
      const observation = { resourceType: 'Observation', status: 'final' };
      expect(
        patched(observation, {
          type: 'add',
          path: 'Observation',
          name: 'value',
          value: { valueQuantity: { value: 5 } },
        }),
      ).toEqual({ ...observation, valueQuantity: { value: 5 } });
      expect(
        patched(observation, {
          type: 'add',
          path: 'Observation',
          name: 'value',
          value: { valueDateTime: '2020' },
        }),
      ).toEqual({ ...observation, valueDateTime: '2020' });
    });

    it('makes anonymous content of parts, as deep as need be', () => {
      const contact = {
        part: [
          { name: 'relationship', valueCodeableConcept: { text: 'a' } },
          { name: 'relationship', valueCodeableConcept: { text: 'b' } },
          {
            name: 'name',
            part: [
              { name: 'given', valueString: 'Ada' },
              { name: 'family', valueString: 'L' },
            ],
          },
          { name: 'gender', _valueCode: { extension: [{ url: urlOf('x'), valueBoolean: true }] } },
        ],
      };
      expect(patched(plain, { type: 'add', path: 'Patient', name: 'contact', value: contact })).toEqual({
        ...plain,
        contact: [
          {
            relationship: [{ text: 'a' }, { text: 'b' }],
            name: { given: ['Ada'], family: 'L' },
            _gender: { extension: [{ url: urlOf('x'), valueBoolean: true }] },
          },
        ],
      });
      const item = {
        part: [
          { name: 'linkId', valueString: '1.1' },
          { name: 'item', part: [{ name: 'linkId', valueString: '1.1.1' }] },
        ],
      };
      expect(
        patched(
          { resourceType: 'QuestionnaireResponse', item: [{ linkId: '1', answer: [{ valueInteger: 1 }] }] },
          { type: 'add', path: 'QuestionnaireResponse.item.answer', name: 'item', value: item },
        ),
      ).toMatchObject({ item: [{ answer: [{ item: [{ linkId: '1.1', item: [{ linkId: '1.1.1' }] }] }] }] });
      const component = {
        part: [
          { name: 'code', valueCodeableConcept: { text: 'systolic' } },
          { name: 'value', valueQuantity: { value: 120 } },
        ],
      };
      expect(
        patched(
          { resourceType: 'Observation' },
          { type: 'add', path: 'Observation', name: 'component', value: component },
        ),
      ).toEqual({
        resourceType: 'Observation',
        component: [{ code: { text: 'systolic' }, valueQuantity: { value: 120 } }],
      });
    });

    it('adds contained resources, and to them', () => {
      const contained = { resource: { resourceType: 'Organization', id: 'o' } };
      expect(
        patched(
          { ...plain, managingOrganization: { reference: '#o' } },
          { type: 'add', path: 'Patient', name: 'contained', value: contained },
          { type: 'add', path: "Patient.contained.where(id = 'o')", name: 'name', value: 'Acme' },
          { type: 'add', path: 'Patient.managingOrganization.resolve()', name: 'alias', value: 'A' },
        ),
      ).toMatchObject({ contained: [{ resourceType: 'Organization', id: 'o', name: 'Acme', alias: ['A'] }] });
    });

    it('gives primitives extensions, aligned with their values', () => {
      const extension = {
        valueExtension: undefined,
        part: [
          { name: 'url', valueUri: urlOf('x') },
          { name: 'value', valueCode: 'c' },
        ],
      };
      const { valueExtension: _, ...value } = extension;
      const made = { url: urlOf('x'), valueCode: 'c' };
      expect(patched(plain, { type: 'add', path: 'Patient.birthDate', name: 'extension', value })).toEqual({
        ...plain,
        _birthDate: { extension: [made] },
      });
      expect(
        patched(plain, { type: 'add', path: 'Patient.name[0].given[1]', name: 'extension', value }),
      ).toMatchObject({
        name: [{ given: ['Peter', 'James'], _given: [null, { extension: [made] }] }, {}],
      });
      expect(
        patched(patient, { type: 'add', path: 'Patient.birthDate', name: 'id', value: 'b' }),
      ).toMatchObject({
        _birthDate: { ..._birthDate, id: 'b' },
      });
      expect(
        patched(plain, {
          type: 'add',
          path: 'Patient.name[0]',
          name: 'given',
          value: { _valueString: { extension: [made] } },
        }),
      ).toMatchObject({
        name: [{ given: ['Peter', 'James', null], _given: [null, null, { extension: [made] }] }, {}],
      });
    });

    it('refuses what is there already, does not exist, or is of the wrong type', () => {
      const add = (path: string, name: string, value: Parts[string]) =>
        refusedPatch(patient, { type: 'add', path, name, value });
      const at = (path: string) => `422 processing: FHIRPath Patch operation [0] (add ${path})`;
      expect(add('Patient', 'birthDate', { valueDate: '2000' })).toBe(
        `${at('Patient')}: 'birthDate' exists already and does not repeat: it can be replaced`,
      );
      expect(add('Patient', 'colour', 'red')).toBe(`${at('Patient')}: Patient has no element 'colour'`);
      expect(add('Patient', '__proto__', 'red')).toBe(`${at('Patient')}: Patient has no element '__proto__'`);
      expect(add('Patient', 'resourceType', 'Group')).toBe(
        `${at('Patient')}: Patient has no element 'resourceType'`,
      );
      expect(add('Patient.birthDate', 'value', 'x')).toBe(
        `${at('Patient.birthDate')}: date has no element 'value'`,
      );
      expect(add('Patient.contact', 'gender', 'male')).toBe(
        `${at('Patient.contact')}: no element matches the path`,
      );
      expect(add('Patient.name', 'suffix', 'Dr')).toBe(
        `${at('Patient.name')}: the path matches 2 elements, and must match a single one`,
      );
      expect(add('Patient', 'gender', { valueBoolean: true })).toBe(
        `${at('Patient')}: 'gender' is code, and cannot be given as boolean`,
      );
      expect(add('Patient', 'multipleBirth', 'twin')).toBe(
        `${at('Patient')}: 'multipleBirth' is boolean or integer, and cannot be given as string`,
      );
      expect(add('Patient', 'multipleBirthInteger', { valueInteger: 2 })).toBe(
        `${at('Patient')}: Patient has no element 'multipleBirthInteger'`,
      );
      expect(add('Patient', 'maritalStatus', { valueCoding: { code: 'M' } })).toBe(
        `${at('Patient')}: 'maritalStatus' is CodeableConcept, and cannot be given as Coding`,
      );
      expect(add('Patient', 'gender', { part: [{ name: 'x', valueString: 'x' }] })).toBe(
        `${at('Patient')}: 'gender' is code, and cannot be given as parts`,
      );
      expect(add('Patient', 'contact', { valueHumanName: {} })).toBe(
        `${at('Patient')}: 'contact' is Patient.contact, and cannot be given as HumanName`,
      );
      expect(add('Patient', 'contact', { part: [{ name: 'age', valueInteger: 1 }] })).toBe(
        `${at('Patient')}: Patient.contact has no element 'age'`,
      );
      const twice = { name: 'gender', valueCode: 'male' };
      expect(add('Patient', 'contact', { part: [twice, twice] })).toBe(
        `${at('Patient')}: 'gender' of Patient.contact cannot be given twice: it does not repeat`,
      );
      expect(
        refusedPatch(
          { resourceType: 'Observation', valueString: 'x' },
          { type: 'add', path: 'Observation', name: 'value', value: { valueInteger: 1 } },
        ),
      ).toContain("'value' exists already");
    });
  });

  describe('replace', () => {
    it('replaces the whole element: value, id and extensions', () => {
      expect(
        patched(patient, { type: 'replace', path: 'Patient.birthDate', value: { valueDate: '1980-01-02' } }),
      ).toEqual({
        ...plain,
        birthDate: '1980-01-02',
      });
      expect(
        patched(patient, {
          type: 'replace',
          path: "Patient.name.where(use = 'usual')",
          value: { valueHumanName: { text: 'J' } },
        }),
      ).toMatchObject({ name: [patient.name[0], { text: 'J' }] });
      expect(
        patched(patient, { type: 'replace', path: 'Patient.name[0].given[0]', value: 'Pete' }),
      ).toMatchObject({
        name: [{ given: ['Pete', 'James'] }, {}],
      });
    });

    it('changes the type of a choice', () => {
      const replaced = patched(
        { resourceType: 'Observation', component: [{ valueQuantity: { value: 1 } }] },
        { type: 'replace', path: 'Observation.component.value', value: { valueInteger: 2 } },
      );
      expect(replaced).toEqual({ resourceType: 'Observation', component: [{ valueInteger: 2 }] });
      expect(
        patched(
          { resourceType: 'Patient', _deceasedBoolean: { id: 'd' } },
          { type: 'replace', path: 'Patient.deceased', value: { valueDateTime: '2020' } },
        ),
      ).toEqual({ resourceType: 'Patient', deceasedDateTime: '2020' });
    });

    it('keeps the spelling of decimals, old and new', () => {
      const observation =
        '{"resourceType":"Observation","valueQuantity":{"value":1.50},"component":[{"valueQuantity":{"value":0.010}}]}';
      const parameters = `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
        {"name":"type","valueCode":"replace"},
        {"name":"path","valueString":"Observation.component.value.value"},
        {"name":"value","valueDecimal":2.00}]}]}`;
      expect(JSON.stringify(applyFhirPathPatch(tree(observation), tree(parameters), definitions))).toBe(
        observation.replace('0.010', '2.00'),
      );
    });

    it('needs exactly one element, of the right type', () => {
      const replace = (path: string, value: Parts[string]) =>
        refusedPatch(patient, { type: 'replace', path, value });
      expect(replace('Patient.gender', { valueCode: 'male' })).toContain('no element matches the path');
      expect(replace('Patient.name.given', 'x')).toContain('the path matches 3 elements');
      expect(replace('Patient', 'x')).toContain('the resource itself cannot be replaced by a patch');
      expect(replace('Patient.active', 'true')).toContain(
        "'active' is boolean, and cannot be given as string",
      );
      expect(replace('Patient.name[7]', 'x')).toContain('no element matches the path');
    });
  });

  describe('delete', () => {
    it('deletes one element, with what it leaves empty', () => {
      expect(patched(patient, { type: 'delete', path: 'Patient.birthDate' })).not.toHaveProperty(
        '_birthDate',
      );
      expect(
        patched(patient, { type: 'delete', path: "Patient.birthDate.extension('http://e.org/time')" }),
      ).toEqual(plain);
      expect(patched(patient, { type: 'delete', path: 'Patient.name[1].given' })).toMatchObject({
        name: [{}, { use: 'usual' }],
      });
      expect(
        patched(
          { resourceType: 'Patient', contact: [{ name: { given: ['x'] } }] },
          { type: 'delete', path: 'Patient.contact.name.given' },
        ),
      ).toEqual({ resourceType: 'Patient' });
      expect(
        patched(
          { resourceType: 'Patient', name: [{ given: ['a', null], _given: [null, { id: 'g' }] }] },
          { type: 'delete', path: 'Patient.name.given[1].id' },
        ),
      ).toEqual({ resourceType: 'Patient', name: [{ given: ['a'] }] });
      expect(
        patched(
          { resourceType: 'Patient', _gender: { extension: [{ url: urlOf('x'), valueCode: 'c' }] } },
          { type: 'delete', path: 'Patient.gender.extension' },
        ),
      ).toEqual({ resourceType: 'Patient' });
    });

    it('changes nothing where there is nothing, and returns the very resource', () => {
      const resource = tree(patient);
      const parameters = patchOf(
        { type: 'delete', path: 'Patient.gender' },
        { type: 'delete', path: 'Patient.contact.name[3]' },
      );
      expect(applyFhirPathPatch(resource, parameters, definitions)).toBe(resource);
      expect(applyFhirPathPatch(resource, { resourceType: 'Parameters' }, definitions)).toBe(resource);
    });

    it('refuses several elements, the resource, and names that do not exist', () => {
      const remove = (path: string) => refusedPatch(patient, { type: 'delete', path });
      expect(remove('Patient.name')).toContain('the path matches 2 elements');
      expect(remove('Patient')).toContain('the resource itself cannot be deleted by a patch');
      expect(remove('Patient.colour')).toContain("Patient has no element 'colour'");
      expect(remove('Patient.name.given.colour')).toContain("string has no element 'colour'");
      expect(remove('Group.name')).toContain('the path starts at Group, but is applied to Patient');
      expect(remove("Patient.name.where(colour = 'x')")).toContain("HumanName has no element 'colour'");
      expect(remove('Patient.name.exists()')).toContain(
        'the path yields a value, not an element of the resource',
      );
      expect(remove('Patient.deceased.ofType(Foo)')).toContain("there is no type 'Foo'");
      expect(remove('Patient.deceased.colour')).toContain("boolean or dateTime has no element 'colour'");
      expect(remove('Patient.contact.colour')).toContain("Patient.contact has no element 'colour'");
      expect(remove("Patient.contact.where(name.colour = 'x')")).toContain(
        "HumanName has no element 'colour'",
      );
      expect(remove('Patient.extension.value.colour')).toContain("each of 50 types has no element 'colour'");
      expect(remove('Patient.deceased.ofType(boolean).colour')).toContain("boolean has no element 'colour'");
    });
  });

  describe('insert and move', () => {
    const insert = (path: string, index: number, value: Parts[string] = 'x') => ({
      type: 'insert',
      path,
      index,
      value,
    });
    const move = (path: string, source: number, destination: number) => ({
      type: 'move',
      path,
      source,
      destination,
    });

    it('work in one list, values and extensions together', () => {
      const name = [{ given: ['a', 'b', 'c'], _given: [{ id: '1' }, null, { id: '3' }] }];
      const resource = { resourceType: 'Patient', name };
      expect(patched(resource, insert('Patient.name.given', 1))).toMatchObject({
        name: [{ given: ['a', 'x', 'b', 'c'], _given: [{ id: '1' }, null, null, { id: '3' }] }],
      });
      expect(patched(resource, insert('Patient.name.given', 3))).toMatchObject({
        name: [{ given: ['a', 'b', 'c', 'x'], _given: [{ id: '1' }, null, { id: '3' }, null] }],
      });
      expect(patched(resource, move('Patient.name[0].given', 0, 2))).toMatchObject({
        name: [{ given: ['b', 'c', 'a'], _given: [null, { id: '3' }, { id: '1' }] }],
      });
      expect(patched(patient, move('name', 1, 0))).toMatchObject({
        name: [patient.name[1], patient.name[0]],
      });
      expect(patched(patient, insert("Patient.name.where(use = 'usual').given", 0))).toMatchObject({
        name: [{}, { given: ['x', 'Jim'] }],
      });
    });

    it('refuse what is no single list, and indexes outside of it', () => {
      const at = '422 processing: FHIRPath Patch operation [0] ';
      expect(refusedPatch(patient, insert('Patient.name.given', 0))).toBe(
        `${at}(insert Patient.name.given): the path matches lists of 2 elements, and must match a single one`,
      );
      expect(refusedPatch(patient, insert('Patient.name[0]', 0))).toContain(
        'the path must end in the name of a list',
      );
      expect(refusedPatch(patient, insert('Patient', 0))).toContain(
        'the path must end in the name of a list',
      );
      expect(refusedPatch(patient, insert('Patient.gender', 0))).toContain('no element matches the path');
      expect(refusedPatch(patient, insert('Patient.telecom', 0))).toContain('no element matches the path');
      expect(refusedPatch(patient, insert('Patient.birthDate', 0))).toContain("'birthDate' is not a list");
      expect(refusedPatch(patient, insert('Patient.colour', 0))).toContain("Patient has no element 'colour'");
      expect(refusedPatch(patient, insert('Patient.name', 0))).toContain(
        "'name' is HumanName, and cannot be given as string",
      );
      expect(refusedPatch(patient, insert('Patient.name', 3, { valueHumanName: { text: 'x' } }))).toContain(
        "'index' is 3, and may be at most 2 here",
      );
      expect(refusedPatch(patient, move('Patient.name', 2, 0))).toContain(
        "'source' is 2, and may be at most 1 here",
      );
      expect(refusedPatch(patient, move('Patient.name', 0, 2))).toContain(
        "'destination' is 2, and may be at most 1 here",
      );
    });
  });

  describe('paths', () => {
    const observation = tree(`{
      "resourceType": "Observation",
      "meta": { "profile": ["http://e.org/a", "http://e.org/b"] },
      "status": "final",
      "effectiveDateTime": "2020-03-04T10:00:00+01:00",
      "valueQuantity": { "value": 1.50, "unit": "mg" },
      "component": [
        { "id": "c0", "code": { "coding": [{ "system": "s", "code": "a" }] }, "valueQuantity": { "value": 10.0 } },
        { "id": "c1", "code": { "coding": [{ "system": "s", "code": "b" }, { "code": "B" }] }, "valueString": "Text" },
        { "id": "c2", "code": { "text": "c" }, "valueBoolean": false, "extension": [{ "url": "http://e.org/x", "valueDate": "2020-03" }] },
        { "id": "c3", "code": { "text": "d" } }
      ]
    }`) as { component: { id: string }[] };

    /** The ids of the components that a path names, found by what deleting each leaves. */
    function named(path: string): string {
      const ids = observation.component.map(({ id }) => id);
      const call = () => applyFhirPathPatch(observation, patchOf({ type: 'delete', path }), definitions);
      const told = refusal(call) as string | { result: typeof observation };
      if (typeof told === 'string') {
        return told.replace(`422 processing: FHIRPath Patch operation [0] (delete ${path}): `, '');
      }
      const left = told.result.component.map(({ id }) => id);
      return ids.filter((id) => !left.includes(id)).join() || 'none';
    }

    it.each([
      ['Observation.component[2]', 'c2'],
      ['Observation.component.first()', 'c0'],
      ['Observation.component.last()', 'c3'],
      ['Observation.component.tail().tail().first()', 'c2'],
      ['Observation.component.skip(1).take(1)', 'c1'],
      ['Observation.component.single()', 'the path needs a single value where there are 4'],
      ['component[0]', 'c0'],
      ['%resource.component[0]', 'c0'],
      ['Resource.component[0]', 'c0'],
      ['(Observation.component)[3]', 'c3'],
      ["Observation.component.where(code.coding.code = 'a')", 'c0'],
      ["Observation.component.where(code.coding.where(code = 'B').exists())", 'c1'],
      ["Observation.component.where(code.coding.exists(system = 's' and code = 'b'))", 'c1'],
      ["Observation.component.where('B' in code.coding.code)", 'c1'],
      ["Observation.component.where(code.coding.code contains 'B')", 'c1'],
      ["Observation.component.where(code.coding.code = 'B')", 'none'],
      ['Observation.component.where(code.coding.all(system.exists()) and code.text.empty())', 'c0'],
      ['Observation.component.where(value.exists().not())', 'c3'],
      ['Observation.component.where(value.empty())', 'c3'],
      ['Observation.component.where(value = false)', 'c2'],
      ['Observation.component.where(value.ofType(boolean).exists())', 'c2'],
      ['Observation.component.where(value is Quantity)', 'c0'],
      ['Observation.component.where(value.is(FHIR.Quantity))', 'c0'],
      ['Observation.component.where((value as Quantity).value >= 10)', 'c0'],
      ['Observation.component.where(value.as(Quantity).value = 10)', 'c0'],
      ['Observation.component.where(value.value < 10.000001 and value.value > -1)', 'c0'],
      ['Observation.component.where(value.value != 10)', 'none'],
      ["Observation.component.where(value ~ 'TEXT ')", 'c1'],
      ["Observation.component.where(value.ofType(string).startsWith('Te'))", 'c1'],
      ["Observation.component.where(value.ofType(string).lower() = 'text')", 'c1'],
      [
        "Observation.component.where(code.coding.code.first().startsWith(id.lower()) or id.startsWith('c1'))",
        'c1',
      ],
      ["Observation.component.where(value.ofType(string).upper().endsWith('XT'))", 'c1'],
      ["Observation.component.where(value.ofType(string).contains('ex'))", 'c1'],
      ['Observation.component.where(value.ofType(string).length() = 4)', 'c1'],
      ['Observation.component.where($index = 3)', 'c3'],
      ["Observation.component.where($this.id = 'c1')", 'c1'],
      ["Observation.component.where(id = 'c0' or id = 'cx')", 'c0'],
      ["Observation.component.where(id = 'c1' xor code.coding.exists())", 'c0'],
      ["Observation.component.where((id = 'c1' implies false) and (id > 'c2'))", 'c3'],
      ["Observation.component.where(id in ('c3'))", 'c3'],
      ["Observation.component.where(extension('http://e.org/x').exists())", 'c2'],
      ["Observation.component.where(extension('http://e.org/x').value < @2020-04)", 'c2'],
      ["Observation.component.where(extension('http://e.org/x').value = @2020-03)", 'c2'],
      ["Observation.component.where(extension('http://e.org/x').value = @2020-03-01)", 'none'],
      ['Observation.component.where(%resource.effective > @2020-03-04T08:59:00Z and $index = 0)', 'c0'],
      ['Observation.component.where(%resource.effective < @2020-03-04T09:00:01Z and $index = 0)', 'c0'],
      ['Observation.component.where(%resource.effective < @2020-03-04T09:00:01 and $index = 0)', 'none'],
      ['Observation.component.where(%resource.value.value = 1.5 and $index = 1)', 'c1'],
      ['Observation.component.where(code.coding.count() = 2)', 'c1'],
      ['Observation.component.where(code.text.hasValue() and value.hasValue())', 'c2'],
      ['Observation.component.where({})', 'none'],
      ["Observation.component.where(code.text ~ 'C' or code.text !~ 'x').where(code.text = 'c')", 'c2'],
      ['Observation.component.where(code.coding)', 'the path needs a single value where there are 2'],
      ['Observation.component.where(value > 1)', 'the path asks for the order of Quantity and number'],
      ['Observation.component.where(code = %resource.code)', 'none'],
      [
        'Observation.component.where(code = code)',
        'the path compares whole elements with each other, not primitives',
      ],
      [
        'Observation.component.where(code.startsWith(%resource.status))',
        'the path calls a function of strings on CodeableConcept',
      ],
      ['Observation.subject.resolve()', 'none'],
      ['Observation.component.resolve()', "Observation.component has no element 'reference'"],
    ])('%s', (path, ids) => {
      expect(named(path)).toBe(ids);
    });

    it.each([
      [
        'Observation.',
        "400 invalid: FHIRPath Patch operation [0]: 'path' is not a FHIRPath expression: unexpected end of expression at position 12",
      ],
      [
        'component.matches(x)',
        "400 not-supported: FHIRPath Patch operation [0]: 'path' uses the function matches() at position 10, which patch paths do not support",
      ],
      ['component.toString()', 'the function toString() at position 10'],
      ['a | b', "the operator '|' at position 2"],
      ['where(1 + 1 = 2)', "the operator '+' at position 8"],
      ['component[$index]', 'something other than a whole number as an index or count at position 10'],
      ['component.skip(x)', 'something other than a whole number as an index or count at position 15'],
      ['component[-1]', 'something other than a whole number'],
      ["where(value > 1 'mg')", 'a quantity at position 14'],
      ['%ucum', '%ucum at position 0'],
      ['$total', '$total at position 0'],
      ['where(-x = 1)', 'a sign before anything but a number at position 6'],
      ['value.ofType(System.String)', 'something other than a FHIR type name at position 20'],
      ['value.ofType(1)', 'something other than a FHIR type name at position 13'],
      ['component.where()', "'path' calls where() at position 10 with 0 arguments"],
      ['component.first(1)', "'path' calls first() at position 10 with 1 arguments"],
    ])('refuses %s', (path, message) => {
      const told = refusal(() =>
        applyFhirPathPatch(observation, patchOf({ type: 'delete', path }), definitions),
      );
      expect(told).toMatch(/^400 /);
      expect(told).toContain(message);
    });
  });

  describe('malformed patches', () => {
    const part = (name: string, value: unknown) => ({ name, ...(value as object) });
    const type = part('type', { valueCode: 'delete' });
    const path = part('path', { valueString: 'Patient.name' });
    const parameter = (...parts: unknown[]) => [{ name: 'operation', part: parts }];

    it.each([
      [null, 'A FHIRPath Patch must be a Parameters resource'],
      [{ resourceType: 'Patient' }, 'A FHIRPath Patch must be a Parameters resource'],
      [{ parameter: {} }, 'Parameters.parameter must be an array'],
      [{ parameter: ['x'] }, "[0]: every parameter must be named 'operation'"],
      [{ parameter: [{ name: 'op', part: [type, path] }] }, "[0]: every parameter must be named 'operation'"],
      [{ parameter: [{ name: 'operation' }] }, "[0]: the operation must have an array 'part'"],
      [{ parameter: parameter('x') }, '[0]: every part of the operation must have a name'],
      [{ parameter: parameter(path) }, "[0]: 'type' is missing"],
      [{ parameter: parameter(type) }, "[0]: 'path' is missing"],
      [{ parameter: [...parameter(type, path), ...parameter(type)] }, "[1]: 'path' is missing"],
      [{ parameter: parameter(type, type, path) }, "[0]: 'type' is given twice"],
      [
        { parameter: parameter(part('type', { valueCode: 'remove' }), path) },
        "[0]: 'type' must be one of add, insert, delete, replace, move",
      ],
      [{ parameter: parameter(part('type', { valueInteger: 1 }), path) }, "[0]: 'type' must be a valueCode"],
      [{ parameter: parameter(type, part('path', { valueUri: 'x' })) }, "[0]: 'path' must be a valueString"],
      [
        { parameter: parameter(type, path, part('index', { valueInteger: 1 })) },
        "[0]: 'index' has no meaning for delete, which takes type, path",
      ],
      [{ parameter: parameter(part('type', { valueCode: 'replace' }), path) }, "[0]: 'value' is missing"],
      [
        {
          parameter: parameter(part('type', { valueCode: 'add' }), path, part('value', { valueString: 'x' })),
        },
        "[0]: 'name' is missing",
      ],
      [
        {
          parameter: parameter(
            part('type', { valueCode: 'move' }),
            path,
            part('source', { valueInteger: -1 }),
          ),
        },
        "[0]: 'source' must be a valueInteger, 0 or more",
      ],
      [
        {
          parameter: parameter(
            part('type', { valueCode: 'move' }),
            path,
            part('source', { valueDecimal: 1 }),
          ),
        },
        "[0]: 'source' must be a valueInteger, 0 or more",
      ],
      [
        { parameter: parameter(type, part('path', {})) },
        "[0]: 'path' must have one value[x], 'part' or 'resource'",
      ],
      [
        { parameter: parameter(type, part('path', { valueString: 'x', valueCode: 'y' })) },
        "[0]: 'path' must have one value[x]",
      ],
      [
        { parameter: parameter(type, part('path', { text: 'x' })) },
        "[0]: 'path' has a member 'text', which is no value[x]",
      ],
      [
        { parameter: parameter(type, part('path', { valueString: 1 })) },
        "[0]: valueString of 'path' is not a JSON string",
      ],
      [
        { parameter: parameter(type, part('path', { valueString: null })) },
        "[0]: valueString of 'path' is not a JSON string",
      ],
      [
        { parameter: parameter(type, part('path', { valueHumanName: 'x' })) },
        "[0]: valueHumanName of 'path' is not a JSON object",
      ],
      [
        { parameter: parameter(type, part('path', { valueBoolean: 'true' })) },
        "[0]: valueBoolean of 'path' is not a JSON boolean",
      ],
      [
        { parameter: parameter(type, part('path', { valueDecimal: '1' })) },
        "[0]: valueDecimal of 'path' is not a JSON number",
      ],
      [
        { parameter: parameter(type, part('path', { _valueString: 'x' })) },
        "[0]: _valueString of 'path' must be the id and extensions of a primitive",
      ],
      [
        { parameter: parameter(type, part('path', { resource: { id: 'x' } })) },
        "[0]: 'resource' of 'path' must be a resource",
      ],
      [{ parameter: parameter(type, part('path', { part: [] })) }, "[0]: 'path' must have an array 'part'"],
      [
        { parameter: parameter(type, part('path', { valueString: 'a'.repeat(2_001) })) },
        "[0]: 'path' is longer than 2000 characters",
      ],
    ])('%#', (document, problem) => {
      const parameters = document && { resourceType: 'Parameters', ...document };
      const told = refusal(() => applyFhirPathPatch(tree(patient), tree(parameters), definitions));
      expect(told).toMatch(/^400 invalid: /);
      expect(told).toContain(problem);
    });

    it('point at the operation in the expression of the issue', () => {
      expect(() =>
        applyFhirPathPatch(tree(patient), patchOf({ type: 'delete', path: 'a.' }), definitions),
      ).toThrow(
        expect.objectContaining({
          issues: [expect.objectContaining({ expression: ['Parameters.parameter[0]'] })],
        }),
      );
      const second = patchOf({ type: 'delete', path: 'gender' }, { type: 'delete', path: 'name' });
      expect(() => applyFhirPathPatch(tree(patient), second, definitions)).toThrow(
        expect.objectContaining({
          issues: [expect.objectContaining({ expression: ['Parameters.parameter[1]'] })],
        }),
      );
    });
  });

  it('is bounded', () => {
    const list = { resourceType: 'List', entry: Array.from({ length: 3_000 }, () => ({ deleted: true })) };
    const quadratic = 'List.entry.where(%resource.entry.where(deleted = false).exists())';
    expect(refusedPatch(list, { type: 'delete', path: quadratic })).toMatch(
      /^422 too-costly: .*visit too many elements/,
    );
    const text = { resourceType: 'List', title: 'x'.repeat(1e6), entry: list.entry };
    expect(
      refusedPatch(text, { type: 'delete', path: "List.entry.where(%resource.title.contains('y'))" }),
    ).toMatch(/^422 too-costly/);
    expect(refusedPatch(text, { type: 'delete', path: "List.entry.where(%resource.title = 'y')" })).toMatch(
      /^422 too-costly/,
    );
    const many = Array.from({ length: fhirPathPatchLimits.operations + 1 }, () => ({
      type: 'delete',
      path: 'a',
    }));
    expect(refusedPatch(patient, ...many)).toBe(
      '400 too-costly: A FHIRPath Patch may have at most 1000 operations',
    );
    const extension = (depth: number): Record<string, unknown> =>
      depth === 0
        ? { name: 'extension', part: [{ name: 'url', valueUri: 'x' }] }
        : { name: 'extension', part: [extension(depth - 1)] };
    const { name: _, ...value } = extension(12);
    const operations = [0, 1, 2].map((step) => ({
      type: 'add',
      path: `Patient${'.extension'.repeat(step * 13)}`,
      name: 'extension',
      value: value as Parts[string],
    }));
    expect(refusedPatch(plain, ...operations)).toBe(
      '422 too-costly: The patched resource would be nested too deeply',
    );
  });

  it('refuses what is no resource', () => {
    expect(
      refusal(() => applyFhirPathPatch([], patchOf({ type: 'delete', path: 'a' }), definitions)),
    ).toContain('only a resource can be patched');
    expect(refusedPatch({ resourceType: 'Foo' }, { type: 'delete', path: 'a' })).toContain(
      "Foo has no element 'a'",
    );
  });
});
