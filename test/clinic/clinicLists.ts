// The acceptance data, as it stands, and what tests do with a clinic's lists over HTTP.
import { type Answer, send, type TestServer } from '../support/testServer.ts';

export const patientList = `first_name, last_name, birth_date, email, id
Jose, Villalobos, 1955-04-10, pepe@ejemplo.com, 1
Jessica, Ramirez, 1971-07-01, jessica@ejemplo.com, 2
Diana Laura, Del Toro, 1988-08-29, diana@ejemplo.com, 3
Jorge Alberto, Trevino, 1990-05-05, jorge@ejemplo.com, 4
`;
export const studyList = `urgency_level, body_part, description, type, patient_id
HIGH, STOMACH, NO FINDINGS, XRAY, 1
HIGH, NECK, NORMAL THYROID, XRAY, 1
LOW, CHEST, UNUSUAL RATIO, XRAY, 2
MID, BREASTS, HIGH DENSITY ON LEFT SIDE, MAMMOGRAM, 3
`;

/** As an export writes it: no blanks after commas, CRLF. */
export const exported = (list: string): string => list.replaceAll(', ', ',').replaceAll('\n', '\r\n');

export const api = ({ base }: TestServer): string => base.replace('/fhir/R4', '/api/v1');

export const importList = (
  server: TestServer,
  list: 'patients' | 'studies',
  body: string | Buffer,
  query = '',
): Promise<Answer> => post(`${api(server)}/import/${list}${query}`, body);

async function post(url: string, body: string | Buffer): Promise<Answer> {
  const response = await fetch(url, {
    ...{ method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body) },
    headers: { 'content-type': 'text/csv' },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

export const exportList = async (server: TestServer, list: string): Promise<string> =>
  (await send('GET', `${api(server)}/export/${list}.csv`)).text;
