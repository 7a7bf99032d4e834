// Which errors are the database's own: nothing that was asked for is to blame for them.
import { expect, it } from '@jest/globals';
import { isDatabaseTrouble } from '../../server/store/database.ts';

it.each([
  [{ code: '57P01', message: 'terminating connection due to administrator command' }, true],
  [{ code: '53300', message: 'too many connections' }, true],
  [{ code: '08006', message: 'connection failure' }, true],
  [{ code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }, true],
  [{ message: 'Connection terminated unexpectedly' }, true],
  [{ code: '57014', message: 'canceling statement due to statement timeout' }, false],
  [{ code: '22P02', message: 'invalid input syntax' }, false],
  [{ message: 'Cannot read properties of undefined' }, false],
  [undefined, false],
])('%j: %s', (error, expected) => {
  expect(isDatabaseTrouble(error)).toBe(expected);
});
