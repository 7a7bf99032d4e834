// The states of referrals as a table: every pair of them, and the rules of dates and of taking back.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  allStates,
  currentEntry,
  type Entry,
  entered,
  firstState,
  nextStates,
  openStates,
  type ReferralKind,
  redated,
  referralStates,
  stateOf,
  takenBack,
} from '../../../server/clinic/care/referralStates.ts';
import { FhirError } from '../../../server/errors.ts';

const NOW = Date.parse('2026-06-15T12:00:00Z');

/** What is allowed, as it was agreed on; everything else is not. */
const allowed: Record<ReferralKind, Record<string, string>> = {
  ct: {
    referred: 'screening eligible ineligible declined cancelled',
    screening: 'eligible ineligible declined cancelled',
    eligible: 'enrolled ineligible declined cancelled',
    enrolled: 'completed withdrawn',
  },
  eap: {
    requested: 'approved refused cancelled',
    approved: 'enrolled cancelled',
    enrolled: 'completed discontinued cancelled',
  },
};
const pairs = (['ct', 'eap'] as const).flatMap((kind) =>
  Object.keys(referralStates[kind]).flatMap((from) =>
    allStates.map((to) => [kind, from, to] as [ReferralKind, string, string]),
  ),
);

const refusal = (act: () => unknown): FhirError => {
  try {
    act();
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('was not refused');
};

describe('every pair of states', () => {
  it.each(pairs)('%s: %s → %s', (kind, from, to) => {
    const entries: Entry[] = [{ status: from, date: '2026-01-01' }];
    const move = () => entered(kind, entries, { status: to }, NOW);
    if ((allowed[kind][from] ?? '').split(' ').includes(to)) {
      expect(currentEntry(move())).toMatchObject({ status: to, date: '2026-06-15' });
      return;
    }
    const { status, message } = refusal(move);
    expect(status).toBe(409);
    expect(message).toContain(`"${from}", and cannot become "${to}"`);
    const next = nextStates(kind, from);
    expect(message).toContain(next.length > 0 ? `it can become ${next.join(', ')}.` : 'that is final');
  });
});

describe('the table', () => {
  it('leads from the first state to every other', () => {
    for (const kind of ['ct', 'eap'] as const) {
      const reached = new Set([firstState(kind)]);
      for (const name of reached) for (const next of nextStates(kind, name)) reached.add(next);
      expect([...reached].sort()).toEqual(Object.keys(referralStates[kind]).sort());
    }
    expect([...openStates].sort()).toEqual(
      Object.values(allowed)
        .flatMap((states) => Object.keys(states))
        .filter((name, i, all) => all.indexOf(name) === i)
        .sort(),
    );
  });

  it('has the codes of the code system', () => {
    const system = JSON.parse(readFileSync('fhir-profiles/code-systems/referral-states.json', 'utf8'));
    const shown = Object.fromEntries(
      system.concept.map(({ code, display }: { code: string; display: string }) => [code, display]),
    );
    for (const kind of ['ct', 'eap'] as const) {
      for (const [name, { display }] of Object.entries(referralStates[kind]))
        expect(shown[name]).toBe(display);
    }
    expect(Object.keys(shown).sort()).toEqual([...allStates].sort());
    expect(system.count).toBe(allStates.length);
    expect(stateOf('ct', 'approved')).toBeUndefined();
    expect(stateOf('ct', 'constructor')).toBeUndefined();
  });
});

describe('dates', () => {
  const begun = entered('ct', [], { status: 'referred', date: '2026-03-10' }, NOW);
  const moved = entered('ct', begun, { status: 'screening', date: '2026-03-20' }, NOW);

  it('are told by whom they are entered, and are today by default', () => {
    expect(begun).toEqual([{ status: 'referred', date: '2026-03-10', recorded: '2026-06-15T12:00:00.000Z' }]);
    expect(currentEntry(entered('ct', begun, { status: 'screening' }, NOW)).date).toBe('2026-06-15');
  });

  it.each([
    ['2026-03-09', 'before 2026-03-10'],
    ['2026-06-17', 'in the future'],
  ])('refuse %s', (date, said) => {
    const { status, message, issues } = refusal(() =>
      entered('ct', begun, { status: 'screening', date }, NOW),
    );
    expect({ status, place: issues[0]!.expression }).toEqual({ status: 422, place: ['#/status_date'] });
    expect(message).toContain(said);
  });

  it('may be the day before which it is already tomorrow for somebody', () => {
    expect(currentEntry(entered('ct', begun, { status: 'screening', date: '2026-06-16' }, NOW)).date).toBe(
      '2026-06-16',
    );
    const early = Date.parse('2026-06-15T01:00:00Z');
    expect(
      refusal(() => entered('ct', begun, { status: 'screening', date: '2026-06-16' }, early)).status,
    ).toBe(422);
  });

  it('pass over states whose date is not known', () => {
    const told: Entry[] = [...begun, { status: 'eligible' }];
    expect(refusal(() => entered('ct', told, { status: 'enrolled', date: '2026-01-01' }, NOW)).status).toBe(
      422,
    );
    expect(currentEntry(entered('ct', told, { status: 'enrolled', date: '2026-04-01' }, NOW)).date).toBe(
      '2026-04-01',
    );
  });

  it('can be corrected between their neighbours', () => {
    expect(redated(moved, moved[0]!, '2026-03-20', NOW, '#/x')[0]!.date).toBe('2026-03-20');
    expect(refusal(() => redated(moved, moved[0]!, '2026-03-21', NOW, '#/x')).message).toContain(
      'after 2026-03-20',
    );
    expect(refusal(() => redated(moved, moved[1]!, '2026-03-09', NOW, '#/x')).message).toContain(
      'before 2026-03-10',
    );
  });
});

describe('taking back', () => {
  it('leads to the state before, once', () => {
    const begun = entered('eap', [], { status: 'requested', date: '2026-03-10' }, NOW);
    const moved = entered('eap', begun, { status: 'refused', date: '2026-03-20', reason: 'No' }, NOW);
    const back = takenBack(moved, { status: 'refused', reason: 'Typo' }, NOW);
    expect(currentEntry(back).status).toBe('requested');
    expect(back[1]).toMatchObject({ status: 'refused', undone_reason: 'Typo' });
    expect(refusal(() => takenBack(back, { status: 'refused', reason: 'Typo' }, NOW)).status).toBe(409);
    expect(refusal(() => takenBack(back, { status: 'requested', reason: 'Typo' }, NOW)).message).toContain(
      'delete it',
    );
    // What was taken back stands in no date's way.
    expect(currentEntry(entered('eap', back, { status: 'approved', date: '2026-03-11' }, NOW)).status).toBe(
      'approved',
    );
  });
});
