// The published FHIRPath cases for R4 (HL7's fhir-test-cases), each with its own input and expected items.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compileFhirPath, type Item, itemOf } from '../../server/fhirpath/compileFhirPath.ts';
import { sourceOf } from '../../server/json/jsonNumber.ts';
import { parseJson } from '../../server/json/parseJson.ts';
import { elementsOf, readXml, resourceOf, type XmlElement } from '../patch/readXml.ts';
import { definitions, environmentOf } from './fhirPathSupport.ts';

const folder = '../shared/data/fhir-test-cases/r4';
const suite = `${folder}/fhirpath/tests-fhir-r4.xml`;
const present = existsSync(suite);

/** Cases that are not followed here, by expression. */
const notFollowed: Record<string, string> = {
  'Patient.children().skip(1)': 'members of JSON objects are read in the order they are written',
  "iif('non boolean criteria', 'true-result', 'true-result')": 'a single item counts as true everywhere else',
  'Patient.name.as(HumanName).use': 'dom-3 uses as() on collections',
  '(-0.0034).lowBoundary(1)': 'rounds up, against (-1.587).lowBoundary(2)',
  '0.0034.highBoundary(1)': 'rounds down, against 1.587.highBoundary(2)',
  '-0.0034.highBoundary(1)': 'rounds down, against 1.587.highBoundary(2)',
};

const textOf = (element: XmlElement) =>
  element.children.filter((child) => typeof child === 'string').join('');

/** The profiles that are the types themselves. */
function isOfProfile({ type }: Item, profile: string): boolean {
  const name = profile.replace('http://hl7.org/fhir/StructureDefinition/', '');
  if (!definitions.types.has(name)) throw new Error(`there is no profile ${profile}`);
  return name === type;
}

const inputs = new Map<string, Item>();
function inputOf(file: string): Item {
  const known = inputs.get(file);
  if (known) return known;
  const text = readFileSync(`${folder}/${file}`, 'utf8');
  const resource = file.endsWith('.xml')
    ? resourceOf(readXml(text), definitions)
    : (parseJson(text) as Record<string, unknown>);
  const item = itemOf(resource, String(resource.resourceType));
  inputs.set(file, item);
  return item;
}

/** An item as the cases write it: `code:home`, `date:@1974-12-25`. */
function written({ type, value }: Item): string {
  const name = type.replace(/^System\./, '');
  const plain = name === 'Quantity' || name === type ? name : name[0]!.toLowerCase() + name.slice(1);
  if (name === 'Quantity') {
    const { value: number, unit } = value as { value: number; unit: string };
    return `${plain}:${sourceOf(number)} '${unit}'`;
  }
  const mark = { date: '@', dateTime: '@', instant: '@', time: '@T' }[plain] ?? '';
  const text =
    typeof value === 'string'
      ? mark + value
      : typeof value === 'boolean'
        ? String(value)
        : sourceOf(value as number);
  return `${plain}:${text}`;
}

(present ? describe : describe.skip)(`the published cases${present ? '' : ` (missing: ${suite})`}`, () => {
  const root = present ? readXml(readFileSync(suite, 'utf8')) : undefined;
  const groups = root ? elementsOf(root, 'group') : [];
  const used = new Set<string>();
  for (const group of groups) {
    describe(group.attributes.name!, () => {
      for (const test of elementsOf(group, 'test')) {
        const [expression] = elementsOf(test, 'expression');
        const source = textOf(expression!);
        const reason = notFollowed[source.trim()];
        const title = `${test.attributes.name}: ${source.trim()}`;
        if (reason !== undefined) {
          used.add(source.trim());
          it.skip(`${title} (${reason})`, () => undefined);
          continue;
        }
        it(title, () => {
          const input = inputOf(test.attributes.inputfile ?? 'patient-example.xml');
          const { invalid } = expression!.attributes;
          const path = () =>
            compileFhirPath(source, { definitions, place: input.type, strict: invalid === 'semantic' });
          const env = environmentOf(input, { conformsTo: isOfProfile });
          if (invalid) {
            expect(() => path().evaluate(input, env)).toThrow();
            return;
          }
          const outputs = elementsOf(test, 'output');
          if (test.attributes.predicate === 'true') {
            expect(path().test(input, env)).toBe(textOf(outputs[0]!) === 'true');
            return;
          }
          const items = path().evaluate(input, env).map(written);
          const expected = outputs.map((output) => `${output.attributes.type ?? ''}:${textOf(output)}`);
          const got = outputs.some((output) => !output.attributes.type)
            ? items.map((text) => text.replace(/^\w+/, ''))
            : items;
          expect(got).toEqual(expected);
          // Without the short ways, the same comes out.
          const plain = compileFhirPath(source, { definitions, place: input.type, plain: true });
          expect(plain.evaluate(input, env).map(written)).toEqual(items);
        });
      }
    });
  }
  it('skips only what is there', () => expect([...used].sort()).toEqual(Object.keys(notFollowed).sort()));
});
