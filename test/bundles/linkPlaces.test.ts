// Where a link to another entry can be (http.html#trules): references, uris and narrative, wherever they are, and nowhere else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import { type Json, nameOf, observation, post, SYSTEM, storedBy, urn } from './bundleSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

describe('places a link can be in', () => {
  const url = 'https://example.org/things';

  it('are references and uris in extensions, contained resources, attachments and narrative', async () => {
    const target = urn(1);
    const [patient, document] = await storedBy(
      base,
      post({ resourceType: 'Patient' }, target),
      post(
        {
          resourceType: 'DocumentReference',
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${target}">him</a><a class="x" href='${target}'>her</a> <img alt="${target}" src="${target}"/> <a href="${urn(9)}">${target}</a></div>`,
          },
          contained: [
            {
              resourceType: 'Observation',
              id: 'o',
              status: 'final',
              code: { text: 'x' },
              subject: { reference: target },
            },
          ],
          extension: [
            { url, valueReference: { reference: target } },
            { url, valueUri: target },
            { url, valueUrl: target },
            { url, extension: [{ url, valueReference: { reference: target } }] },
            { url, valueUri: `${target}#part` },
          ],
          status: 'current',
          _status: { extension: [{ url, valueReference: { reference: target } }] },
          subject: { reference: target, _reference: { extension: [{ url, valueUri: target }] } },
          content: [{ attachment: { contentType: 'text/plain', url: target } }],
          context: { related: [{ reference: '#o' }] },
        },
        urn(2),
      ),
    );
    const name = nameOf(patient);
    expect(document.text.div).toBe(
      `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${name}">him</a><a class="x" href="${name}">her</a> <img alt="${target}" src="${name}"/> <a href="${urn(9)}">${target}</a></div>`,
    );
    expect(document.contained[0].subject.reference).toBe(name);
    expect(document.extension).toEqual([
      { url, valueReference: { reference: name } },
      { url, valueUri: name },
      { url, valueUrl: name },
      { url, extension: [{ url, valueReference: { reference: name } }] },
      { url, valueUri: `${target}#part` },
    ]);
    expect(document._status.extension[0].valueReference.reference).toBe(name);
    expect(document.subject).toEqual({
      reference: name,
      _reference: { extension: [{ url, valueUri: name }] },
    });
    expect(document.content[0].attachment.url).toBe(name);
    expect(document.context.related[0].reference).toBe('#o');
  });

  it('are not plain text that merely looks like one', async () => {
    const target = urn(1);
    const [patient, other] = await storedBy(
      base,
      post(
        {
          resourceType: 'Patient',
          identifier: [{ system: 'urn:ietf:rfc:3986', value: target }],
          name: [{ text: target, family: target }],
          telecom: [{ system: 'url', value: target }],
          extension: [
            { url, valueString: target },
            { url, valueCode: target },
            { url, valueMarkdown: target },
          ],
        },
        target,
      ),
      post(
        observation(target, {
          subject: { reference: target, identifier: { system: SYSTEM, value: target }, display: target },
          note: [{ text: `see ${target}` }],
          valueString: target,
        }),
      ),
    );
    expect(patient.identifier).toEqual([{ system: 'urn:ietf:rfc:3986', value: target }]);
    expect(patient.name).toEqual([{ text: target, family: target }]);
    expect(patient.telecom[0].value).toBe(target);
    expect(JSON.stringify(patient.extension)).not.toContain('Patient/');
    expect(other.subject).toEqual({
      reference: nameOf(patient),
      identifier: { system: SYSTEM, value: target },
      display: target,
    });
    expect(other.note[0].text).toBe(`see ${target}`);
    expect(other.valueString).toBe(target);
  });

  it('are not the canonical URLs that definitions go by, though they be sent under them', async () => {
    const canonical = 'https://example.org/fhir/StructureDefinition/pulse';
    const profile = {
      resourceType: 'StructureDefinition',
      url: canonical,
      name: 'Pulse',
      status: 'draft',
      kind: 'resource',
      abstract: false,
      type: 'Observation',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
      differential: { element: [{ id: 'Observation', path: 'Observation' }] },
    };
    const valueSet = 'https://example.org/fhir/ValueSet/colours';
    const [definition, , stored] = await storedBy(
      base,
      post(profile, canonical),
      post({ resourceType: 'ValueSet', url: valueSet, status: 'draft' }, valueSet),
      post({
        resourceType: 'Questionnaire',
        status: 'draft',
        meta: { profile: [canonical] },
        extension: [{ url: canonical, valueUrl: canonical }],
        derivedFrom: [canonical],
        item: [{ linkId: '1', type: 'choice', answerValueSet: valueSet }],
      }),
    );
    expect(definition.url).toBe(canonical);
    expect(stored.meta.profile).toEqual([canonical]);
    expect(stored.derivedFrom).toEqual([canonical]);
    expect(stored.item[0].answerValueSet).toBe(valueSet);
    expect(stored.extension).toEqual([{ url: canonical, valueUrl: nameOf(definition) }]);
  });

  it('stay as they are where they lead outside the bundle', async () => {
    const references = [
      'Patient/elsewhere',
      'https://example.org/fhir/Patient/1',
      'Patient/elsewhere/_history/3',
      'urn:isbn:0451450523',
      '#',
    ];
    const [stored] = await storedBy(
      base,
      post({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        entry: references.map((reference) => ({ item: { reference } })),
      }),
    );
    expect(stored.entry.map((entry: Json) => entry.item.reference)).toEqual(references);
  });
});
