// Code systems that are defined by a grammar instead of a list: a whole one is decided by how a code is written
// (terminologies-systems.html). What only a register could tell beyond that is not known here.

/** Whether a text is a code of a system. */
type SystemTest = (code: string) => boolean | 'unknown';

/** How codes of a system are told. */
export interface SystemGrammar {
  readonly test: SystemTest;
  /** how such a code is written, for messages */
  readonly form: string;
}

/** Grammars by the uri of the system. */
export type SystemGrammars = ReadonlyMap<string, SystemGrammar>;

const matches =
  (pattern: RegExp): SystemTest =>
  (code) =>
    code.length <= 200 && pattern.test(code);

const token = '[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}';
/** RFC 6838 names; the RFC 2045 parameters behind them are not looked at: DICOM's own examples have spaces in them. */
const mediaType = new RegExp(`^${token}/${token}(?:\\s*;.*)?$`);
/** How FHIR abbreviates its own formats (http.html#mime-type); CapabilityStatement.format uses them. */
const formats = new Set(['json', 'xml', 'ttl', 'html']);

/** RFC 5646 section 2.1, with the tags kept from before it; no language has more than three letters yet. */
const language = '[a-z]{2,3}(?:-[a-z]{3}){0,3}';
const script = '(?:-[a-z]{4})?';
const region = '(?:-(?:[a-z]{2}|\\d{3}))?';
const variants = '(?:-(?:[a-z0-9]{5,8}|\\d[a-z0-9]{3}))*';
const extensions = '(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*';
const privateUse = 'x(?:-[a-z0-9]{1,8})+';
const languageTag = new RegExp(
  `^(?:${language}${script}${region}${variants}${extensions}(?:-${privateUse})?|${privateUse}|` +
    'i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|en-gb-oed|sgn-(?:be-fr|be-nl|ch-de)|' +
    'art-lojban|cel-gaulish|no-bok|no-nyn|zh-(?:guoyu|hakka|min|min-nan|xiang))$',
  'i',
);

let currencies: ReadonlySet<string> | undefined;

/** What the runtime lists is a currency; what only looks like one may be newer than the runtime. */
const currency: SystemTest = (code) => {
  if (!/^[A-Z]{3}$/.test(code)) return false;
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code) || 'unknown';
};

/** A zone that the runtime knows; what only looks like one may be newer. `UTC` and offsets-by-name are among them. */
const timeZone: SystemTest = (code) => {
  if (code.length > 100 || !/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(code)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: code });
    return true;
  } catch {
    return 'unknown';
  }
};

/** The systems whose codes can be told by how they are written. */
export const grammarSystems: SystemGrammars = new Map<string, SystemGrammar>([
  [
    'urn:ietf:bcp:13',
    {
      test: (code) => formats.has(code) || matches(mediaType)(code),
      form: "a media type such as 'application/pdf' or 'text/plain; charset=utf-8'",
    },
  ],
  ['urn:ietf:bcp:47', { test: matches(languageTag), form: "a language tag such as 'en' or 'de-CH'" }],
  ['urn:iso:std:iso:4217', { test: currency, form: "a currency of three capitals such as 'EUR'" }],
  [
    'urn:iso:std:iso:3166',
    { test: matches(/^(?:[A-Z]{2,3}|\d{3})$/), form: "a country such as 'US', 'USA' or '840'" },
  ],
  [
    'urn:iso:std:iso:3166:-2',
    { test: matches(/^[A-Z]{2}-[A-Z0-9]{1,3}$/), form: "a part of a country such as 'US-MA'" },
  ],
  ['https://www.iana.org/time-zones', { test: timeZone, form: "a time zone such as 'America/New_York'" }],
]);
