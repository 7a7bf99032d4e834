// One keep-alive HTTP/1.1 connection of the load generator, on a plain socket: a fraction of the CPU time of node:http, which
// matters because the generator shares the machine with the server.
import { connect, type Socket } from 'node:net';

/** What the generator wants to know of a response. */
export interface Answer {
  status: number;
  location: string | undefined;
  /** length of the body */
  bytes: number;
  /** the body's beginning, for messages */
  start: string;
}

/** Sends requests one after the other. */
export interface HttpConnection {
  send(method: string, path: string, body?: string | Buffer): Promise<Answer>;
  close(): void;
}

// Enough for everything before the entries of a Bundle, its links too.
const KEPT = 1500;
const EMPTY = Buffer.alloc(0);

/** Reads responses out of the chunks of a socket; `done` gets each when its last byte is there. */
export function answerReader(done: (answer: Answer) => void): (chunk: Buffer) => void {
  let phase: 'head' | 'body' | 'size' | 'chunk' | 'chunkEnd' | 'trailer' = 'head';
  let held: Buffer = EMPTY;
  let remaining = 0;
  let answer: Answer;
  const finish = () => {
    phase = 'head';
    done(answer);
  };
  const readHead = (head: string) => {
    const location = /^location: *(.*)$/im.exec(head)?.[1]?.trim();
    answer = { status: Number(head.slice(9, 12)), location, bytes: 0, start: '' };
    remaining = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (/^transfer-encoding: *chunked/im.test(head)) phase = 'size';
    else if (remaining > 0 && answer.status !== 304) phase = 'body';
    else finish();
  };
  const readLine = (line: string) => {
    if (phase === 'head') readHead(line);
    else if (phase === 'chunkEnd') phase = 'size';
    else if (phase === 'size') {
      remaining = Number.parseInt(line, 16);
      phase = remaining > 0 ? 'chunk' : 'trailer';
    } else if (line === '') finish();
  };
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (phase === 'body' || phase === 'chunk') {
        const taken = Math.min(remaining, chunk.length - at);
        if (answer.start.length < KEPT)
          answer.start += chunk.toString('utf8', at, at + Math.min(taken, KEPT));
        answer.bytes += taken;
        remaining -= taken;
        at += taken;
        if (remaining > 0) return;
        if (phase === 'body') finish();
        else phase = 'chunkEnd';
        continue;
      }
      const before = held.length;
      held = before > 0 ? Buffer.concat([held, chunk.subarray(at)]) : chunk.subarray(at);
      const delimiter = phase === 'head' ? '\r\n\r\n' : '\r\n';
      const end = held.indexOf(delimiter);
      if (end < 0) return;
      const line = held.toString('latin1', 0, end);
      at += end + delimiter.length - before;
      held = EMPTY;
      readLine(line);
    }
  };
}

/** Opens a connection to a server on this machine. `send` rejects when the server closes it. */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  socket.on(
    'data',
    answerReader((answer) => {
      const { resolve } = waiting!;
      waiting = undefined;
      resolve(answer);
    }),
  );
  const fail = (error: Error) => waiting?.reject(error);
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the server closed the connection'));
        waiting = { resolve, reject };
        const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/fhir+json\r\n`;
        if (body === undefined) {
          socket.write(`${head}\r\n`);
          return;
        }
        const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
        const full = `${head}Content-Type: application/fhir+json\r\nContent-Length: ${length}\r\n\r\n`;
        if (typeof body === 'string') {
          socket.write(full + body);
          return;
        }
        socket.cork();
        socket.write(full);
        socket.write(body);
        socket.uncork();
      }),
    close: () => socket.destroy(),
  };
}
