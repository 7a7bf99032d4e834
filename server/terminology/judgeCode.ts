// Whether a code belongs to a value set or code system and is called what it is said to be called
// (valueset-operation-validate-code.html, codesystem-operation-validate-code.html). What is not known here is said to be
// unknown, never guessed.

import type { ExpansionCode } from '../definitions/terminology.ts';
import type { Issue } from '../errors.ts';
import { membership } from './codeSets.ts';
import { type CodeSystem, conceptOf, isComplete } from './codeSystem.ts';
import { designationsOf, displayIn, speaks } from './designations.ts';
import { type Expansion, toCode } from './expandValueSet.ts';
import { canonicalOf } from './findValueSet.ts';
import { grammarSystems } from './grammarSystems.ts';
import type { SystemVersions } from './systemVersions.ts';
import type { TerminologyView } from './terminology.ts';

/** A code as it was recorded. */
export interface RecordedCode {
  readonly system?: string;
  readonly version?: string;
  readonly code?: string;
  readonly display?: string;
}

export interface JudgeOptions {
  /** whether codes that only group others will do; undefined says nothing of it, and they do */
  readonly abstract?: boolean;
  /** what the display is to be in */
  readonly language?: string;
}

/** One thing to say about a code: an error (it is wrong), a warning (it is not known, or doubtful) or a hint. */
export interface Finding {
  readonly severity: Issue['severity'];
  readonly code: Issue['code'];
  readonly message: string;
  /** the part of the recorded code that it is about */
  readonly about: keyof RecordedCode;
}

/** What is to be said about a code; spelled as the code system spells it, where it is known. */
export interface CodeJudgement {
  /** undefined: it cannot be said here */
  readonly valid: boolean | undefined;
  readonly findings: readonly Finding[];
  readonly code?: ExpansionCode;
  /** in the language asked for where there is one */
  readonly display?: string;
}

type ValueSetExpansion = (versions?: SystemVersions) => Promise<Expansion>;

/** Judges a code by a value set, whose expansion may be asked for with the code's own version of its code system. */
export async function judgeByValueSet(
  view: TerminologyView,
  expansionOf: ValueSetExpansion,
  recorded: RecordedCode,
  options: JudgeOptions = {},
): Promise<CodeJudgement> {
  const { system, version, code } = recorded;
  if (code === undefined) return wrong('code', 'required', 'No code is given.');
  const usual = await expansionOf();
  const names = recorded.display !== undefined || options.language !== undefined;
  const asked = { system, code };
  const found = await lookUp(view, usual, asked, names);
  if (version === undefined || system === undefined || versionOf(found) === version) {
    return judgeFound(found, recorded, options, usual);
  }
  if (found.entry && found.entry.version === undefined) return judgeFound(found, recorded, options, usual);
  const held = usual.contained.get(system) ?? (await view.codeSystem(canonicalOf(system, version)));
  if (!held || held.definition.version !== version) {
    // Where the value set does not look into the code system, its version is of no consequence.
    if (found.answer === false && !usual.used.has(system)) return judgeFound(found, recorded, options, usual);
    return unknown(
      'version',
      `Version ${version} of the code system ${system} is not known here${heldVersion(found.held?.definition.version)}: it cannot be said whether it has the code '${code}'.`,
    );
  }
  const other = await expansionOf({ otherwise: { [system]: version } });
  const inVersion = await lookUp(view, other, asked, names, version);
  const { entry } = inVersion;
  if (entry?.version !== undefined && entry.version !== version) {
    const message = `The value set ${other.url} has the code '${code}' of ${system} in version ${entry.version}, not ${version}.`;
    return wrong('version', 'code-invalid', message);
  }
  return judgeFound(inVersion, recorded, options, other);
}

const heldVersion = (version: string | undefined): string =>
  version === undefined ? '' : ` (${version} is)`;

/** A code in an expansion. */
interface Found {
  answer: boolean | 'unknown';
  system: string | undefined;
  code: string;
  entry?: ExpansionCode;
  held?: CodeSystem;
}

const versionOf = ({ entry, held }: Found): string | undefined => entry?.version ?? held?.definition.version;

/** `names`: whether the other names of the code are needed too. */
async function lookUp(
  view: TerminologyView,
  expansion: Expansion,
  { system, code }: { system: string | undefined; code: string },
  names: boolean,
  version?: string,
): Promise<Found> {
  const bare =
    system === undefined
      ? undefined
      : (expansion.contained.get(system) ??
        (await view.codeSystem(canonicalOf(system, version ?? expansion.used.get(system)))));
  const held = bare && names ? await view.described(bare) : bare;
  const spelled = (held && conceptOf(held, code)?.code) ?? code;
  const entry = expansion.systems.get(system ?? '')?.codes.get(spelled);
  if (entry) return { answer: true, system, code: spelled, entry, ...(held ? { held } : {}) };
  const belongs = membership(expansion, system, spelled);
  const written = belongs === true && !held ? grammarSystems.get(system ?? '')?.test(code) : undefined;
  if (written === true) return { answer: true, system, code, entry: { ...(system ? { system } : {}), code } };
  if (written === false) return { answer: false, system, code };
  // All codes of a system belong, or those that pass a filter: but whether this is one is not known here.
  const partly = system !== undefined && expansion.partial.includes(system);
  const answer = belongs === true || (partly && !(held && conceptOf(held, code))) ? 'unknown' : belongs;
  return { answer, system, code: spelled, ...(held ? { held } : {}) };
}

function judgeFound(
  { answer, system, code, entry, held }: Found,
  recorded: RecordedCode,
  options: JudgeOptions,
  expansion: Expansion,
): CodeJudgement {
  const named = system === undefined ? `'${code}' without a system` : `'${code}' of ${system}`;
  if (answer === 'unknown') {
    return unknown(
      'code',
      `${whyUnknown(expansion, system, held)}: whether ${named} is a code of ${expansion.url} cannot be said.`,
    );
  }
  if (!entry) {
    if (system === undefined) {
      return wrong(
        'system',
        'required',
        `The code '${code}' has no system; the value set ${expansion.url} needs one.`,
      );
    }
    const form = grammarSystems.get(system)?.form;
    const missing =
      form !== undefined && !held
        ? `: it is not ${form}`
        : held && isComplete(held) && !conceptOf(held, code)
          ? ', and that code system has no such code'
          : '';
    return wrong(
      'code',
      'code-invalid',
      `The code ${named} is not in the value set ${expansion.url}${missing}.`,
    );
  }
  const findings: Finding[] = [];
  if (held && isComplete(held) && !conceptOf(held, code)) {
    const message = `The value set ${expansion.url} lists the code ${named}, but that code system has no such code.`;
    findings.push({ severity: 'warning', code: 'code-invalid', message, about: 'code' });
  }
  return judgeEntry(entry, held, recorded, options, findings);
}

function whyUnknown(expansion: Expansion, system: string | undefined, held: CodeSystem | undefined): string {
  const doubts = expansion.unresolved
    .filter((doubt) => doubt.system === undefined || system === undefined || doubt.system === system)
    .map(({ message }) => message);
  if (doubts.length > 0) return [...new Set(doubts)].join('; ');
  return held
    ? `Of the code system ${system}, only a part is known here`
    : `The code system ${system} is not known here`;
}

/**
 * Judges a code by a code system; `system`, with all its names where a display is to be judged, is undefined where it is
 * not held here.
 * @param named what was asked for: the code system's url, and the version that counts, if one was named
 */
export function judgeByCodeSystem(
  named: { url: string; version?: string },
  system: CodeSystem | undefined,
  recorded: RecordedCode,
  options: JudgeOptions = {},
): CodeJudgement {
  const { url } = named;
  const { code } = recorded;
  if (code === undefined) return wrong('code', 'required', 'No code is given.');
  if (recorded.system !== undefined && recorded.system !== url) {
    return wrong(
      'system',
      'code-invalid',
      `The code '${code}' is of the system ${recorded.system}, not of ${url}.`,
    );
  }
  const grammar = system || named.version !== undefined ? undefined : grammarSystems.get(url);
  const written = grammar?.test(code);
  if (written === true) return judgeEntry({ system: url, code }, undefined, recorded, options, []);
  if (written === false) {
    return wrong('code', 'code-invalid', `'${code}' is no code of ${url}: it is not ${grammar!.form}.`);
  }
  if (!system) {
    const which = named.version === undefined ? '' : `Version ${named.version} of `;
    const message = `${which}${which ? 'the' : 'The'} code system ${url} is not known here: whether '${code}' is a code of it cannot be said.`;
    return unknown(which ? 'version' : 'system', message);
  }
  const concept = conceptOf(system, code);
  if (concept) return judgeEntry(toCode(system, concept), system, recorded, options, []);
  if (!isComplete(system)) {
    return unknown(
      'code',
      `Of the code system ${url}, only a part is known here: whether '${code}' is a code of it cannot be said.`,
    );
  }
  return wrong(
    'code',
    'code-invalid',
    `The code system ${canonicalOf(url, system.definition.version)} has no code '${code}'.`,
  );
}

/** What is left to judge of a code that belongs. */
function judgeEntry(
  entry: ExpansionCode,
  held: CodeSystem | undefined,
  { display }: RecordedCode,
  { abstract, language }: JudgeOptions,
  already: readonly Finding[],
): CodeJudgement {
  const findings = [...already];
  if (entry.abstract && abstract !== true) {
    const message = `The code '${entry.code}' only groups others and is not to be recorded.`;
    findings.push({
      severity: abstract === false ? 'error' : 'information',
      code: 'business-rule',
      message,
      about: 'code',
    });
  }
  if (entry.inactive) {
    const message = `The code '${entry.code}' is no longer to be used.`;
    findings.push({ severity: 'warning', code: 'business-rule', message, about: 'code' });
  }
  const shown = displayOf(entry, held, language);
  if (display !== undefined) findings.push(...judgeDisplay(display, entry, held, shown, language));
  return {
    valid: !findings.some(({ severity }) => severity === 'error'),
    findings,
    code: entry,
    ...(shown === undefined ? {} : { display: shown }),
  };
}

function displayOf(entry: ExpansionCode, held: CodeSystem | undefined, language: string | undefined) {
  const designations = language === undefined ? [] : designationsOf(entry, held);
  return (
    (language === undefined ? undefined : displayIn(designations, language)) ??
    entry.display ??
    (held && conceptOf(held, entry.code)?.display)
  );
}

/** Case and spaces do not count. A display may be any of the names; where a language is asked for, those in it. */
function judgeDisplay(
  display: string,
  entry: ExpansionCode,
  held: CodeSystem | undefined,
  shown: string | undefined,
  language: string | undefined,
): Finding[] {
  const designations = designationsOf(entry, held);
  const spoken = language === undefined ? [] : designations.filter((each) => speaks(each.language, language));
  const names =
    spoken.length > 0
      ? spoken.map(({ value }) => value)
      : [
          entry.display,
          held && conceptOf(held, entry.code)?.display,
          ...designations.map(({ value }) => value),
        ];
  const known = names.filter((name) => name !== undefined);
  if (known.some((name) => fold(name) === fold(display))) return [];
  if (known.length === 0 || !held) {
    const message = `Whether the display of '${entry.code}' is right is not known here.`;
    return [{ severity: 'warning', code: 'not-found', message, about: 'display' }];
  }
  const message = `The display '${display}' is wrong: '${entry.code}' is called '${shown ?? known[0]}'.`;
  return [{ severity: 'error', code: 'invalid', message, about: 'display' }];
}

const fold = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();

const wrong = (about: Finding['about'], code: Issue['code'], message: string): CodeJudgement => ({
  valid: false,
  findings: [{ severity: 'error', code, message, about }],
});

const unknown = (about: Finding['about'], message: string): CodeJudgement => ({
  valid: undefined,
  findings: [{ severity: 'warning', code: 'not-found', message, about }],
});
