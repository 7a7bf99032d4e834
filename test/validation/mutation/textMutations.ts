// Extensions (extensibility.html) and narrative (narrative.html).
import { patient } from './examples.ts';
import { breaking, div, type Json, type Mutation } from './mutation.ts';

const extended: Json = {
  resourceType: 'Patient',
  active: true,
  extension: [
    { url: 'http://example.org/a', valueString: 'a' },
    { url: 'http://example.org/b', extension: [{ url: 'c', valueString: 'c' }] },
  ],
  birthDate: '1970-01-31',
  _birthDate: { extension: [{ url: 'http://example.org/a', valueString: 'a' }] },
};

const extensions: readonly Mutation[] = [
  {
    name: 'an extension without a url',
    of: extended,
    set: { 'extension[0].url': undefined },
    expect: { code: 'required', at: 'Patient.extension[0].url' },
  },
  {
    name: 'an extension of a primitive without a url',
    of: extended,
    set: { '_birthDate.extension[0].url': undefined },
    expect: { code: 'required', at: 'Patient.birthDate.extension[0].url' },
  },
  {
    name: 'an extension with a relative url',
    of: extended,
    set: { 'extension[0].url': 'a' },
    expect: { code: 'extension', at: 'Patient.extension[0].url', words: 'absolute' },
  },
  breaking('ext-1', extended, 'Patient.extension[0]', { 'extension[0].valueString': undefined }),
  breaking('ext-1', extended, 'Patient.extension[1]', { 'extension[1].valueString': 'b' }),
  breaking('ext-1', extended, 'Patient.extension[1].extension[0]', {
    'extension[1].extension[0].valueString': undefined,
  }),
  breaking('ext-1', extended, 'Patient.birthDate.extension[0]', {
    '_birthDate.extension[0].valueString': undefined,
  }),
  {
    name: 'an extension with two values',
    of: extended,
    set: { 'extension[0].valueCode': 'a' },
    expect: { code: 'structure', at: 'Patient.extension[0].value', words: 'Only one type' },
  },
  {
    name: 'an unknown modifier extension',
    of: extended,
    set: { modifierExtension: [{ url: 'http://example.org/not', valueBoolean: true }] },
    expect: { code: 'extension', at: 'Patient.modifierExtension[0]', words: 'http://example.org/not' },
  },
  {
    name: 'an unknown modifier extension of a backbone element',
    of: patient,
    set: { 'contact[0].modifierExtension': [{ url: 'http://example.org/not', valueBoolean: true }] },
    expect: { code: 'extension', at: 'Patient.contact[0].modifierExtension[0]', words: 'not known' },
  },
];

/** What stands in the narrative, and the constraint that it breaks. */
const narratives: readonly [name: string, content: string, key: string][] = [
  ['a script', '<p>a</p><script>alert(1)</script>', 'txt-1'],
  ['an element that is not allowed', '<p>a</p><form><input/></form>', 'txt-1'],
  ['an attribute that runs something', '<p onclick="alert(1)">a</p>', 'txt-1'],
  ['a link that runs something', '<a href="javascript:alert(1)">a</a>', 'txt-1'],
  ['a frame', '<p>a</p><iframe src="http://example.org"></iframe>', 'txt-1'],
];

const narrative: readonly Mutation[] = [
  ...narratives.map(
    ([name, content, key]): Mutation => ({
      name: `narrative with ${name}`,
      of: patient,
      set: { 'text.div': div(content) },
      expect: { code: 'invariant', at: 'Patient.text.div', key },
    }),
  ),
  {
    name: 'narrative that is no div',
    of: patient,
    set: { 'text.div': '<p xmlns="http://www.w3.org/1999/xhtml">a</p>' },
    expect: { code: 'value', at: 'Patient.text.div', words: '<div' },
  },
  {
    name: 'narrative without content',
    of: patient,
    set: { 'text.div': div('  <br/> ') },
    expect: { code: 'invariant', at: 'Patient.text.div', key: 'txt-2' },
  },
  {
    name: 'narrative that is not well-formed',
    of: patient,
    set: { 'text.div': div('<p>a') },
    expect: { code: 'invariant', at: 'Patient.text.div', key: 'txt-1' },
  },
];

export const textMutations: readonly Mutation[] = [...extensions, ...narrative];
