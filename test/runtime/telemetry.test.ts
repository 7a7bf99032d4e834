import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createLogger, withoutPasswords } from '../../server/telemetry.ts';

describe('createLogger', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const log = createLogger('info', { worker: 7 }, stream);
  const written = () => JSON.parse(stream.read());

  it('writes one JSON object a line, with its own fields and those of the line', () => {
    log.info('request', { status: 200 });
    expect(written()).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      level: 'info',
      message: 'request',
      worker: 7,
      status: 200,
    });
  });

  it('writes of an error its message, code and stack only', () => {
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (name)=(Jane Doe)',
    });
    log.error('failed', { error });
    expect(written().error).toEqual({ message: 'duplicate key', code: '23505', stack: expect.any(String) });
  });

  it('masks passwords wherever a URL stands', () => {
    log.info('using postgres://me:tops3cret@host/records');
    expect(written().message).toBe('using postgres://me:***@host/records');
  });
});

describe('withoutPasswords', () => {
  it('leaves other text alone', () => {
    const text = 'GET http://localhost:8080/Patient?email=a@b.org';
    expect(withoutPasswords(text)).toBe(text);
  });
});
