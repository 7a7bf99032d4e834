import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { htmlChecks, htmlProblem } from '../../server/fhirpath/htmlChecks.ts';

const div = (content: string, attributes = '') =>
  `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>${content}</div>`;

describe('narratives that keep to the rules', () => {
  it.each([
    div('text'),
    `  ${div('text')}\n`,
    div('<img src="#a" alt="x"/>'),
    div('a &lt; b &#160; &#xA0; &amp; c'),
    div('<p class="x" style="color: red" id=\'y\'>a<br/>b<br></br></p>'),
    div('<table border="1"><tbody><tr><td colspan="2" bgcolor="red">x</td></tr></tbody></table>'),
    div('<!-- a comment --><a href="https://example.org?a=1&amp;b=2" title="t">x</a>'),
    div('x', ' lang="en" xml:lang="en"'),
    div(`${'<b>'.repeat(150)}x${'</b>'.repeat(150)}`),
  ])('%s', (html) => expect(htmlProblem(html)).toBeUndefined());
});

describe('narratives that do not', () => {
  it.each([
    ['', 'it does not begin with <div>'],
    ['text', 'it does not begin with <div>'],
    ['<div>text</div>', '<div> is not in the namespace http://www.w3.org/1999/xhtml'],
    ['<div xmlns="http://example.org">x</div>', /^the namespace is http:\/\/example.org/],
    ['<p xmlns="http://www.w3.org/1999/xhtml">x</p>', 'it begins with <p>, not with <div>'],
    [div(' \n '), 'it has no content'],
    ['<div xmlns="http://www.w3.org/1999/xhtml"/>', 'it has no content'],
    [`${div('x')}${div('y')}`, 'there is something behind </div>'],
    [`${div('x')}y`, 'there is something behind </div>'],
    [div('<script>alert(1)</script>'), '<script> is not allowed'],
    [div('<SCRIPT>x</SCRIPT>'), '<SCRIPT> is not allowed'],
    [div('<form action="x"><input/></form>'), '<form> is not allowed'],
    [div('<iframe src="x"></iframe>'), '<iframe> is not allowed'],
    [div('<body>x</body>'), '<body> is not allowed'],
    [div('<ins>x</ins>'), '<ins> is not allowed'],
    [div('<p onclick="x()">x</p>'), '<p> may not have the attribute onclick'],
    [div('<img src="x" onerror="x()"/>'), '<img> may not have the attribute onerror'],
    [div('<a href=" JavaScript:x()">x</a>'), '<a> has a script in href'],
    [div('<p href="x">x</p>'), '<p> may not have the attribute href'],
    [div('<p>x'), '</div> closes nothing'],
    [div('<p>x</b></p>'), '</b> closes nothing'],
    ['<div xmlns="http://www.w3.org/1999/xhtml">x', '<div> is not closed'],
    [div('a & b'), "'& b</div>' is no entity of XML"],
    [div('a&nbsp;b'), "'&nbsp;b' is no entity of XML"],
    [div('<p title="&nope;">x</p>'), "'&nope;' is no entity of XML"],
    [div('<p class="a" class="b">x</p>'), '<p> has class twice'],
    [div('<p class=a>x</p>'), '<p> is malformed'],
    [div('<p class>x</p>'), '<p> is malformed'],
    [div('<p class="a"id="b">x</p>'), '<p> is malformed'],
    [div('a < b'), / is no tag$/],
    [div('<?php x ?>'), / is no tag$/],
    [div('<![CDATA[x]]>'), / is no tag$/],
    [div('<!-- x -- y -->'), 'a comment is not closed'],
    [div('a ]]> b'), "']]>' in a text"],
    [div('a\u0007b'), 'it has a control character'],
    [div(`${'<b>'.repeat(300)}x${'</b>'.repeat(300)}`), 'elements nest deeper than 200 levels'],
  ])('%s', (html, problem) => {
    expect(htmlChecks(html)).toBe(false);
    if (typeof problem === 'string')
      expect(
        htmlProblem(html)!
          .replace(/'& b.*'/, "'& b</div>'")
          .replace(/'&nbsp;b.*'/, "'&nbsp;b'")
          .replace(/'&nope;.*'/, "'&nope;'"),
      ).toBe(problem);
    else expect(htmlProblem(html)).toMatch(problem);
  });
});

it('takes time in proportion to the length', () => {
  for (const part of ['<b>', '<!--', '&amp;', '<p class="', '<p a ', '</b>', '<', '" ']) {
    expect(htmlChecks(div(part.repeat(200_000)))).toBe(part === '&amp;' || part === '" ');
  }
});

const folder = '../shared/data/hl7-r4-examples';
/** Published with nothing but white space in it, against txt-2. */
const empty = [
  'ActivityDefinition-blood-tubes-supply.json',
  'ActivityDefinition-heart-valve-replacement.json',
  'EventDefinition-example.json',
  'Questionnaire-zika-virus-exposure-assessment.json',
];
(existsSync(folder) ? it : it.skip)(`the narratives of the official examples pass (${folder})`, () => {
  const problems: Record<string, string> = {};
  let count = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const { text } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as { text?: { div?: string } };
    if (text?.div === undefined) continue;
    count++;
    const problem = htmlProblem(text.div);
    if (problem) problems[file] = problem;
  }
  expect(count).toBeGreaterThan(500);
  expect(problems).toEqual(Object.fromEntries(empty.map((file) => [file, 'it has no content'])));
});
