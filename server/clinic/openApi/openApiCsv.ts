// The part of the OpenAPI document about CSV files.

import { type CsvTable, csvTables } from '../csv/csvTable.ts';
import type { Json } from '../things/clinicResource.ts';
import { answer, exampleOf, json, ref, refusals, sharedSchemas } from './openApiParts.ts';

const results: Json = {
  mode: { type: 'string', enum: ['valid-rows', 'all-or-nothing'] },
  dryRun: { type: 'boolean', description: 'Whether nothing was stored because nothing should be.' },
  created: { type: 'integer', description: 'Rows that are new.' },
  updated: { type: 'integer', description: 'Rows that changed what was there.' },
  unchanged: { type: 'integer', description: 'Rows that were there as they are.' },
  refused: { type: 'integer', description: 'Rows with errors.' },
  complete: {
    type: 'boolean',
    description: 'Whether the file was read to its end: not where its heading cannot be used.',
  },
  errors: { type: 'array', description: 'The first errors.', items: ref('schemas', 'CsvError') },
  moreErrors: { type: 'integer', description: 'How many there are beyond those.' },
};

const { errors: _, ...problem } = (sharedSchemas.Problem as { properties: Json }).properties;

export const csvSchemas: Json = {
  CsvImportResult: { type: 'object', required: Object.keys(results), properties: results },
  CsvImportProblem: {
    type: 'object',
    description: 'Why an import was refused (RFC 9457), with what became of the rows.',
    required: [...Object.keys(problem), ...Object.keys(results)],
    properties: { ...problem, ...results },
  },
  CsvError: {
    type: 'object',
    description: 'What is wrong in a file, and where.',
    required: ['line', 'code', 'detail'],
    properties: {
      line: { type: 'integer', description: 'Line of the file, from 1 on.' },
      column: { type: 'string', description: 'Absent where it is the row as a whole.' },
      code: { type: 'string', description: 'Kind of fault (FHIR issue type).', examples: ['required'] },
      detail: { type: 'string', description: 'What is wrong.' },
    },
  },
};

/** A file of one row. */
function exampleFile({ resource, columns }: CsvTable): string {
  const row = exampleOf(resource.schema) as Json;
  return `${columns.join()}\n${columns.map((column) => row[column] ?? '').join()}\n`;
}

/** Operations by path below the server's root. */
export const csvPaths: Json = Object.fromEntries(
  Object.entries(csvTables as Record<string, CsvTable>).flatMap(([name, table]) => {
    const { title } = table.resource;
    const example = exampleFile(table);
    return [
      [
        `/api/v1/import/${name}`,
        {
          post: {
            ...{ tags: ['csv'], operationId: `import${title}Csv`, summary: `Import ${name} from a CSV file` },
            description: `Columns, in any order: ${table.columns.join(', ')}; needed are ${table.needed.join(', ')}. Imported again, a file changes nothing, so that it needs no Idempotency-Key: none is looked at.`,
            parameters: [
              {
                ...{ name: 'mode', in: 'query', required: false },
                description: 'Whether rows with errors keep the others from being stored.',
                schema: { type: 'string', enum: ['valid-rows', 'all-or-nothing'], default: 'valid-rows' },
              },
              {
                ...{ name: 'dryRun', in: 'query', required: false, description: 'Whether to check only.' },
                schema: { type: 'boolean', default: false },
              },
            ],
            requestBody: {
              required: true,
              content: {
                'text/csv': { schema: { type: 'string' }, example },
                'multipart/form-data': {
                  schema: {
                    type: 'object',
                    properties: { file: { type: 'string', contentMediaType: 'text/csv' } },
                  },
                },
              },
            },
            responses: {
              200: answer('What became of the rows.', json(ref('schemas', 'CsvImportResult'))),
              ...refusals(400, 409, 413, 415),
              422: answer('Rows were refused and nothing was stored, or the heading cannot be used.', {
                'application/problem+json': { schema: ref('schemas', 'CsvImportProblem') },
              }),
            },
          },
        },
      ],
      [
        `/api/v1/export/${name}.csv`,
        {
          get: {
            ...{ tags: ['csv'], operationId: `export${title}Csv`, summary: `All ${name} as a CSV file` },
            parameters: [
              {
                ...{ name: 'ids', in: 'query', required: false },
                description: 'Whether ids have a column though files need none.',
                schema: { type: 'boolean', default: false },
              },
            ],
            responses: {
              200: answer('The file, as a stream.', { 'text/csv': { schema: { type: 'string' }, example } }),
              ...refusals(400),
            },
          },
        },
      ],
    ];
  }),
);
