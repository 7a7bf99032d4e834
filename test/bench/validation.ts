// How long it takes to validate a resource against the base specification, invariants included, without anything else: the
// server's own validator on Synthea resources, in this process and warm. The floor is parsing the same texts.
import { join } from 'node:path';
import { loadSpecification } from '../../server/specification.ts';
import { createStructureValidator } from '../../server/validation/createStructureValidator.ts';
import { type Corpus, resourceTexts } from './corpus.ts';
import { measureRounds } from './measureRounds.ts';
import { number } from './report.ts';
import type { Result } from './result.ts';

const RESOURCES = 20_000;
const WARM_UP_ROUNDS = 3;

/** Mean time for a resource of the Synthea sets. */
export async function validation(corpus: Corpus, seconds: number): Promise<Result> {
  const files = [...corpus.info, ...corpus.patients];
  const texts = files
    .values()
    .flatMap((file) => resourceTexts(file).values())
    .take(RESOURCES)
    .toArray();
  const resources = texts.map((text) => JSON.parse(text) as { resourceType: string });
  const { definitions, validator } = await loadSpecification(join(corpus.folder, '../specification'));
  const { validate } = validator;
  const failures = resources.filter((resource) => validate(resource).length > 0).length;
  const gate = createStructureValidator(definitions);
  const all = (some: typeof resources) => () => {
    for (const resource of some) validate(resource);
  };
  const round = all(resources);
  for (let n = 0; n < WARM_UP_ROUNDS; n++) round();
  const whole = measureRounds(round, seconds / 3, resources.length);
  const structure = measureRounds(() => resources.forEach(gate.validate), seconds / 6, resources.length);
  const parsing = measureRounds(
    () => {
      for (const text of texts) JSON.parse(text);
    },
    seconds / 6,
    resources.length,
  );
  const types = [...Map.groupBy(resources, ({ resourceType }) => resourceType)].map(([type, some]) => ({
    type,
    share: some.length / resources.length,
    cost: measureRounds(all(some), 0, some.length).own,
  }));
  return {
    workload: 'validation',
    title: 'validation against the base specification',
    unit: 'µs a resource',
    figure: whole.own,
    target: { most: 60 },
    floor: { what: 'JSON.parse of the same texts', figures: [{ rate: parsing.own, cpu: undefined }] },
    seconds: whole.seconds,
    failures,
    notes: [
      `processor time of the thread; ${number(whole.all)} µs with the other threads of the process, ${number(whole.waited)} µs by the clock; the structural gate alone ${number(structure.own)} µs`,
      `by type: ${types
        .toSorted((a, b) => b.share * b.cost - a.share * a.cost)
        .slice(0, 8)
        .map(({ type, share, cost }) => `${type} ${number(cost)} µs (${Math.round(share * 100)} %)`)
        .join(', ')}`,
    ],
  };
}
