import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigError, readConfig, SETTINGS } from '../../server/config.ts';

function problems(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('needs no setting at all', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: '',
      bodyLimit: 64 * 1024 ** 2,
      conditionalDelete: 'single',
      shutdownGrace: 10_000,
    });
    expect(isAbsolute(config.dataDir)).toBe(true);
    expect(config.workers).toBeGreaterThanOrEqual(1);
    expect(config.workers).toBeLessThanOrEqual(4);
  });

  it('takes an empty variable as absent', () => {
    expect(readConfig({ PORT: '', HOST: ' ' })).toEqual(readConfig({}));
  });

  it('reads sizes and durations with their units', () => {
    expect(readConfig({ BODY_LIMIT: '2048' }).bodyLimit).toBe(2048);
    expect(readConfig({ BODY_LIMIT: '10 mb' }).bodyLimit).toBe(10 * 1024 ** 2);
    expect(readConfig({ STATEMENT_TIMEOUT: '0' }).statementTimeout).toBe(0);
    expect(readConfig({ STATEMENT_TIMEOUT: '1500ms' }).statementTimeout).toBe(1500);
    expect(readConfig({ SHUTDOWN_GRACE: '2min' }).shutdownGrace).toBe(120_000);
    expect(readConfig({ SCORE_WINDOW: '1h' }).scoreWindow).toBe(readConfig({}).scoreWindow);
    expect(readConfig({ SCORE_WINDOW: '1s' }).scoreWindow).toBe(1_000);
  });

  it('reads lists of origins', () => {
    expect(readConfig({ CORS_ORIGINS: 'none' }).corsOrigins).toEqual([]);
    expect(readConfig({ CORS_ORIGINS: '*' }).corsOrigins).toEqual(['*']);
    expect(readConfig({ CORS_ORIGINS: 'https://a.org, http://localhost:*' }).corsOrigins).toEqual([
      'https://a.org',
      'http://localhost:*',
    ]);
  });

  it('takes the final slash off BASE_URL', () => {
    expect(readConfig({ BASE_URL: 'https://a.org/fhir/R4/' }).baseUrl).toBe('https://a.org/fhir/R4');
  });

  it('takes a database on a Unix socket', () => {
    const url = 'postgres://me:secret@%2Fvar%2Frun%2Fpostgresql:5432/records';
    expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('names every mistake at once', () => {
    expect(
      problems({
        HOST: 'http://me',
        PORT: '65536',
        DATABASE_URL: 'mysql://me:tops3cret@host/records',
        BASE_URL: 'ftp://a.org',
        LOG_LEVEL: 'loud',
        WORKERS: '0',
        POOL_SIZE: 'many',
        BODY_LIMIT: '9TB',
        DEFAULT_PAGE_SIZE: '-1',
        MAX_PAGE_SIZE: '1.5',
        CORS_ORIGINS: 'https://a.org/path',
        CONDITIONAL_DELETE: 'yes',
        STATEMENT_TIMEOUT: 'soon',
        SHUTDOWN_GRACE: '10d',
        SCORE_WINDOW: '0',
      }),
    ).toEqual([
      'HOST: "http://me" is not an address or host name such as 127.0.0.1',
      'PORT: "65536" is not a whole number from 0 to 65535',
      'DATABASE_URL: not of the form postgres://user:password@host:5432/database (special characters as %XX)',
      'BASE_URL: "ftp://a.org" is not an http or https URL without query, such as https://example.org/fhir/R4',
      'LOG_LEVEL: "loud" is not one of error, warn, info, debug',
      'WORKERS: "0" is not a whole number from 1 to 64',
      'POOL_SIZE: "many" is not a whole number from 1 to 500',
      'BODY_LIMIT: "9TB" is not a size from 1kB to 500MB, such as 64MB',
      'DEFAULT_PAGE_SIZE: "-1" is not a whole number from 1 to 10000',
      'MAX_PAGE_SIZE: "1.5" is not a whole number from 1 to 10000',
      'CORS_ORIGINS: "https://a.org/path" is not an origin such as https://app.example.org',
      'CONDITIONAL_DELETE: "yes" is not one of single, multiple',
      'SCORE_WINDOW: "0" is shorter than a second: give the readings of a score more time, such as 60min or 1h',
      'STATEMENT_TIMEOUT: "soon" is not a duration such as 500ms, 30s, 2min or 1h',
      'SHUTDOWN_GRACE: "10d" is not a duration such as 500ms, 30s, 2min or 1h',
    ]);
  });

  it('compares the page sizes', () => {
    expect(problems({ DEFAULT_PAGE_SIZE: '200', MAX_PAGE_SIZE: '100' })).toEqual([
      'DEFAULT_PAGE_SIZE: 200 is larger than MAX_PAGE_SIZE (100)',
    ]);
  });

  it('has every setting, and nothing else, in the table of the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, section = ''] = readme.split('\n## Settings\n');
    const rows = [...section.split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| (.*?) \| (.*) \|$/gm)];
    expect(rows.map(([, name, , meaning]) => [name, meaning])).toEqual(
      Object.values(SETTINGS).map(({ name, meaning }) => [name, meaning]),
    );
  });
});
