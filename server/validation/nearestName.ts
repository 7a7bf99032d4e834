// "Did you mean …?": the known name that a misspelt one is closest to.

/** The candidate closest to `name`, if one is close enough to be meant: letter case and separators count for little. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  const plain = simplified(name);
  // One mistake in a short name, up to four in a long one, none in a code of one or two letters.
  let closest = plain.length < 3 ? 1 : Math.min(4, Math.max(1, Math.floor(plain.length / 4))) + 1;
  let nearest: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > closest + 2) continue;
    const distance = editDistance(plain, simplified(candidate));
    if (distance < closest) {
      closest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

function simplified(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = last[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      let cost = Math.min(current[column - 1] + 1, last[column] + 1, replaced);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, beforeLast[column - 2] + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length];
}
