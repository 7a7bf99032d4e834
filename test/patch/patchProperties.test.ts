// What must hold of every patch, tried with random ones: inputs are frozen, so that a write to them would throw a TypeError.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFhirPath } from '../../server/definitions/fhirPath/parseFhirPath.ts';
import { FhirPathSyntaxError } from '../../server/definitions/fhirPath/tokenizeFhirPath.ts';
import { FhirError } from '../../server/errors.ts';
import { applyFhirPathPatch } from '../../server/patch/fhirPathPatch.ts';
import { applyJsonPatch } from '../../server/patch/jsonPatch.ts';
import { definitions, type Parts, patchOf } from './fhirPathPatchSupport.ts';
import { frozen, tree } from './patchSupport.ts';

/** The result, or undefined when the patch is refused as it should be: with a 400 or 422. */
function attempt(call: () => unknown): { result: unknown } | undefined {
  try {
    return { result: call() };
  } catch (error) {
    if (error instanceof FhirError && (error.status === 400 || error.status === 422)) {
      return undefined;
    }
    throw error;
  }
}

/** JSON with decimals that keep their spelling, under few keys so that pointers often hit. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 'text', '', 1, -2.5),
    fc.constantFrom('1.50', '1e-7', '0.010', '12345678901234567890').map((source) => JSON.rawJSON(source)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c/d', '~e', '', '0', 'constructor'), tie('json'), {
      maxKeys: 4,
    }),
  ),
}));

const key = fc.constantFrom(
  'a',
  'b',
  'c~1d',
  '~0e',
  '',
  '0',
  '1',
  '2',
  '-',
  '01',
  '__proto__',
  'constructor',
  'length',
  'rawJSON',
);
const pointer = fc.array(key, { maxLength: 4 }).map((keys) => keys.map((part) => `/${part}`).join(''));
const jsonOperation = fc.record(
  {
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: pointer,
    from: pointer,
    value: json,
  },
  { requiredKeys: ['op', 'path'] },
);

describe('any JSON Patch', () => {
  it('is applied or refused, and leaves its inputs alone', () => {
    fc.assert(
      fc.property(json, fc.array(jsonOperation, { maxLength: 6 }), (document, operations) => {
        const before = JSON.stringify(document);
        const outcome = attempt(() => applyJsonPatch(frozen(document), frozen(operations)));
        expect(JSON.stringify(document)).toBe(before);
        expect(JSON.stringify(outcome?.result ?? null)).toBeDefined();
      }),
      { numRuns: 3_000 },
    );
  });

  it('of any shape is applied or refused', () => {
    const anyOperations = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(jsonOperation, fc.jsonValue())));
    fc.assert(
      fc.property(json, anyOperations, (document, operations) => {
        attempt(() => applyJsonPatch(frozen(document), frozen(operations)));
      }),
    );
  });

  it('that adds is undone by one that removes', () => {
    fc.assert(
      fc.property(json, fc.nat(), fc.nat(), json, (document, which, where, value) => {
        const places = containersIn(document);
        fc.pre(places.length > 0);
        const [parent, container] = places[which % places.length];
        const path = `${parent}/${Array.isArray(container) ? where % (container.length + 1) : `new${where}`}`;
        const added = applyJsonPatch(frozen(document), [{ op: 'add', path, value: frozen(value) }]);
        expect(added).not.toEqual(document);
        expect(applyJsonPatch(added, [{ op: 'test', path, value }])).toBe(added);
        const removed = applyJsonPatch(frozen(added), [{ op: 'remove', path }]);
        expect(JSON.stringify(removed)).toBe(JSON.stringify(document));
      }),
      { numRuns: 2_000 },
    );
  });

  it('that moves does what copying and removing do', () => {
    fc.assert(
      fc.property(json, key, key, (document, from, to) => {
        fc.pre(typeof document === 'object' && document !== null && !Array.isArray(document) && from !== to);
        const [source, target] = [`/${from}`, `/${to}`];
        const moved = attempt(() =>
          applyJsonPatch(frozen(document), [{ op: 'move', from: source, path: target }]),
        );
        const copied = attempt(() =>
          applyJsonPatch(document, [
            { op: 'copy', from: source, path: target },
            { op: 'remove', path: source },
          ]),
        );
        expect(moved?.result).toEqual(copied?.result);
      }),
    );
  });
});

/** The objects and arrays of a tree, each with the pointer to it. */
function containersIn(node: unknown, pointer = ''): [string, object][] {
  if (typeof node !== 'object' || node === null || JSON.isRawJSON(node)) {
    return [];
  }
  const inner = Object.entries(node).flatMap(([name, child]) =>
    containersIn(child, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  return [[pointer, node], ...inner];
}

const patient = tree(`{
  "resourceType": "Patient",
  "id": "p",
  "active": true,
  "name": [
    { "use": "official", "family": "F", "given": ["a", "b", null], "_given": [null, { "id": "g" }, { "extension": [{ "url": "u", "valueCode": "c" }] }] },
    { "use": "usual", "given": ["c"] }
  ],
  "birthDate": "1974-12-25",
  "_birthDate": { "extension": [{ "url": "u", "valueDecimal": 1.50 }] },
  "multipleBirthInteger": 2,
  "extension": [{ "url": "u", "valueDecimal": 0.010 }, { "url": "v", "extension": [{ "url": "w", "valueQuantity": { "value": 1e-7 } }] }],
  "contained": [{ "resourceType": "Organization", "id": "o", "alias": ["x", "y"] }],
  "managingOrganization": { "reference": "#o" }
}`);

/** Places in the patient, names that can be added there, and values that some of them take. */
const paths = [
  ...[
    'Patient',
    'Patient.name[0]',
    'Patient.name[1]',
    "Patient.name.where(use = 'usual')",
    'Patient.name.last()',
  ],
  ...[
    'Patient.name[0].given',
    'Patient.name[0].given[1]',
    'Patient.name[0].given.last()',
    'Patient.name[1].given',
  ],
  ...[
    'Patient.name[0].given[1].id',
    'Patient.name[0].family',
    'Patient.birthDate',
    'Patient.birthDate.extension',
  ],
  ...[
    "Patient.extension('u')",
    "Patient.extension.where(url = 'v').extension",
    'Patient.extension[1].extension.value',
  ],
  ...[
    'Patient.multipleBirth',
    'Patient.multipleBirth.ofType(integer)',
    'Patient.contained',
    'Patient.contained[0].alias',
  ],
  ...[
    'Patient.managingOrganization.resolve()',
    "Patient.contained.where(id = 'o').alias[0]",
    'Patient.telecom',
  ],
  ...[
    'Patient.name',
    'Patient.contact',
    'Patient.active',
    'Patient.deceased',
    'Patient.extension',
    'Patient.colour',
    'Group',
  ],
];
const name = fc.constantFrom(
  ...[
    'name',
    'given',
    'family',
    'extension',
    'id',
    'birthDate',
    'telecom',
    'contact',
    'deceased',
    'value',
    'alias',
  ],
  'contained',
);
const value = fc.constantFrom<Parts[string]>(
  'text',
  { valueBoolean: false },
  { valueDecimal: JSON.rawJSON('2.50') },
  { valueInteger: 3 },
  { valueHumanName: { family: 'New', given: ['n'] } },
  { valueQuantity: { value: 1 } },
  { _valueDate: { id: 'd' } },
  { valueDate: '2000', _valueDate: { extension: [{ url: 'x', valueCode: 'c' }] } },
  {
    part: [
      { name: 'url', valueUri: 'z' },
      { name: 'value', valueDateTime: '2001' },
    ],
  },
  { part: [{ name: 'name', part: [{ name: 'given', valueString: 'g' }] }] },
  { resource: { resourceType: 'Organization', id: 'n' } },
);
const path = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...paths) },
  { weight: 1, arbitrary: fc.string() },
);
const index = fc.nat({ max: 4 });
const operation = fc.oneof(
  fc.record({ type: fc.constant('add'), path, name, value }),
  fc.record({ type: fc.constant('insert'), path, index, value }),
  fc.record({ type: fc.constant('delete'), path }),
  fc.record({ type: fc.constant('replace'), path, value }),
  fc.record({ type: fc.constant('move'), path, source: index, destination: index }),
) as fc.Arbitrary<Parts>;

describe('any FHIRPath Patch', () => {
  it('is applied or refused, leaves its inputs alone, and makes no empty elements', () => {
    const before = JSON.stringify(patient);
    let applied = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        const outcome = attempt(() =>
          applyFhirPathPatch(patient, frozen(patchOf(...operations)), definitions),
        );
        expect(JSON.stringify(patient)).toBe(before);
        for (const [, container] of containersIn(outcome?.result)) {
          expect(Object.keys(container)).not.toEqual([]);
          const { given, _given } = container as { given?: unknown[]; _given?: unknown[] };
          expect(given && _given ? _given.length : 0).toBe(given && _given ? given.length : 0);
        }
        applied += Number(outcome !== undefined && outcome.result !== patient);
      }),
      { numRuns: 5_000 },
    );
    expect(applied).toBeGreaterThan(200);
  });

  it('of any shape is applied or refused', () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: fc.constantFrom('type', 'path', 'value'), valueString: fc.jsonValue() }),
    );
    const parameter = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: fc.constant('operation'), part: fc.array(part) }),
    );
    const document = fc.oneof(
      fc.jsonValue(),
      fc.record({
        resourceType: fc.constant('Parameters'),
        parameter: fc.oneof(fc.jsonValue(), fc.array(parameter)),
      }),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.constant(patient)), document, (resource, parameters) => {
        attempt(() => applyFhirPathPatch(frozen(resource), frozen(parameters), definitions));
      }),
      { numRuns: 1_000 },
    );
  });

  it('that adds is undone by one that deletes the last of what was added to', () => {
    let applied = 0;
    fc.assert(
      fc.property(fc.constantFrom(...paths), name, value, (parent, child, added) => {
        const add: Parts = { type: 'add', path: parent, name: child, value: added };
        const outcome = attempt(() => applyFhirPathPatch(patient, patchOf(add), definitions));
        if (outcome) {
          applied += 1;
          expect(outcome.result).not.toEqual(patient);
          const undo = patchOf({ type: 'delete', path: `${parent}.${child}.last()` });
          expect(applyFhirPathPatch(outcome.result, undo, definitions)).toEqual(patient);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(applied).toBeGreaterThan(100);
  });
});

describe('any text', () => {
  it('is FHIRPath or refused with a position in it', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'Patient',
        '.',
        '(',
        ')',
        '[',
        ']',
        ',',
        "'s'",
        '`d`',
        '1',
        '1.5',
        ' ',
        ' and ',
        ' is ',
        ' as ',
        '=',
        '!=',
        '~',
        '<=',
      ],
      ...[
        '$this',
        '%x',
        '{}',
        '@2020',
        '@T10',
        '-',
        '+',
        '|',
        '&',
        '/',
        '//',
        '/*',
        '*/',
        'day',
        "'",
        '\\',
        'é',
        '\u0000',
        ' in ',
        'true',
      ],
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        try {
          parseFhirPath(source);
        } catch (error) {
          expect(error).toBeInstanceOf(FhirPathSyntaxError);
          expect((error as FhirPathSyntaxError).position).toBeLessThanOrEqual(source.length);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
