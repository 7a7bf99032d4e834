// The definitions for tests, cached between runs.
import { join } from 'node:path';
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';

export const definitions = loadDefinitions(join(import.meta.dirname, '../../node_modules/.cache/salus'));
