// Names and contact points of somebody who is known and sends a form: what is shown then, and that nothing is lost.
import { describe, expect, it } from '@jest/globals';
import { namesSaidAgain, pointsSaidAgain } from '../../../server/clinic/people/saidAgain.ts';

const name = (given: string, family: string, use = 'official') => ({ use, family, given: given.split(' ') });
const email = (value: string, use?: string) => ({ system: 'email', value, ...(use && { use }) });

describe('namesSaidAgain', () => {
  const known = name('Eva', 'Luna');
  it.each<[what: string, older: object[], said: ReturnType<typeof name>, lead: object[], patient: object[]]>([
    ['the same', [known], name('EVA', 'Luna'), [known], [known]],
    ['less of it', [known], name('Luna', 'Eva'), [known], [known]],
    [
      'a slip',
      [known],
      name('Eav', 'Luna'),
      [known, name('Eav', 'Luna', 'usual')],
      [known, name('Eav', 'Luna', 'usual')],
    ],
    [
      'more of it',
      [known],
      name('Eva', 'Luna Sol'),
      [name('Eva', 'Luna Sol'), name('Eva', 'Luna', 'old')],
      [known, name('Eva', 'Luna Sol', 'usual')],
    ],
    [
      'another last name',
      [known],
      name('Eva', 'Gil'),
      [name('Eva', 'Gil'), name('Eva', 'Luna', 'old')],
      [known, name('Eva', 'Gil', 'usual')],
    ],
    [
      'more of it, beside a slip',
      [known, name('Eav', 'Luna', 'usual')],
      name('Eva', 'Luna Sol'),
      [name('Eva', 'Luna Sol'), name('Eva', 'Luna', 'old'), name('Eav', 'Luna', 'usual')],
      [known, name('Eav', 'Luna', 'usual'), name('Eva', 'Luna Sol', 'usual')],
    ],
    [
      'a former one',
      [known, name('Eva', 'Gil', 'old')],
      name('Eva', 'Gil'),
      [known, name('Eva', 'Gil', 'old')],
      [known, name('Eva', 'Gil', 'old')],
    ],
    ['the first', [], known, [known], [known]],
  ])('%s', (_what, older, said, lead, patient) => {
    expect(namesSaidAgain(older, said, 'lead')).toEqual(lead);
    expect(namesSaidAgain(older, said, 'patient')).toEqual(patient);
  });
});

describe('pointsSaidAgain', () => {
  const [home, work] = [email('h@x', 'home'), email('w@x', 'work')];
  it.each<[what: string, older: object[], said: string, lead: object[], patient: object[]]>([
    ['the first', [], 'a@x', [email('a@x')], [email('a@x')]],
    ['the one that is shown', [home, work], 'H@x', [home, work], [home, work]],
    ['another that is known', [home, work], 'w@x', [work, home], [home, work]],
    ['a new one', [email('a@x')], 'b@x', [email('b@x'), email('a@x', 'old')], [email('a@x'), email('b@x')]],
    ['a new one beside uses', [home, work], 'b@x', [email('b@x'), home, work], [home, work, email('b@x')]],
    [
      'a former one',
      [email('a@x'), email('b@x', 'old')],
      'b@x',
      [email('b@x'), email('a@x')],
      [email('a@x'), email('b@x', 'old')],
    ],
    [
      'one that was in use twice',
      [email('a@x', 'old'), email('b@x'), email('a@x', 'work')],
      'a@x',
      [email('a@x', 'work'), email('a@x', 'old'), email('b@x')],
      [email('a@x', 'old'), email('b@x'), email('a@x', 'work')],
    ],
  ])('%s', (_what, older, said, lead, patient) => {
    expect(pointsSaidAgain(older, [email(said)], 'lead')).toEqual(lead);
    expect(pointsSaidAgain(older, [email(said)], 'patient')).toEqual(patient);
  });
});
