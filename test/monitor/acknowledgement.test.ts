// Clinicians acknowledge alerts: through FHIR, and as the clinic API does; wards have policies of their own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { admit, create, found, reading, untilFollowedUp, untilShipped } from './ward.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  await untilShipped(server);
  await send('PUT', `${server.base}/Practitioner/nurse`, { resourceType: 'Practitioner', id: 'nurse' });
});
afterAll(() => server.stop());

async function alarmed(patient: string): Promise<{ flag: Json; issue: Json }> {
  await admit(server, patient);
  await create(server, reading(patient, 'pulse', 190, 2));
  await untilFollowedUp(server);
  const [flag] = await found(server, `Flag?patient=${patient}`);
  const [issue] = await found(server, `DetectedIssue?patient=${patient}`);
  return { flag: flag!, issue: issue! };
}

describe('an alert acknowledged through FHIR', () => {
  const mitigation = {
    action: { text: 'Seen, bloods taken' },
    date: '2026-01-31T10:00:00Z',
    author: { reference: 'Practitioner/nurse' },
  };

  it('is acknowledged in its Flag, its row and for listeners, and stays so with further readings', async () => {
    const { flag, issue } = await alarmed('seen');
    expect(JSON.stringify(flag.extension)).toContain('"valueBoolean":false');
    const { status } = await send('PUT', `${server.base}/DetectedIssue/${issue.id}`, {
      ...issue,
      mitigation: [mitigation],
    });
    expect(status).toBe(200);
    await untilFollowedUp(server);
    const [after] = await found(server, 'Flag?patient=seen');
    expect(JSON.stringify(after!.extension)).toContain('"valueBoolean":true');
    expect(JSON.stringify(after!.extension)).toContain('Seen, bloods taken');
    const events = await queryRows<{ kind: string }>(
      server.databaseUrl,
      'SELECT kind FROM alert_event ORDER BY seq',
    );
    expect(events.map(({ kind }) => kind)).toEqual(['raise', 'acknowledge']);
    for (const minutes of [1, 0]) await create(server, reading('seen', 'pulse', 75, minutes));
    await untilFollowedUp(server);
    const [ended] = await found(server, 'DetectedIssue?patient=seen');
    expect(ended).toMatchObject({
      status: 'final',
      mitigation: [{ date: mitigation.date, author: mitigation.author }],
    });
  });

  it.each<[string, Record<string, unknown>, string[], RegExp]>([
    ['no author', { author: undefined }, ['author'], /^An acknowledgement needs author: a reference to a Pr/],
    ['only a name', { author: { display: 'The nurse' } }, ['author'], /^An acknowledgement needs author/],
    ['no date', { date: undefined }, ['date'], /^An acknowledgement needs date: with time and zone/],
    ['neither', { author: undefined, date: undefined }, ['author', 'date'], /needs author/],
    ['a date without time', { date: '2026-01-31' }, ['date'], /"2026-01-31" is no instant/],
    ['a long text', { action: { text: 'x'.repeat(2_001) } }, ['action.text'], /^A note has 1 to 2000/],
  ])('is refused with %s, and says what to add', async (kind, wrong, elements, message) => {
    const { issue } = await alarmed(kind.replaceAll(' ', '-'));
    const body = { ...issue, mitigation: [mitigation, { ...mitigation, ...wrong }] };
    const answer = await send('PUT', `${server.base}/DetectedIssue/${issue.id}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.issue.map(({ expression }: Json) => expression)).toEqual(
      elements.map((element) => [`DetectedIssue.mitigation[1].${element}`]),
    );
    expect(answer.body.issue[0].diagnostics).toMatch(message);
  });

  it('is refused where the author is none who could', async () => {
    const { issue } = await alarmed('unsigned');
    const body = { ...issue, mitigation: [{ ...mitigation, author: { reference: 'Patient/unsigned' } }] };
    const answer = await send('PUT', `${server.base}/DetectedIssue/${issue.id}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.issue[0].diagnostics).toMatch(/acknowledge an alert|not allowed here/);
  });
});
