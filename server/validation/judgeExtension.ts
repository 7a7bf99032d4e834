// Rules of extensions (extensibility.html) that hold whatever their definition says: a modifier has to be understood, a
// top-level url is absolute. Where advice is asked for, the value is held against the definition.
import { isAllowedIn } from './extensionContext.ts';
import type { JudgeScope } from './judgeScope.ts';
import { judgeAgainst } from './judgeValue.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

export function judgeExtension(extension: JsonObject, scope: JudgeScope): void {
  const { path, knowledge, question } = scope;
  const { url } = extension;
  if (typeof url !== 'string') return;
  // Extensions inside an extension are named by it: `Patient.extension[0].extension[1]`.
  const nested =
    path.length > 4 &&
    typeof path[path.length - 3] === 'number' &&
    /^(?:modifierE|e)xtension$/.test(String(path[path.length - 4]));
  const wrong = (diagnostics: string, ...steps: string[]) => {
    if (!isFull(scope)) reportIssue(scope, { severity: 'error', code: 'extension', diagnostics }, ...steps);
  };
  if (!nested && !/^[A-Za-z][A-Za-z0-9+.-]*:/.test(url)) {
    wrong(`The url of an extension must be absolute, not "${url.slice(0, 100)}"`, 'url');
    return;
  }
  const name = path[path.length - 1] === undefined ? '' : path[path.length - 2];
  if (name === 'modifierExtension' && !knowledge.knowsExtension(url)) {
    wrong(
      `The modifier extension ${url.slice(0, 200)} is not known here, and what it modifies cannot be understood without it: ` +
        'store its StructureDefinition first, or leave the extension out',
    );
    return;
  }
  if (!question.extensions || nested) return;
  const rules = knowledge.rulesOfProfile(url);
  if (typeof rules === 'object' && rules.structure.type === 'Extension') {
    const { context, elements } = rules.structure;
    const modifies = elements[0]?.isModifier === true;
    if (modifies !== (name === 'modifierExtension')) {
      wrong(
        `The extension ${url} ${modifies ? 'modifies what it is in: it belongs' : 'is no modifier: it does not belong'} in modifierExtension`,
      );
    }
    if (context && !isAllowedIn(context, scope)) {
      const places = context.map(({ expression }) => expression).join(', ');
      wrong(`The extension ${url} may not be used here; it is for: ${places}`);
    }
    judgeAgainst({ value: extension, type: 'Extension' }, 'Extension', rules, scope);
  } else if (question.advice && !isFull(scope, 'information')) {
    const reason =
      typeof rules === 'string' ? `cannot be used: ${rules}` : 'is not known here: its value was not checked';
    reportIssue(scope, {
      severity: 'information',
      code: 'extension',
      diagnostics: `The extension ${url.slice(0, 200)} ${reason}`,
    });
  }
}
