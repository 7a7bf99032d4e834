// All families of conditions, in the order in which they are tried: a family named by another's
// `after` stands before it.
import type { Family } from '../family.ts';
import { breathing } from './breathing.ts';
import { circulation } from './circulation.ts';
import { heart } from './heart.ts';
import { infections } from './infections.ts';
import { injuries } from './injuries.ts';
import { oncology } from './oncology.ts';
import { pregnancy } from './pregnancy.ts';

export const families: readonly Family[] = [
  ...oncology,
  ...circulation,
  ...heart,
  ...breathing,
  ...pregnancy,
  ...injuries,
  ...infections,
];
