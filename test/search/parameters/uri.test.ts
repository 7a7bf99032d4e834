import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parametersOf } from '../../../server/definitions/parametersOf.ts';
import { createExtractor } from '../../../server/search/createExtractor.ts';
import { isTrait } from '../../../server/search/hash64.ts';
import { matchUri, matchUriAbove, matchUriBelow } from '../../../server/search/parameters/uri.ts';
import {
  isUrl,
  mostLevels,
  urlsAbove,
  versionsAbove,
} from '../../../server/search/parameters/uriHierarchy.ts';
import { definitions } from '../../definitions/testDefinitions.ts';

const extract = createExtractor(definitions, { baseUrls: [] });
const matchers = { '': matchUri, below: matchUriBelow, above: matchUriAbove };

function finds(
  resource: Record<string, unknown>,
  code: string,
  modifier: keyof typeof matchers,
  text: string,
): boolean {
  const { paths } = parametersOf(definitions, resource.resourceType as string).get(code)!;
  const hashes = matchers[modifier](code, paths, text);
  const { tokens } = extract(resource);
  return hashes.some((hash) => tokens.includes(hash));
}

const valueSet = (url: string) => ({ resourceType: 'ValueSet', url });
const claiming = (...profile: string[]) => ({ resourceType: 'Patient', meta: { profile } });

describe('urlsAbove', () => {
  it.each([
    ['http://a', []],
    ['http://a/', ['http://a']],
    ['http://a/b/c', ['http://a', 'http://a/b']],
    ['https://a/b/', ['https://a', 'https://a/b']],
    ['http://a//b', ['http://a']],
    ['http://a/b?x=1/2', ['http://a', 'http://a/b']],
    ['http://a/b/#f/g', ['http://a', 'http://a/b']],
    ['urn:oid:1.2.3', []],
    ['urn:uuid:a/b', []],
    ['a/b/c', []],
  ])('%s', (uri, above) => {
    expect(urlsAbove(uri)).toEqual(above);
  });

  it('is bounded', () => {
    expect(urlsAbove(`http://a${'/b'.repeat(1000)}`)).toHaveLength(mostLevels);
    expect(versionsAbove(Array(1000).fill('1').join('.'))).toHaveLength(mostLevels);
  });

  it('is made of prefixes that are URLs', () => {
    const segments = fc.array(fc.stringMatching(/^[a-z0-9]{1,5}$/), { maxLength: 8 });
    fc.assert(
      fc.property(segments, (parts) => {
        const uri = ['http://h', ...parts].join('/');
        const above = urlsAbove(uri);
        expect(above).toHaveLength(parts.length);
        for (const each of above) expect(isUrl(each) && uri.startsWith(`${each}/`)).toBe(true);
      }),
    );
  });
});

describe('a search for a uri', () => {
  const acme = 'http://acme.org/fhir/ValueSet/123';
  it.each<[string, keyof typeof matchers, string, boolean]>([
    [acme, '', acme, true],
    [acme, '', 'http://acme.org/fhir', false],
    // the examples of search.html#uri
    [acme, 'below', 'http://acme.org/fhir/', true],
    [acme, 'below', 'http://acme.org/fhir', true],
    [acme, 'above', 'http://acme.org/fhir/ValueSet/123/_history/5', true],
    ['http://acme.org/fhir/ValueSet', 'above', `${acme}/_history/5`, true],
    ['http://acme.org/fhir', 'above', `${acme}/_history/5`, true],
    ['http://acme.org/', 'above', `${acme}/_history/5`, true],
    ['http://acme.org', 'above', `${acme}/_history/5`, true],
    [`${acme}/_history/5`, 'above', `${acme}/_history/5`, true],
    [`${acme}/_history/6`, 'above', `${acme}/_history/5`, false],
    [acme, 'below', acme, true],
    [acme, 'below', 'http://acme.org', true],
    [acme, 'below', 'http://acme.org/fhir/Value', false],
    [acme, 'below', 'http://acme.org/fhir/ValueSet/1234', false],
    [acme, 'below', 'https://acme.org/fhir', false],
    ['http://acme.org/fhir/', 'below', 'http://acme.org/fhir', true],
    ['http://acme.org/fhir', 'below', 'http://acme.org/fhir/', true],
    ['http://acme.org/a?b=1', 'below', 'http://acme.org/a', true],
    ['urn:oid:1.2.3', '', 'urn:oid:1.2.3', true],
    ['http://a/b|1', '', 'http://a/b', false], // a uri has no version
  ])('%s by %s %s: %s', (url, modifier, text, found) => {
    expect(finds(valueSet(url), 'url', modifier, text)).toBe(found);
  });

  const profile = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
  it.each<[string, keyof typeof matchers, string, boolean]>([
    [profile, '', profile, true],
    [`${profile}|3.1.1`, '', profile, true],
    [`${profile}|3.1.1`, '', `${profile}|3.1.1`, true],
    [profile, 'below', 'http://hl7.org/fhir/us/core', true],
    [`${profile}|3.1.1`, 'below', 'http://hl7.org/fhir/us/core', true],
    [`${profile}|3.1.1`, 'below', `${profile}|3`, true],
    [`${profile}|3.1.1`, 'below', `${profile}|3.1.1`, true],
    [`${profile}|3.1.1`, 'below', `${profile}|3.1.1.0`, false],
    [`${profile}|31.1`, 'below', `${profile}|3`, false],
    [`${profile}|3`, 'above', `${profile}|3.1.1`, true],
    [`${profile}|4`, 'above', `${profile}|3.1.1`, false],
    ['http://hl7.org/fhir', 'above', profile, true],
  ])('claimed profile %s by %s %s: %s', (url, modifier, text, found) => {
    expect(finds(claiming(url), '_profile', modifier, text)).toBe(found);
  });

  it('keeps all rows of profiles as traits', () => {
    const others = extract(claiming()).tokens;
    const tokens = extract(claiming(`${profile}|3.1.1`, profile)).tokens.filter(
      (hash) => !others.includes(hash),
    );
    expect(tokens.length).toBeGreaterThan(5);
    expect(tokens.every(isTrait)).toBe(true);
  });

  it('below and above are the same relation', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 })
      .map((parts) => ['http://h', ...parts].join('/'));
    fc.assert(
      fc.property(path, path, (one, other) => {
        const under = `${one}/`.startsWith(`${other}/`);
        expect(finds(valueSet(one), 'url', 'below', other)).toBe(under);
        expect(finds(valueSet(other), 'url', 'above', one)).toBe(under);
      }),
    );
  });

  it.each(['urn:oid:1.2.3', 'acme', 'http:', 'http://', 'ftp://a/b', `http://a${'/b'.repeat(mostLevels)}`])(
    ':below and :above refuse %j by name',
    (text) => {
      expect(() => finds(valueSet('http://a'), 'url', 'below', text)).toThrow("'url:below'");
      expect(() => finds(valueSet('http://a'), 'url', 'above', text)).toThrow("'url:above'");
    },
  );

  it('finds the deepest level that may be asked for', () => {
    const deep = (levels: number) => `http://a${'/b'.repeat(levels)}`;
    expect(finds(valueSet(deep(100)), 'url', 'below', deep(mostLevels - 1))).toBe(true);
    expect(finds(valueSet(deep(mostLevels)), 'url', 'below', deep(mostLevels - 1))).toBe(true);
  });
});
