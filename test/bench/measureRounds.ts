// Processor time of work that is done in this process, round after round.

/** Rounds for as long as wanted, at least one; microseconds for each of `count`. */
export function measureRounds(round: () => void, seconds: number, count: number) {
  const own = process.threadCpuUsage();
  const all = process.cpuUsage();
  const started = performance.now();
  let rounds = 0;
  do {
    round();
    rounds++;
  } while (performance.now() - started < seconds * 1000);
  const waited = performance.now() - started;
  const total = ({ user, system }: { user: number; system: number }) => (user + system) / rounds / count;
  return {
    own: total(process.threadCpuUsage(own)),
    all: total(process.cpuUsage(all)),
    waited: (waited * 1000) / rounds / count,
    seconds: waited / 1000,
  };
}
