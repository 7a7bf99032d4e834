// ConceptMap/$translate (conceptmap-operation-translate.html): what a code is in another code system or value set.
import { terminologyNow } from '../fhir/storedTerminology.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { translate } from '../terminology/translate.ts';
import { isAcceptable, type Match } from '../terminology/translation.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';
import { namedMap, unnamedMaps } from './translateMaps.ts';
import { readTranslate } from './translateParameters.ts';
import { valueSetTest } from './translateValueSets.ts';

export const translateCode: Operation = {
  name: 'translate',
  definition: 'http://hl7.org/fhir/OperationDefinition/ConceptMap-translate',
  levels: { type: ['ConceptMap'], instance: ['ConceptMap'] },
  run,
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const asked = readTranslate(request);
  const view = await terminologyNow(services, db);
  const named = await namedMap(services, db, view, request, asked.given);
  const test = await valueSetTest(view, asked);
  const matches: Match[] = [];
  const notes = new Set<string>();
  for (const code of asked.codes) {
    const maps = named ? [named] : await unnamedMaps(view, asked, code.system, test.source);
    if (maps.length === 0) {
      const to = asked.targetSystem ?? asked.target;
      const where = to === undefined ? '' : ` to ${to}`;
      notes.add(`No concept map is known here that translates codes of ${code.system}${where}.`);
    }
    for (const map of maps) {
      const applies = await test.applies(map, named !== undefined);
      if (applies !== true) {
        if (named) notes.add(applies);
        continue;
      }
      const found = await translate(view, map, {
        ...code,
        reverse: asked.reverse,
        ...(asked.targetSystem === undefined ? {} : { targetSystem: asked.targetSystem }),
        dependencies: asked.dependencies,
        anySystem: named !== undefined || test.source !== undefined,
      });
      for (const note of found.notes) notes.add(note);
      for (const match of found.matches) {
        const belongs = await test.belongs(map, match);
        if (belongs === true) matches.push(match);
        else notes.add(belongs);
      }
    }
  }
  yield parametersText(answer(asked.codes, matches, [...notes]));
}

function answer(codes: readonly { code: string }[], matches: readonly Match[], notes: string[]): Parameter[] {
  const result = matches.some(isAcceptable);
  const comments = matches
    .filter((match) => !isAcceptable(match) && match.comment !== undefined)
    .map(({ concept, comment }) => (concept ? `'${concept.code}': ${comment}` : comment!));
  const said = [...notes, ...new Set(comments)];
  if (!result)
    said.unshift(`No translation of ${codes.map(({ code }) => `'${code}'`).join(', ')} was found.`);
  return [
    { name: 'result', valueBoolean: result },
    ...(said.length > 0 ? [{ name: 'message', valueString: said.join(' ') }] : []),
    ...matches.map(matchParameter),
  ];
}

function matchParameter({ equivalence, concept, products, source }: Match): Parameter {
  const part: Parameter[] = [{ name: 'equivalence', valueCode: equivalence }];
  if (concept) part.push({ name: 'concept', valueCoding: concept });
  for (const { property, value, system, display } of products) {
    const coding = { ...(system ? { system } : {}), code: value, ...(display ? { display } : {}) };
    part.push({
      name: 'product',
      part: [
        { name: 'element', valueUri: property },
        { name: 'concept', valueCoding: coding },
      ],
    });
  }
  if (source !== '') part.push({ name: 'source', valueUri: source });
  return { name: 'match', part };
}
