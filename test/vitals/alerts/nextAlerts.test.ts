// What readings do to alerts: one at a time, in any order, and corrected.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { acknowledge } from '../../../server/vitals/alerts/acknowledge.ts';
import type { Finding } from '../../../server/vitals/alerts/finding.ts';
import { nextAlerts } from '../../../server/vitals/alerts/nextAlerts.ts';
import { leftOut } from '../../../server/vitals/alerts/tracks.ts';
import { trendSystem } from '../../../server/vitals/codeSystems.ts';
import { at, corrected, createWard, now, openOf, policy, reading, score } from './support.ts';

const kindsOf = (changes: { kind: string; announce: boolean }[]) =>
  changes.map(({ kind, announce }) => `${kind}${announce ? '' : ' (quiet)'}`);

describe('nextAlerts, readings in their order', () => {
  it('raises once, counts what repeats, and says so again when the suppression window has passed', () => {
    const ward = createWard();
    expect(kindsOf(ward.arrive(reading('a', 0, 'HH')))).toEqual(['raise']);
    expect(kindsOf(ward.arrive(reading('b', 10, 'HH')))).toEqual(['repeat (quiet)']);
    expect(kindsOf(ward.arrive(reading('c', 30, 'LL')))).toEqual(['repeat (quiet)']);
    expect(kindsOf(ward.arrive(reading('d', 31, 'HH')))).toEqual(['repeat']);
    expect(kindsOf(ward.arrive(reading('e', 40, 'HH')))).toEqual(['repeat (quiet)']);
    expect(ward.active()).toMatchObject([
      { raised: 5, severity: 'high', start: at(0), rule: 'critical-value' },
    ]);
  });

  it.each<Finding['interpretation']>(['L', 'N', 'H', 'A', undefined])(
    'raises nothing for %s',
    (interpretation) => {
      expect(createWard().arrive(reading('a', 0, interpretation))).toEqual([]);
    },
  );

  it('escalates when a reading is more severe, though the window has not passed', () => {
    const ward = createWard();
    expect(kindsOf(ward.arrive(score('a', 0, 'low-medium')))).toEqual(['raise']);
    expect(kindsOf(ward.arrive(score('b', 1, 'medium')))).toEqual(['repeat (quiet)']);
    expect(kindsOf(ward.arrive(score('c', 2, 'high')))).toEqual(['escalate']);
    expect(kindsOf(ward.arrive(score('d', 3, 'medium')))).toEqual(['repeat (quiet)']);
    expect(ward.active()).toMatchObject([{ severity: 'high', rule: 'score-high', worst: { band: 'high' } }]);
  });

  it('resolves after two normal readings in a row, at the time of the second', () => {
    const ward = createWard();
    ward.arrive(reading('a', 0, 'HH'));
    expect(kindsOf(ward.arrive(reading('b', 5, 'N')))).toEqual(['count (quiet)']);
    expect(kindsOf(ward.arrive(reading('c', 10, 'H')))).toEqual(['count (quiet)']);
    expect(kindsOf(ward.arrive(reading('d', 15, 'N')))).toEqual(['count (quiet)']);
    expect(kindsOf(ward.arrive(reading('e', 20, undefined)))).toEqual(['count (quiet)']);
    ward.arrive(reading('f', 25, 'N'));
    expect(kindsOf(ward.arrive(reading('g', 30, 'N')))).toEqual(['resolve']);
    expect(ward.alerts()).toMatchObject([{ status: 'resolved', end: at(30) }]);
  });

  it('resolves a score by one below what raises', () => {
    const ward = createWard();
    ward.arrive(score('a', 0, 'high'));
    expect(kindsOf(ward.arrive(score('b', 5, 'low')))).toEqual(['resolve']);
  });

  it('resolves a trend when it holds no longer', () => {
    const ward = createWard();
    const code = `${trendSystem}|weight-loss-month`;
    const numbers = { kind: 'change-percent', change: -6, threshold: -5, unit: 'kg', value: 66 } as const;
    const trend = { ...numbers, rule: 'weight-loss-month', from: 0, to: at(0), readings: 2 };
    expect(ward.arrive(reading('a', 0, undefined, { code, trend }))).toMatchObject([
      { kind: 'raise', alert: { severity: 'moderate', rule: 'weight-loss-month' } },
    ]);
    expect(kindsOf(ward.arrive(reading('b', 60, undefined, { code, trend: 'none' })))).toEqual(['resolve']);
  });

  it('reopens the same alert within the suppression window, and raises another after it', () => {
    const ward = createWard();
    const { alert } = ward.arrive(reading('a', 0, 'HH'))[0]!;
    ward.arrive(reading('b', 1, 'N'), reading('c', 2, 'N'));
    expect(ward.arrive(reading('d', 30, 'HH'))).toMatchObject([
      { kind: 'reopen', alert: { id: alert.id, raised: 2 } },
    ]);
    ward.arrive(reading('e', 31, 'N'), reading('f', 32, 'N'));
    const [next] = ward.arrive(reading('g', 61, 'HH'));
    expect(next).toMatchObject({ kind: 'raise', alert: { raised: 1, start: at(61) } });
    expect(next!.alert.id).not.toBe(alert.id);
  });

  it('keeps patients and codes apart', () => {
    const ward = createWard();
    ward.arrive(
      reading('a', 0, 'HH'),
      reading('b', 0, 'HH', { patient: 'Patient/2' }),
      score('c', 0, 'high'),
    );
    expect(ward.active()).toHaveLength(3);
    expect(new Set(ward.active().map(({ id }) => id)).size).toBe(3);
  });
});

describe('nextAlerts, readings out of order and corrected', () => {
  it('does not let a late normal reading resolve what is newer', () => {
    const ward = createWard();
    const { alert } = ward.arrive(reading('c', 30, 'HH'))[0]!;
    expect(ward.arrive(reading('a', 10, 'N'), reading('b', 20, 'N'))).toEqual([]);
    expect(ward.active()).toMatchObject([{ id: alert.id }]);
  });

  it('keeps an alert on when late normal readings cut off its beginning', () => {
    const ward = createWard();
    const { alert } = ward.arrive(reading('a', 0, 'HH'))[0]!;
    ward.arrive(reading('d', 60, 'HH'));
    expect(kindsOf(ward.arrive(reading('b', 5, 'N'), reading('c', 6, 'N')))).toEqual(['withdraw']);
    expect(ward.alerts()).toMatchObject([{ id: alert.id, status: 'active', start: at(60), raised: 1 }]);
  });

  it('knows the readings of a part that was cut off when it belongs again', () => {
    const ward = createWard();
    const between = score('c', 21, 'low');
    ward.arrive(score('b', 7, 'medium'), score('d', 77, 'high'));
    ward.arrive(between, score('a', 1, 'medium'));
    expect(ward.active()).toMatchObject([{ start: at(77), raised: 1 }]);
    ward.arrive(corrected(between, { withdrawn: true }));
    expect(ward.active()).toMatchObject([{ start: at(1), raised: 3 }]);
  });

  it.each([
    ['into the future', 13 * 60],
    ['to the day before yesterday', -2 * 24 * 60],
  ])('withdraws an alert whose reading was moved %s', (_name, minute) => {
    const ward = createWard();
    const finding = reading('a', 0, 'HH');
    ward.arrive(finding);
    expect(kindsOf(ward.arrive(corrected(finding, { time: at(minute) })))).toEqual(['withdraw']);
    expect(ward.active()).toEqual([]);
  });

  it('corrects the end of a resolved alert by a normal reading that arrives late', () => {
    const ward = createWard();
    ward.arrive(reading('a', 0, 'HH'), reading('c', 10, 'N'), reading('d', 20, 'N'));
    expect(kindsOf(ward.arrive(reading('b', 5, 'N')))).toEqual(['count (quiet)']);
    expect(ward.alerts()).toMatchObject([{ status: 'resolved', end: at(10) }]);
  });

  it('records a late critical reading that newer ones have ended', () => {
    const ward = createWard();
    expect(ward.arrive(reading('b', 10, 'N'), reading('c', 20, 'N'))).toEqual([]);
    expect(kindsOf(ward.arrive(reading('a', 0, 'HH')))).toEqual(['raise', 'resolve']);
    expect(ward.alerts()).toMatchObject([{ status: 'resolved', start: at(0), end: at(20) }]);
    expect(ward.arrive(reading('a', 0, 'HH'))).toEqual([]);
  });

  it('withdraws an alert whose only reading is withdrawn, and revives it by a further correction', () => {
    const ward = createWard();
    const first = reading('a', 0, 'HH');
    const { alert } = ward.arrive(first)[0]!;
    const gone = corrected(first, { withdrawn: true });
    expect(ward.arrive(gone)).toMatchObject([
      { kind: 'withdraw', announce: true, alert: { status: 'withdrawn' } },
    ]);
    expect(ward.arrive(corrected(gone, { withdrawn: undefined }))).toMatchObject([
      { kind: 'raise', alert: { id: alert.id, status: 'active' } },
    ]);
  });

  it('keeps an alert that rests on other readings, with what they say', () => {
    const ward = createWard();
    const worst = score('b', 5, 'high');
    ward.arrive(score('a', 0, 'medium'), worst, score('c', 10, 'medium'));
    expect(ward.active()).toMatchObject([{ severity: 'high', raised: 3 }]);
    expect(kindsOf(ward.arrive(corrected(worst, { withdrawn: true })))).toEqual(['withdraw']);
    expect(ward.active()).toMatchObject([{ severity: 'moderate', raised: 2, worst: { band: 'medium' } }]);
  });

  it('reopens an alert when a reading that ended it is withdrawn', () => {
    const ward = createWard();
    const normal = reading('c', 6, 'N');
    ward.arrive(reading('a', 0, 'HH'), reading('b', 5, 'N'), normal);
    expect(ward.active()).toEqual([]);
    expect(kindsOf(ward.arrive(corrected(normal, { withdrawn: true })))).toEqual(['reopen']);
    expect(ward.active()).toHaveLength(1);
  });

  it('joins two alerts when what lay between them is withdrawn', () => {
    const ward = createWard();
    const normal = reading('c', 6, 'N');
    ward.arrive(reading('a', 0, 'HH'), reading('b', 5, 'N'), normal);
    ward.arrive(reading('d', 60, 'HH'));
    expect(kindsOf(ward.arrive(corrected(normal, { withdrawn: true })))).toEqual([
      'withdraw (quiet)',
      'repeat (quiet)',
    ]);
    expect(ward.active()).toMatchObject([{ start: at(0), raised: 2 }]);
  });

  it('keeps acknowledgements through later readings', () => {
    const ward = createWard();
    const { alert } = ward.arrive(score('a', 0, 'medium'))[0]!;
    ward.keep(acknowledge(alert, { who: 'Practitioner/1', when: '2026-01-31T00:01:00Z' }));
    ward.arrive(score('b', 5, 'high'));
    expect(ward.active()).toMatchObject([
      { acknowledgements: [{ who: 'Practitioner/1', severity: 'moderate' }] },
    ]);
  });

  it('refuses to judge an alert without the readings it rests on', () => {
    const ward = createWard();
    ward.arrive(reading('a', 10, 'HH'));
    expect(() => nextAlerts(ward.alerts(), [reading('b', 0, 'HH')], policy, now)).toThrow(
      /Observation\/a is missing/,
    );
  });

  it.each<[string, number, string | undefined]>([
    ['just young enough', -12 * 60, undefined],
    ['too old', -12 * 60 - 1, 'too-old'],
    ['of a clock ahead', 12 * 60 + 10, undefined],
    ['in the future', 12 * 60 + 11, 'future'],
  ])('looks at a reading that is %s accordingly', (_name, minute, why) => {
    const finding = reading('a', minute, 'HH');
    expect(leftOut(finding, policy, now)).toBe(why);
    expect(createWard().arrive(finding)).toHaveLength(why === undefined ? 1 : 0);
  });

  it('lets later readings end an alert however long it has been on', () => {
    const day = 24 * 60;
    const early = createWard(policy, at(0));
    early.arrive(reading('a', 0, 'HH'));
    const later = createWard(policy, at(3 * day));
    early.alerts().forEach(later.keep);
    later.arrive(reading('b', 3 * day - 2, 'N'));
    expect(kindsOf(later.arrive(reading('c', 3 * day - 1, 'N')))).toEqual(['resolve']);
  });
});

describe('nextAlerts, whatever the order', () => {
  const finding = fc.record({
    minute: fc.integer({ min: 0, max: 120 }),
    interpretation: fc.constantFrom<Finding['interpretation']>(
      'LL',
      'L',
      'N',
      'N',
      'N',
      'H',
      'HH',
      undefined,
    ),
    band: fc.constantFrom<Finding['band']>('low', 'low', 'low-medium', 'medium', 'high'),
    scored: fc.boolean(),
    patient: fc.constantFrom('Patient/1', 'Patient/2'),
    wards: fc.constantFrom(undefined, ['Location/quick']),
    correction: fc.option(
      fc.oneof(
        fc.constant({ withdrawn: true as const }),
        fc.integer({ min: 0, max: 120 }).map((minute) => ({ time: at(minute) })),
        fc.constantFrom(
          { interpretation: 'N' as const, band: 'low' as const },
          {
            interpretation: 'HH' as const,
            band: 'high' as const,
          },
        ),
      ),
      { nil: undefined, freq: 3 },
    ),
  });
  const quick = { ...policy.general, suppressionMinutes: 5, resolve: { ...policy.general.resolve } };
  quick.resolve.value = { readings: 1, when: 'below' };
  const rules = { ...policy, wards: { 'Location/quick': quick } };

  /** Readings with their corrections, which come some time after them. */
  const story = fc.array(finding, { minLength: 1, maxLength: 14 }).map((drawn) =>
    drawn.flatMap(({ minute, interpretation, band, scored, patient, wards, correction }, index) => {
      const place = { patient, ...(wards ? { wards } : {}) };
      const first = scored
        ? score(`s${index}`, minute, band, place)
        : reading(`r${index}`, minute, interpretation, place);
      if (!correction) return [first];
      const {
        interpretation: result,
        band: reached,
        ...rest
      } = { interpretation: undefined, band: undefined, ...correction };
      const said = result === undefined ? {} : scored ? { band: reached } : { interpretation: result };
      return [first, corrected(first, { ...rest, ...said })];
    }),
  );
  const arrivals = story.chain((findings) =>
    fc.tuple(
      fc.shuffledSubarray(findings, { minLength: findings.length, maxLength: findings.length }),
      fc.infiniteStream(fc.integer({ min: 1, max: 3 })),
    ),
  );

  it('leaves the same alerts open, as severe and with the same readings', () => {
    fc.assert(
      fc.property(arrivals, ([findings, sizes]) => {
        const piecemeal = createWard(rules);
        for (let start = 0; start < findings.length; ) {
          const size = sizes.next().value as number;
          piecemeal.arrive(...findings.slice(start, start + size));
          start += size;
        }
        const atOnce = createWard(rules);
        atOnce.arrive(...findings);
        expect(openOf(piecemeal.alerts())).toEqual(openOf(atOnce.alerts()));
        const tracks = piecemeal.active().map(({ patient, code }) => `${patient} ${code}`);
        expect(new Set(tracks).size).toBe(tracks.length);
      }),
      { numRuns: 1500 },
    );
  });

  it('changes nothing when asked again with all readings', () => {
    fc.assert(
      fc.property(arrivals, ([findings]) => {
        const ward = createWard(rules);
        for (const one of findings) ward.arrive(one);
        expect(nextAlerts(ward.alerts(), ward.readings(), rules, now)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with a recount of each patient and code from the rules in words', () => {
    const values = fc.array(fc.constantFrom<Finding['interpretation']>('HH', 'H', 'N', 'N', 'LL'), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(values, (sequence) => {
        const ward = createWard();
        sequence.forEach((value, index) => void ward.arrive(reading(`r${index}`, index, value)));
        const lastRaising = sequence.findLastIndex((value) => value === 'HH' || value === 'LL');
        const after = sequence.slice(lastRaising + 1).map((value) => (value === 'N' ? 'N' : '-'));
        const open = lastRaising >= 0 && !after.join('').includes('NN');
        expect(ward.active()).toHaveLength(open ? 1 : 0);
      }),
    );
  });
});
