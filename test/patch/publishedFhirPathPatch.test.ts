import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { applyFhirPathPatch } from '../../server/patch/fhirPathPatch.ts';
import { definitions } from './fhirPathPatchSupport.ts';
import { refusal, tree } from './patchSupport.ts';
import { elementsOf, readXml, resourceOf, type XmlElement } from './readXml.ts';

const published = '../shared/data/fhir-test-cases/r4/patch/fhir-patch-tests.xml';
const present = existsSync(published);

(present ? describe : describe.skip)(
  `the published FHIRPath Patch cases${present ? '' : ` (missing: ${published})`}`,
  () => {
    const cases = present ? elementsOf(readXml(readFileSync(published, 'utf8')), 'case') : [];
    const resourceIn = (test: XmlElement, name: string) =>
      resourceOf(elementsOf(elementsOf(test, name)[0])[0], definitions);

    it('are there', () => expect(cases).toHaveLength(33));
    for (const test of cases) {
      it(test.attributes.name, () => {
        const input = tree(resourceIn(test, 'input'));
        const call = () => applyFhirPathPatch(input, tree(resourceIn(test, 'diff')), definitions);
        if (elementsOf(test, 'error').length > 0) {
          expect(refusal(call)).toMatch(/^422 processing: .*no element matches the path/);
        } else {
          expect(call()).toEqual(resourceIn(test, 'output'));
        }
      });
    }
  },
);
