// A client of server-sent events for tests: reads a stream by the rules of the HTML Living Standard, section 9.2.6.
import { get, type IncomingMessage } from 'node:http';

export interface ReceivedEvent {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
  data: any;
}

export interface EventListener {
  status: number;
  headers: IncomingMessage['headers'];
  /** the id that this client would connect again with */
  lastId(): string;
  /** all that was received, as it came */
  raw(): string;
  events: ReceivedEvent[];
  /** settles when this holds */
  until(condition: () => boolean): Promise<void>;
  /** settles when the server or the client has ended the stream */
  ended: Promise<void>;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Connects; the stream is open when this settles. */
export async function listenTo(url: string, headers: Record<string, string> = {}): Promise<EventListener> {
  const request = get(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  const events: ReceivedEvent[] = [];
  const waiting = new Set<() => void>();
  let received = '';
  let rest = '';
  let lastId = '';
  let over = false;
  const dispatch = (block: string) => {
    const fields = new Map(
      block
        .split('\n')
        .filter((line) => !line.startsWith(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
    );
    lastId = fields.get('id') ?? lastId;
    const data = fields.get('data');
    if (data !== undefined) {
      events.push({ id: lastId, event: fields.get('event') ?? 'message', data: JSON.parse(data) });
    }
  };
  response.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) dispatch(block);
    for (const look of waiting) look();
  });
  const ended = new Promise<void>((resolve) => {
    response.once('close', () => {
      over = true;
      for (const look of waiting) look();
      resolve();
    });
  });
  return {
    status: response.statusCode!,
    headers: response.headers,
    lastId: () => lastId,
    raw: () => received,
    events,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (condition()) resolve();
          else if (over) reject(new Error('The stream ended'));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    ended,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void request.destroy(),
  };
}
