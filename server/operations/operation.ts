// What an operation is: a name, where it can be called, and a function that yields its answer as text.
import { refuse } from '../errors.ts';
import type { Reply } from '../fhir/reply.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { OperationRequest } from './operationRequest.ts';

export interface Operation {
  name: string;
  /** canonical url of its OperationDefinition */
  definition: string;
  /** resource types it is offered on, for each level */
  levels: { system?: boolean; type: string[] | 'every'; instance: string[] | 'every' };
  /** the resource it is given may be any JSON at all: whether it is one is what is asked */
  anyResource?: true;
  /** The answer, a resource as JSON text, in pieces that can be sent as they come. */
  run(services: Services, request: OperationRequest, db: Database): AsyncIterable<string>;
  /** What a POST does, for operations that change something; `run` then answers GET only. */
  start?(services: Services, request: OperationRequest): Promise<Reply>;
}

export type Level = keyof Operation['levels'];

/** Whether an operation is offered at a level, on a type (''  for the system). */
export function isOffered({ levels }: Operation, level: Level, type: string): boolean {
  if (level === 'system') return levels.system === true;
  return levels[level] === 'every' || levels[level].includes(type);
}

/**
 * The whole answer as one text, for where it cannot be sent in pieces.
 * @throws FhirError 413 when it grows beyond `most` characters
 */
export async function wholeText(chunks: AsyncIterable<string>, most: number): Promise<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length > most) {
      throw refuse(
        413,
        'too-costly',
        'The answer is too large to be given in one piece: page it with _count, or ask without _pretty or bundle.',
      );
    }
  }
  return text;
}
