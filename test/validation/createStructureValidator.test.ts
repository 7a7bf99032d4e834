import { describe, expect, it } from '@jest/globals';
import { parseJson } from '../../server/json/parseJson.ts';
import { createStructureValidator } from '../../server/validation/createStructureValidator.ts';
import { brief, data, definitions, gate, haveData, type Resource, resourcesIn } from './structureSupport.ts';

const patient = `{
  "resourceType": "Patient", "id": "p1", "active": true, "birthDate": "1970-01-31", "gender": "female",
  "_birthDate": {"extension": [{"url": "http://example.org/time", "valueDateTime": "1970-01-31T10:00:00+01:00"}]},
  "name": [{"family": "Meier", "given": ["Anna", null, "Eva"], "_given": [null, {"id": "g2"}, {"id": "g3"}]}],
  "contact": [{"name": {"text": "Kurt"}, "relationship": [{"coding": [{"system": "http://x.org", "code": "N"}]}]}],
  "multipleBirthInteger": 2,
  "communication": [{"language": {"text": "German"}, "preferred": true}],
  "text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Anna</div>"},
  "contained": [{"resourceType": "Organization", "id": "o1", "name": "Praxis", "telecom": [{"rank": 1}]}],
  "photo": [{"contentType": "image/png", "data": "AAAA", "size": 3}]
}`;
const observation = `{
  "resourceType": "Observation", "status": "final", "code": {"text": "weight"}, "effectiveDateTime": "2024-02-29",
  "valueQuantity": {"value": 71.50, "unit": "kg"},
  "component": [{"code": {"text": "c"}, "valueSampledData":
    {"origin": {"value": 0}, "period": 1.0, "dimensions": 1, "data": "1 2 E"}}]
}`;
const bundle = `{"resourceType": "Bundle", "type": "transaction", "entry": [
  {"fullUrl": "urn:uuid:1", "resource": ${patient}, "request": {"method": "POST", "url": "Patient"}},
  {"fullUrl": "urn:uuid:2", "resource": ${observation}, "request": {"method": "POST", "url": "Observation"},
   "response": {"status": "201", "outcome": {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}}}
]}`;
const parameters = `{"resourceType": "Parameters", "parameter": [
  {"name": "a", "valueDecimal": 0.010}, {"name": "b", "resource": ${observation}}, {"name": "c", "part": [{"name": "d", "valueCode": "x"}]}]}`;
const questionnaire = `{"resourceType": "Questionnaire", "status": "draft", "item": [
  {"linkId": "1", "type": "group", "item": [{"linkId": "1.1", "type": "choice", "answerOption": [{"valueString": "y"}]}]}]}`;
const request = `{"resourceType": "MedicationRequest", "status": "active", "intent": "order",
  "medicationCodeableConcept": {"text": "m"}, "subject": {"reference": "Patient/1"},
  "dosageInstruction": [{"timing": {"repeat": {"boundsDuration": {"value": 1, "unit": "d"}, "dayOfWeek": ["mon"], "timeOfDay": ["10:00:00"]}}}]}`;

/** The text with one value changed: `path` as in FHIRPath over the JSON; an `undefined` value removes the property. */
function changed(json: string, path: string, value: unknown): unknown {
  const tree = parseJson(json) as Record<string, unknown>;
  const steps = path.match(/[^.[\]]+/g) as string[];
  const last = steps.pop() as string;
  const owner = steps.reduce((node, step) => node[step] as Record<string, unknown>, tree);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return tree;
}

/** A sound resource, the place to change, its new value, the issues as `code expression`, and words of the first. */
const cases: [json: string, path: string, value: unknown, issues: string[], words: string][] = [
  // types
  [patient, 'active', 'yes', ['structure Patient.active'], `'active' must be true or false, not "yes"`],
  [patient, 'active', null, ['structure Patient.active'], 'leave the property out'],
  [patient, 'birthDate', 1970, ['structure Patient.birthDate'], "'birthDate' must be a string, not 1970"],
  [patient, 'birthDate', '1970-1-31', ['value Patient.birthDate'], 'YYYY-MM-DD; found "1970-1-31"'],
  [patient, 'birthDate', '1970-02-30', ['value Patient.birthDate'], 'a calendar date'],
  [patient, 'birthDate', '1900-02-29', ['value Patient.birthDate'], 'a calendar date'],
  [patient, 'gender', 'Female', ['code-invalid Patient.gender'], `did you mean 'female'?`],
  [patient, 'gender', 'w', ['code-invalid Patient.gender'], 'allowed: male, female, other, unknown'],
  [patient, 'gender', 1, ['structure Patient.gender'], 'must be a string, not 1'],
  [patient, 'id', 'a b', ['value Patient.id'], 'an id'],
  [patient, 'multipleBirthInteger', JSON.rawJSON('2.0'), ['value Patient.multipleBirth'], 'found 2.0'],
  [patient, 'multipleBirthInteger', 2.5, ['value Patient.multipleBirth'], 'a whole number'],
  [patient, 'multipleBirthInteger', '2', ['structure Patient.multipleBirth'], 'a whole number'],
  [patient, 'multipleBirthInteger', 2147483648, ['value Patient.multipleBirth'], '2147483647'],
  [patient, 'photo[0].data', 'AAA', ['value Patient.photo[0].data'], 'base64'],
  [patient, 'photo[0].size', -1, ['value Patient.photo[0].size'], 'from 0'],
  [patient, 'contained[0].telecom[0].rank', 0, ['value Patient.contained[0].telecom[0].rank'], 'from 1'],
  [patient, 'name[0].given[0]', 5, ['structure Patient.name[0].given[0]'], "'given' must be a string, not 5"],
  [patient, 'name[0].given[0]', '', ['value Patient.name[0].given[0]'], 'found ""'],
  [patient, 'name[0].family', 'a\u0001', ['value Patient.name[0].family'], 'without control characters'],
  [patient, 'name[0].family', 'x'.repeat(1048577), ['too-long Patient.name[0].family'], '1048577 characters'],
  [patient, 'text.div', 'Anna', ['value Patient.text.div'], '<div'],
  [
    observation,
    'valueQuantity.value',
    '71.5',
    ['structure Observation.value.value'],
    "'value' must be a number",
  ],
  [
    observation,
    'valueQuantity',
    5,
    ['structure Observation.value'],
    "'valueQuantity' must be an object (Quantity)",
  ],
  [observation, 'valueQuantity', JSON.rawJSON('5.0'), ['structure Observation.value'], 'not 5.0'],
  [observation, 'valueQuantity', {}, ['structure Observation.value'], 'may not be empty'],
  [observation, 'effectiveDateTime', '2024-02-29T10:00', ['value Observation.effective'], 'seconds and zone'],
  [
    observation,
    'effectiveDateTime',
    '2024-02-29T10:00:00',
    ['value Observation.effective'],
    'seconds and zone',
  ],
  [
    request,
    'dosageInstruction[0].timing.repeat.when',
    ['MORNX'],
    ['code-invalid MedicationRequest.dosageInstruction[0].timing.repeat.when[0]'],
    "did you mean 'MORN'?",
  ],
  // lists
  [patient, 'name', { family: 'M' }, ['structure Patient.name'], 'it can repeat, so even one goes into [ ]'],
  [patient, 'name', [], ['structure Patient.name'], 'empty array'],
  [patient, 'name', null, ['structure Patient.name'], 'leave the property out'],
  [patient, 'name[0]', {}, ['structure Patient.name[0]'], 'may not be empty'],
  [patient, 'name[0]', null, ['structure Patient.name[0]'], 'leave it out'],
  [patient, 'name[0]', 'Anna', ['structure Patient.name[0]'], 'an object (HumanName)'],
  [
    patient,
    'name[0].given',
    'Anna',
    ['structure Patient.name[0].given', 'structure Patient.name[0].given[0]'],
    '[ ]',
  ],
  [patient, 'birthDate', ['1970'], ['structure Patient.birthDate'], 'it cannot repeat'],
  [patient, 'contact[0].name', [{ text: 'K' }], ['structure Patient.contact[0].name'], 'it cannot repeat'],
  // null and `_` properties
  [
    patient,
    'name[0].given[0]',
    null,
    ['structure Patient.name[0].given[0]', 'structure Patient.name[0].given[0]'],
    "what '_given' has",
  ],
  [patient, 'name[0]._given', undefined, ['structure Patient.name[0].given[1]'], "what '_given' has"],
  [
    patient,
    'name[0]._given[1]',
    null,
    ['structure Patient.name[0].given[1]', 'structure Patient.name[0].given[1]'],
    'null',
  ],
  [
    patient,
    'name[0]._given',
    { id: 'x' },
    ['structure Patient.name[0].given[1]', 'structure Patient.name[0].given'],
    'null',
  ],
  [
    patient,
    '_birthDate',
    { value: 1 },
    ['structure Patient.birthDate.value'],
    'Element has no property "value"',
  ],
  [patient, '_birthDate', 'x', ['structure Patient.birthDate'], 'an object with id or extension'],
  [
    patient,
    '_birthDate.extension[0].url',
    undefined,
    ['required Patient.birthDate.extension[0].url'],
    "'url' is required",
  ],
  [
    patient,
    '_birthDate.extension[0].valueDateTime',
    'x',
    ['value Patient.birthDate.extension[0].value'],
    'a date',
  ],
  [patient, '_name', { id: 'x' }, ['structure Patient._name'], "'name' can itself hold extensions"],
  [patient, '_id', { id: 'x' }, ['structure Patient._id'], 'no property "_id"'],
  // unknown properties
  [
    patient,
    'birthdate',
    '1970',
    ['structure Patient.birthdate'],
    'Patient has no property "birthdate"; did you mean \'birthDate\'?',
  ],
  [patient, 'birth_date', '1970', ['structure Patient.birth_date'], "did you mean 'birthDate'?"],
  [patient, 'name[0].familiy', 'M', ['structure Patient.name[0].familiy'], "did you mean 'family'?"],
  [
    patient,
    'contact[0].adress',
    {},
    ['structure Patient.contact[0].adress'],
    'Patient.contact has no property "adress"; did you mean \'address\'?',
  ],
  [patient, 'fhir_comments', ['x'], ['structure Patient.fhir_comments'], 'no property "fhir_comments"'],
  [patient, 'a b', 1, ['structure Patient.`a b`'], 'no property "a b"'],
  [patient, 'meta', { project: 'x' }, ['structure Patient.meta.project'], 'no property "project"'],
  [
    patient,
    'managingOrganization',
    { resource: { resourceType: 'Organization' } },
    ['structure Patient.managingOrganization.resource'],
    'no property',
  ],
  [
    observation,
    'value',
    5,
    ['structure Observation.value'],
    'written with its type, as one of: valueQuantity, ',
  ],
  [observation, 'valueDecimal', 5, ['structure Observation.valueDecimal'], 'as one of: valueQuantity, '],
  // choices
  [
    observation,
    'valueString',
    'x',
    ['structure Observation.value'],
    "here are 'valueQuantity' and 'valueString'",
  ],
  [
    observation,
    '_valueString',
    { id: 'x' },
    ['structure Observation.value'],
    "'valueQuantity' and '_valueString'",
  ],
  [patient, 'deceasedBoolean', true, [], ''],
  [patient, '_multipleBirthInteger', { id: 'x' }, [], ''],
  // required
  [observation, 'status', undefined, ['required Observation.status'], "'status' is required"],
  [observation, 'code', undefined, ['required Observation.code'], "'code' is required"],
  [observation, 'component[0].code', undefined, ['required Observation.component[0].code'], "'code'"],
  [
    request,
    'medicationCodeableConcept',
    undefined,
    ['required MedicationRequest.medication'],
    "One of 'medicationCodeableConcept', 'medicationReference' is required",
  ],
  [
    questionnaire,
    'item[0].item[0].linkId',
    undefined,
    ['required Questionnaire.item[0].item[0].linkId'],
    "'linkId'",
  ],
  [bundle, 'type', undefined, ['required Bundle.type'], "'type'"],
  // resources inside resources
  [patient, 'resourceType', undefined, ['required'], "in the property 'resourceType'"],
  [patient, 'resourceType', 'Pateint', ['value resourceType'], "did you mean 'Patient'?"],
  [patient, 'resourceType', 'Resource', ['value resourceType'], '"Resource" is not the name'],
  [patient, 'resourceType', 'ViewDefinition', ['value resourceType'], 'is not the name'],
  [patient, 'resourceType', 'constructor', ['value resourceType'], 'is not the name'],
  [patient, 'resourceType', 5, ['value resourceType'], '5 is not the name'],
  [
    patient,
    'contained[0].resourceType',
    undefined,
    ['required Patient.contained[0]'],
    "in the property 'resourceType'",
  ],
  [patient, 'contained[0].resourceType', 'Org', ['value Patient.contained[0].resourceType'], '"Org"'],
  [patient, 'contained[0]', 'x', ['structure Patient.contained[0]'], 'must be a JSON object'],
  [patient, 'contained[0].nmae', 'x', ['structure Patient.contained[0].nmae'], "did you mean 'name'?"],
  [bundle, 'entry[1].resource.status', 'done', ['code-invalid Bundle.entry[1].resource.status'], '"done"'],
  [
    bundle,
    'entry[1].response.outcome.issue',
    undefined,
    ['required Bundle.entry[1].response.outcome.issue'],
    "'issue'",
  ],
  [
    bundle,
    'entry[0].request.method',
    'post',
    ['code-invalid Bundle.entry[0].request.method'],
    "did you mean 'POST'?",
  ],
  [
    parameters,
    'parameter[1].resource.code',
    undefined,
    ['required Parameters.parameter[1].resource.code'],
    "'code'",
  ],
  [
    parameters,
    'parameter[2].part[0].name',
    undefined,
    ['required Parameters.parameter[2].part[0].name'],
    "'name'",
  ],
  [parameters, 'parameter[0].valueDecimal', true, ['structure Parameters.parameter[0].value'], 'a number'],
];

describe('createStructureValidator', () => {
  it.each(Object.entries({ patient, observation, bundle, parameters, questionnaire, request }))(
    'passes a sound %s',
    (_name, json) => {
      expect(gate.validate(parseJson(json))).toEqual([]);
    },
  );

  it.each(cases.map((row) => [`${row[1]} = ${JSON.stringify(row[2])?.slice(0, 40)}`, ...row] as const))(
    '%s',
    (_name, json, path, value, expected, message) => {
      const issues = gate.validate(changed(json, path, value));
      expect(brief(issues)).toEqual(expected);
      expect(issues[0]?.diagnostics ?? '').toContain(message);
      expect(issues.every((issue) => issue.severity === 'error')).toBe(true);
    },
  );

  it.each([
    [null],
    [undefined],
    [5],
    ['x'],
    [true],
    [[]],
    [[{ resourceType: 'Patient' }]],
    [JSON.rawJSON('1.50')],
  ])('refuses %j, which is no resource', (value) => {
    expect(brief(gate.validate(value))).toEqual(['structure']);
  });

  it('names the empty object and no missing properties with it', () => {
    expect(brief(gate.validate({}))).toEqual(['required']);
    expect(gate.validate({ resourceType: 'Basic' })).toHaveLength(1);
    expect(gate.validate({ resourceType: 'Patient' })).toEqual([]);
  });

  it('accepts the extensions of canonicals, which the published schema forgets', () => {
    const extended = {
      resourceType: 'Patient',
      meta: { _profile: [{ extension: [{ url: 'x', valueCode: 'y' }] }] },
    };
    expect(gate.validate(extended)).toEqual([]);
  });

  it('lists a hundred errors and counts the rest', () => {
    const many = { resourceType: 'Patient', name: Array.from({ length: 1234 }, () => ({ family: 5 })) };
    const issues = gate.validate(many);
    expect(issues).toHaveLength(101);
    expect(issues[100].diagnostics).toBe('1134 more errors are not listed');
    const few = createStructureValidator(definitions, { maxIssues: 2 });
    expect(few.validate(many)).toHaveLength(3);
  });

  it('is not slowed down by a body made of errors', () => {
    const names = Array.from({ length: 200_000 }, (_, index) => [`unknownProperty${index}`, null]);
    expect(gate.validate({ resourceType: 'Patient', ...Object.fromEntries(names) })).toHaveLength(101);
  });

  it('refuses nesting without end instead of overflowing the stack', () => {
    let extension: unknown = { url: 'x', valueCode: 'y' };
    for (let depth = 0; depth < 100_000; depth++) extension = { url: 'x', extension: [extension] };
    expect(brief(gate.validate({ resourceType: 'Patient', extension: [extension] }))[0]).toMatch(
      /^too-costly/,
    );
  });

  it('prepares types, unknown ones included, without a word', () => {
    gate.prepare([...definitions.resourceTypes, 'Nonsense']);
    expect(gate.validate({ resourceType: 'Nonsense' })).toHaveLength(1);
  });

  /** Published examples that are wrong, and how. */
  const wrong: Record<string, string> = {
    // items without the linkId that Questionnaire requires
    'Questionnaire-qs1.json': 'required Questionnaire.item[0].item[0].linkId',
    // a narrative that has a status and nothing else
    'diagnosticreport-cbc.json': 'required DiagnosticReport.text.div',
  };
  (haveData ? it : it.skip).each([
    'synthea-conditional',
    'synthea-legacy',
    'synthea-embedded',
    'bulk-ndjson',
    'hl7-r4-examples',
    'us-core-examples',
  ])(`passes all of ${data}/%s`, (folder) => {
    const refused: string[] = [];
    let count = 0;
    for (const { file, resource } of resourcesIn(folder)) {
      count++;
      const [first] = gate.validate(resource);
      const found = first && brief([first])[0];
      if (found !== wrong[file]) refused.push(`${file}: ${first?.diagnostics ?? 'passed'} (${found})`);
    }
    expect(refused).toEqual([]);
    expect(count).toBeGreaterThan(100);
  });

  (haveData ? it : it.skip)('finds the same in whole bundles', () => {
    const entries = [...resourcesIn('synthea-embedded')].map(
      ({ resource }) => ({ resource }) as { resource: Resource },
    );
    const whole = { resourceType: 'Bundle', type: 'collection', entry: entries };
    expect(gate.validate(whole)).toEqual([]);
    (entries[7].resource as Record<string, unknown>).nonsense = 1;
    expect(brief(gate.validate(whole))).toEqual(['structure Bundle.entry[7].resource.nonsense']);
  });
});
