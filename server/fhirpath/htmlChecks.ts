// The rules for the XHTML of a narrative (http://hl7.org/fhir/R4/narrative.html, txt-1 and txt-2): well-formed, one `div`, only
// the elements and attributes of chapters 7 to 11 (without 9.4) and 15 of HTML 4.0, links, images and style attributes, and
// some content. One pass over the text, in time proportional to its length.

const names = (text: string) => text.trim().split(/\s+/);

/** Elements that are allowed, each with its attributes beyond those of every element (the deprecated ones are not). */
const elements: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    ...plain(`div span p br h1 h2 h3 h4 h5 h6 address em strong dfn code samp kbd var cite abbr acronym sub sup pre
      ul ol li dl dt dd caption thead tbody tfoot tr tt i b big small hr bdo`),
    blockquote: 'cite',
    q: 'cite',
    a: 'href name charset type hreflang rel rev shape coords',
    img: 'src alt longdesc height width usemap ismap border name',
    map: 'name',
    area: 'shape coords href nohref alt',
    table: 'summary width border frame rules cellspacing cellpadding',
    colgroup: 'span width',
    col: 'span width',
    th: 'abbr axis headers scope rowspan colspan nowrap width height',
    td: 'abbr axis headers scope rowspan colspan nowrap width height',
  }).map(([element, attributes]) => [element, new Set(names(attributes))]),
);

function plain(text: string): Record<string, string> {
  return Object.fromEntries(names(text).map((name) => [name, '']));
}

/** Attributes that any element may have; `align` and `bgcolor` are deprecated but found wherever tables are. */
const commonAttributes = new Set(
  names('id class style title lang xml:lang dir accesskey tabindex align valign char charoff bgcolor'),
);

const xhtml = 'http://www.w3.org/1999/xhtml';
const deepest = 200;
const name = /[A-Za-z_][\w.:-]*/y;
const space = /[ \t\r\n]*/y;
const attribute = /[ \t\r\n]+([A-Za-z_][\w.:-]*)[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const reference = /&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no such characters
const noXmlCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

/** What is wrong with a narrative that keeps to the rules of its markup, but says nothing (txt-2). */
export const noContent = 'it has no content';

/** Whether a narrative keeps to the rules. */
export function htmlChecks(html: string): boolean {
  return htmlProblem(html) === undefined;
}

/** What a narrative does against the rules; undefined when it keeps to them. */
export function htmlProblem(html: string): string | undefined {
  if (noXmlCharacter.test(html)) return 'it has a control character';
  const open: string[] = [];
  let hasContent = false;
  let position = html.length - html.trimStart().length;
  if (html[position] !== '<') return 'it does not begin with <div>';
  while (position < html.length) {
    if (html[position] !== '<') {
      const end = html.indexOf('<', position);
      const text = html.slice(position, end < 0 ? html.length : end);
      if (open.length === 0)
        return text.trim() === '' && end < 0 ? finished(hasContent) : 'there is something behind </div>';
      const problem = textProblem(text);
      if (problem) return problem;
      hasContent ||= /[^ \t\r\n]/.test(text);
      position += text.length;
      continue;
    }
    if (html.startsWith('<!--', position)) {
      const end = html.indexOf('--', position + 4);
      if (end < 0 || html[end + 2] !== '>') return 'a comment is not closed';
      position = end + 3;
      continue;
    }
    if (html[position + 1] === '/') {
      const closed = matchAt(name, html, position + 2);
      const end = closed === undefined ? -1 : position + 2 + closed.length;
      const close = end < 0 ? -1 : end + matchAt(space, html, end)!.length;
      if (closed === undefined || html[close] !== '>' || open.pop() !== closed) {
        return `</${closed ?? ''}> closes nothing`;
      }
      position = close + 1;
      if (open.length === 0 && html.slice(position).trim() !== '') return 'there is something behind </div>';
      if (open.length === 0) return finished(hasContent);
      continue;
    }
    const tag = readTag(html, position, open.length);
    if (typeof tag === 'string') return tag;
    if (tag.element === 'img') hasContent = true;
    position = tag.end;
    if (tag.closed) {
      if (open.length === 0) return finished(hasContent);
    } else if (open.push(tag.element) > deepest) return `elements nest deeper than ${deepest} levels`;
  }
  return `<${open.at(-1) ?? 'div'}> is not closed`;
}

function finished(hasContent: boolean): string | undefined {
  return hasContent ? undefined : noContent;
}

/** A start tag: its element, where it ends, whether it closes itself; or what is wrong with it. */
function readTag(
  html: string,
  position: number,
  depth: number,
): { element: string; end: number; closed: boolean } | string {
  const element = matchAt(name, html, position + 1);
  const allowed = element === undefined ? undefined : elements.get(element);
  if (element === undefined) return `'${html.slice(position, position + 10)}' is no tag`;
  if (!allowed) return `<${element}> is not allowed`;
  if (depth === 0 && element !== 'div') return `it begins with <${element}>, not with <div>`;
  let end = position + 1 + element.length;
  const seen = new Set<string>();
  let inNamespace = depth > 0;
  while (true) {
    attribute.lastIndex = end;
    const match = attribute.exec(html);
    if (!match) break;
    const [text, key, double, single] = match;
    const value = double ?? single ?? '';
    if (seen.has(key!)) return `<${element}> has ${key} twice`;
    seen.add(key!);
    const problem = attributeProblem(element, allowed, key!, value) ?? textProblem(value);
    if (problem) return problem;
    inNamespace ||= key === 'xmlns';
    end += text.length;
  }
  if (!inNamespace) return `<${element}> is not in the namespace ${xhtml}`;
  end += matchAt(space, html, end)!.length;
  const closed = html[end] === '/';
  if (closed) end += 1;
  return html[end] === '>' ? { element, end: end + 1, closed } : `<${element}> is malformed`;
}

function attributeProblem(
  element: string,
  allowed: ReadonlySet<string>,
  key: string,
  value: string,
): string | undefined {
  if (key === 'xmlns') return value === xhtml ? undefined : `the namespace is ${value}, not ${xhtml}`;
  if (!commonAttributes.has(key) && !allowed.has(key))
    return `<${element}> may not have the attribute ${key}`;
  const isScript = (key === 'href' || key === 'src') && /^\s*(?:javascript|vbscript)\s*:/i.test(value);
  return isScript ? `<${element}> has a script in ${key}` : undefined;
}

/** Entities: XML's own and characters by number; those of HTML do not exist here. */
function textProblem(text: string): string | undefined {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (matchAt(reference, text, at) === undefined) {
      return `'${text.slice(at, at + 10)}' is no entity of XML`;
    }
  }
  return text.includes(']]>') ? "']]>' in a text" : undefined;
}

/** What a sticky pattern matches at `position`, or undefined. */
function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
