// The load generator's reader of responses: whatever the chunks of the socket, the answers are the same.
import { describe, expect, it } from '@jest/globals';
import { type Answer, answerReader } from './httpConnection.ts';

const RESPONSES = [
  'HTTP/1.1 201 Created\r\nLocation: /fhir/R4/Patient/7\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\nX-Request-Id: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
];
const ANSWERS: Answer[] = [
  { status: 201, location: '/fhir/R4/Patient/7', bytes: 5, start: 'hello' },
  { status: 204, location: undefined, bytes: 0, start: '' },
  { status: 200, location: undefined, bytes: 13, start: 'abc0123456789' },
  { status: 200, location: undefined, bytes: 0, start: '' },
];

function readInPieces(size: number): Answer[] {
  const answers: Answer[] = [];
  const read = answerReader((answer) => answers.push(answer));
  const bytes = Buffer.from(RESPONSES.join(''));
  for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
  return answers;
}

describe('answerReader', () => {
  it.each([1, 2, 3, 7, 50, 10_000])('reads responses in chunks of %d bytes', (size) => {
    expect(readInPieces(size)).toEqual(ANSWERS);
  });
});
