// What a pool tells of connections that break.
import { describe, expect, it } from '@jest/globals';
import { createPool } from '../../server/store/pool.ts';

describe('a connection that breaks while idle', () => {
  it('is told, but not once the pool is closed: the database may stop first', async () => {
    const told: unknown[] = [];
    const log = { warn: (message: string, fields?: object) => told.push([message, fields]) };
    const pool = createPool(
      { databaseUrl: 'postgres://localhost:1/none', poolSize: 1, statementTimeout: 0 },
      log as unknown as Parameters<typeof createPool>[1],
    );
    pool.emit('error', new Error('restarted'), undefined as never);
    await pool.end();
    pool.emit('error', new Error('terminating connection'), undefined as never);
    expect(told).toEqual([['an idle database connection broke', { reason: 'restarted' }]]);
  });
});
