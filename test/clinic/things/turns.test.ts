// Requests that have lost a race take turns: those about the same go one after the other, in their order, others do not wait.
import { expect, it } from '@jest/globals';
import type { Plan } from '../../../server/clinic/things/planThings.ts';
import { takeTurn } from '../../../server/clinic/things/turns.ts';
import type { Services } from '../../../server/services.ts';

const services = {} as Services;
const plan = (...names: string[]): Plan[] => [
  {
    ...{ id: 'x', op: 'create', at: '#', isNew: true, named: [], requests: [] },
    seen: names.map((query) => ({ type: 'Patient', query, ids: [] })),
  },
];

it('takes turns for each name, and waits for nobody else', async () => {
  const order: string[] = [];
  const take = async (name: string, ...names: string[]) => {
    const turn = await takeTurn(services, plan(...names));
    order.push(name);
    return turn;
  };
  const first = await take('first', 'a', 'b');
  const second = take('second', 'b', 'c');
  const third = take('third', 'c', 'a');
  const apart = await take('apart', 'd');
  expect(order).toEqual(['first', 'apart']);
  first.end();
  (await second).end();
  (await third).end();
  apart.end();
  expect(order).toEqual(['first', 'apart', 'second', 'third']);
  await take('again', 'a', 'b', 'c', 'd');
  expect(order.at(-1)).toBe('again');
});
