// A trend rule out of the extension salus-alert-trend of a policy's action.
import type { FhirError } from '../../errors.ts';
import type { Baseline, TrendRule } from '../trends/trendRule.ts';
import { arrayOf, extensionsOf, type Json, minutesOf, numberAt, oneOf, textAt } from './planElements.ts';

const KINDS = ['change', 'change-percent', 'slope', 'sustained'] as const;
const BASELINES = ['first', 'extreme', 'median', 'mean'] as const;
/** Two years: further back a patient's own baseline is somebody else's. */
const LONGEST = 2 * 366 * 24 * 60;

/**
 * The rule of an action with this name and title.
 * @throws what `report` makes of the reason it cannot be used
 */
export function readTrend(
  extension: Json,
  name: string,
  title: string,
  report: (why: string) => FhirError,
): TrendRule {
  const kind = oneOf(textAt(extension, 'kind'), KINDS, 'trend kind', report);
  const codes = extensionsOf(extension, 'code').flatMap(({ valueCoding }) => {
    const { system, code } = (valueCoding ?? {}) as Json;
    return typeof system === 'string' && typeof code === 'string' ? [`${system}|${code}`] : [];
  });
  if (codes.length === 0) throw report('a trend names the code of its readings, with a system');
  const threshold = numberAt(extension, 'threshold');
  if (!threshold) throw report('a trend needs a threshold other than 0: negative for a fall');
  const unit = textAt(extension, 'unit');
  if (!unit) throw report('a trend needs the unit of its readings, a UCUM code');
  const window = minutesOf(extension, 'window', { least: 1, most: LONGEST }, report);
  if (window === undefined) throw report('a trend needs a window');
  const fewest = kind === 'sustained' ? 1 : 2;
  const minimumReadings = numberAt(extension, 'readings') ?? fewest;
  if (minimumReadings < fewest || minimumReadings > 1000) {
    throw report(`readings of a trend of this kind are ${fewest} to 1000`);
  }
  const baseline = kind === 'slope' ? undefined : readBaseline(extension, report);
  if (kind === 'sustained' && !baseline?.hours) {
    throw report('a sustained trend needs a baseline of its own: median or mean of a time before the window');
  }
  return {
    ...{ name, title, codes, kind, threshold, unit, windowHours: window / 60, minimumReadings },
    ...(baseline ? { baseline } : {}),
  };
}

function readBaseline(extension: Json, report: (why: string) => FhirError): Baseline | undefined {
  const found = arrayOf(extension.extension).find(({ url }) => url === 'baseline');
  if (!found) return undefined;
  const kind = oneOf(textAt(found, 'kind'), BASELINES, 'baseline kind', report);
  const period = minutesOf(found, 'period', { least: 1, most: LONGEST }, report);
  const own = kind === 'median' || kind === 'mean';
  if (own && period === undefined)
    throw report(`a baseline that is a ${kind} needs a period before the window`);
  const minimumReadings = numberAt(found, 'readings');
  return {
    kind,
    ...(own ? { hours: period! / 60 } : {}),
    ...(minimumReadings === undefined ? {} : { minimumReadings }),
  };
}
