// What an operation is: a name, where it can be called, and a function that yields its answer as text.
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
