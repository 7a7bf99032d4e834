// Every constraint that R4, its profiles and US Core publish: compiles, and judges the official examples without an error, by
// the short ways as without them, and as @medplum/core's FHIRPath does.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  evalFhirPathTyped,
  indexStructureDefinitionBundle,
  type TypedValue,
  toTypedValue,
} from '@medplum/core';
import { definitionsFile } from '../../server/definitions/definitionsPackage.ts';
import {
  compileFhirPath,
  type Environment,
  type FhirPath,
  type Item,
  itemOf,
} from '../../server/fhirpath/compileFhirPath.ts';
import { actualShape, membersOf, modelOf, shapeNamed } from '../../server/fhirpath/shape.ts';
import { definitions, environmentOf } from './fhirPathSupport.ts';

interface Published {
  resourceType: string;
  derivation?: string;
  snapshot?: {
    element: { path: string; constraint?: { key: string; severity: string; expression?: string }[] }[];
  };
}
interface Rule {
  key: string;
  short: FhirPath;
  plain: FhirPath;
}

const read = (file: string) => JSON.parse(readFileSync(definitionsFile(file), 'utf8'));
const structuresIn = (file: string): Published[] => {
  const content = read(file);
  const entries: (Published & { resource?: Published })[] = content.entry ?? content;
  return entries
    .map((entry) => entry.resource ?? entry)
    .filter((r) => r.resourceType === 'StructureDefinition');
};

const base = ['profiles-resources.json', 'profiles-types.json'];
const profiles = [
  'profiles-others.json',
  'extension-definitions.json',
  'testing/uscore-v5.0.1-structuredefinitions.json',
];

/** Constraints by the type or place they are of. */
const rules = new Map<string, Map<string, Rule>>();
const expressions = new Set<string>();

function addRules(structure: Published): void {
  for (const element of structure.snapshot?.element ?? []) {
    const place = element.path.replace('[x]', '');
    const rulesHere = rules.get(place) ?? new Map<string, Rule>();
    rules.set(place, rulesHere);
    for (const { key, expression } of element.constraint ?? []) {
      if (expression === undefined) continue;
      expressions.add(expression);
      if (structure.derivation === 'constraint') {
        compileFhirPath(expression, { definitions, place });
        continue;
      }
      if (rulesHere.has(expression)) continue;
      rulesHere.set(expression, {
        key,
        short: compileFhirPath(expression, { definitions, place }),
        plain: compileFhirPath(expression, { definitions, place, plain: true }),
      });
    }
  }
}

const model = modelOf(definitions);

/** Shows `visit` an item and all elements below it, each with its environment. */
function eachElement(item: Item, env: Environment, visit: (item: Item, env: Environment) => void): void {
  visit(item, env);
  const shape = shapeNamed(model, item.type);
  const content = (shape.primitive ? item.extended : item.value) as Record<string, unknown> | undefined;
  for (const [key, member] of membersOf(shape)) {
    if (key !== member.key || !content || (!(member.key in content) && !(member.beside in content))) continue;
    const values = [content[member.key] ?? []].flat();
    const besides = member.shape.primitive ? [content[member.beside] ?? []].flat() : [];
    for (let i = 0; i < Math.max(values.length, besides.length); i++) {
      const value = values[i] ?? undefined;
      const child = itemOf(
        value,
        actualShape(member.shape, value).name,
        (besides[i] ?? undefined) as Item['extended'],
      );
      const isResource = shapeNamed(model, child.type).resource;
      const rootResource = member.name === 'contained' ? env.rootResource : child;
      eachElement(child, isResource ? { ...env, resource: child, rootResource } : env, visit);
    }
  }
}

const folder = '../shared/data/hl7-r4-examples';
const present = existsSync(folder);
const examples = present
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
      .filter((text) => text.length < 100_000)
      .map((text) => JSON.parse(text) as { resourceType: string })
      .filter(({ resourceType }) => definitions.resourceTypes.has(resourceType))
  : [];

beforeAll(() => {
  for (const file of base) indexStructureDefinitionBundle(read(file));
  for (const file of [...base, ...profiles]) for (const structure of structuresIn(file)) addRules(structure);
});

describe('published constraints', () => {
  it('compile', () => expect(expressions.size).toBeGreaterThan(180));
});

(present ? describe : describe.skip)(
  `on the official examples${present ? '' : ` (missing: ${folder})`}`,
  () => {
    /** Constraints that @medplum/core judges in another way, with the reason. */
    const different: Record<string, string> = {
      'dom-3': 'its descendants() does not go down to the references',
      'que-7': 'it takes Boolean for boolean',
      'tst-5': 'it finds `responseCode` under the name `response`',
    };

    it('give the same with and without the short ways, and as @medplum/core does', () => {
      const differences = new Map<string, string>();
      const seen = new Set<string>();
      let judged = 0;
      const judge = (item: Item, env: Environment) => {
        for (const { key, short, plain } of rules.get(item.type)?.values() ?? []) {
          judged++;
          const result = short.test(item, env);
          if (plain.test(item, env) !== result) differences.set(`${key} (plain)`, short.source);
          // One oracle, asked of primitives, would need their extensions in a form of its own.
          if (key === 'ele-1' || item.value === undefined || shapeNamed(model, item.type).primitive) continue;
          const variables: Record<string, TypedValue> = {
            '%resource': toTypedValue(env.resource.value),
            '%rootResource': toTypedValue(env.rootResource.value),
            '%context': { type: item.type, value: item.value },
            '%ucum': { type: 'string', value: 'http://unitsofmeasure.org' },
          };
          const [first, ...more] = evalFhirPathTyped(
            short.source,
            [{ type: item.type, value: item.value }],
            variables,
          );
          const theirs =
            more.length === 0 && typeof first?.value === 'boolean' ? first.value : first !== undefined;
          if (theirs === result) continue;
          if (key in different) seen.add(key);
          else differences.set(key, `${short.source}: ${result}, not ${theirs}`);
        }
      };
      for (const example of examples) {
        const item = itemOf(example, example.resourceType);
        eachElement(item, environmentOf(item), judge);
      }
      expect(judged).toBeGreaterThan(50_000);
      expect(Object.fromEntries(differences)).toEqual({});
      expect([...seen].sort()).toEqual(Object.keys(different));
    });
  },
);
