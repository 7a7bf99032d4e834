// A listener to GET /api/v1/alerts/stream (server-sent events) that notes what arrives and when.
import { get } from 'node:http';
import { onEnd } from './processes.ts';

/** An event as it came. */
export interface Arrival {
  /** seconds of `process.hrtime` */
  at: number;
  kind: string;
  /** id of the Patient */
  patient: string;
  alert: string;
}

export interface AlertListener {
  arrivals: Arrival[];
  /** why the stream ended, if it did */
  ended?: string;
  close(): Promise<void>;
}

/** Connects, and resolves when the server has begun to answer. @throws Error when it refuses */
export function listenToAlerts(port: number): Promise<AlertListener> {
  return new Promise((resolve, reject) => {
    const request = get(
      {
        ...{ host: '127.0.0.1', port, agent: false, path: '/api/v1/alerts/stream' },
        headers: { accept: 'text/event-stream' },
      },
      (response) => {
        const listener: AlertListener = {
          arrivals: [],
          close: onEnd('a listener to alerts', () => void request.destroy()),
        };
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          const at = Number(process.hrtime.bigint()) / 1e9;
          text += chunk;
          for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
            const arrival = arrivalOf(text.slice(0, end), at);
            if (arrival) listener.arrivals.push(arrival);
            text = text.slice(end + 2);
          }
        });
        response.on('error', (error) => {
          listener.ended ??= error.message;
        });
        response.on('end', () => {
          listener.ended ??= 'the server ended the stream';
        });
        if (response.statusCode === 200) resolve(listener);
        else reject(new Error(`the stream of alerts is answered with ${response.statusCode}`));
      },
    );
    request.on('error', reject);
  });
}

function arrivalOf(block: string, at: number): Arrival | undefined {
  const data = /^data: ?(.*)$/m.exec(block)?.[1];
  if (data === undefined) return undefined;
  const { kind, alert } = JSON.parse(data) as {
    kind: string;
    alert: { id: string; patient: { id: string } };
  };
  return { at, kind, patient: alert.patient.id, alert: alert.id };
}
