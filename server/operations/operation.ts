// What an operation is: a name, where it can be called, and a function that yields its answer as text.
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';

export interface OperationRequest {
  type: string;
  id?: string;
  /** parameters, from the query or from a Parameters body */
  query: [string, string][];
  /** absolute URL of the service base */
  base: string;
}

export interface Operation {
  name: string;
  /** canonical url of its OperationDefinition */
  definition: string;
  /** resource types it is offered on, for each level */
  levels: { type: string[]; instance: string[] };
  /** The answer, a resource as JSON text, in pieces that can be sent as they come. */
  run(services: Services, request: OperationRequest, db: Database): AsyncIterable<string>;
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
