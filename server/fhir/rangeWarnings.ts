// What the client that stores an ObservationDefinition is told of ranges that cannot be used, or not as it may think
// (vitals/readVitalSign.ts), and of those of other definitions that compete with them (vitals/competingRanges.ts).
import type { Issue } from '../errors.ts';
import { rivalriesOf } from '../vitals/competingRanges.ts';
import { readVitalSign } from '../vitals/readVitalSign.ts';
import { rivalryTexts } from '../vitals/rivalryTexts.ts';
import type { VitalSign } from '../vitals/vitalSign.ts';
import type { Planned } from './planChange.ts';

/** Warnings on competing ranges; who stores so many has been told. */
const MOST_WARNINGS = 50;

/**
 * A warning for each range of a planned write that vital signs will not be judged by, or by more than its text says, or that
 * takes the place of another definition's range for the same patients.
 * @param vitalSigns what will be in force, see {@link vitalSignsAfter}
 */
export function rangeWarnings(
  { type, id, resource, version }: Planned,
  vitalSigns: readonly VitalSign[],
): Issue[] {
  if (type !== 'ObservationDefinition' || !resource) return [];
  const intervals = (resource.qualifiedInterval ?? []) as { condition?: string }[];
  const { vitalSign, problems } = readVitalSign({ ...resource, id }, String(version));
  const texts = [
    ...problems,
    ...intervals.flatMap(({ condition }, position) =>
      condition === undefined ? [] : [`${type}/${id}.qualifiedInterval[${position}] ${unproven(condition)}`],
    ),
    ...(vitalSign ? competing(vitalSign, vitalSigns) : []),
  ];
  return texts.map((diagnostics) => ({
    ...{ severity: 'warning', code: 'business-rule', diagnostics, expression: [type] },
  }));
}

/**
 * The vital signs in force once planned writes are stored, by id.
 * @param inForce those in force now, by id
 */
export function vitalSignsAfter(
  inForce: readonly VitalSign[],
  writes: readonly Planned[],
): readonly VitalSign[] {
  const changed = new Map<string, Planned>();
  for (const planned of writes) {
    // What a conditional create matched stays as it is.
    if (planned.type !== 'ObservationDefinition' || planned.change === 'matched') continue;
    changed.set(`${planned.type}/${planned.id}`, planned);
  }
  if (changed.size === 0) return inForce;
  const stored = [...changed.values()].flatMap(({ id, resource, version }) => {
    const vitalSign = resource && readVitalSign({ ...resource, id }, String(version)).vitalSign;
    return vitalSign ? [vitalSign] : [];
  });
  const kept = inForce.filter(({ definition }) => !changed.has(definition));
  return [...kept, ...stored].sort((a, b) =>
    a.definition < b.definition ? -1 : a.definition > b.definition ? 1 : 0,
  );
}

function competing(vitalSign: VitalSign, vitalSigns: readonly VitalSign[]): string[] {
  const others = vitalSigns.filter(({ definition }) => definition !== vitalSign.definition);
  const place = others.findIndex(({ definition }) => definition > vitalSign.definition);
  const all = others.toSpliced(place < 0 ? others.length : place, 0, vitalSign);
  const texts = rivalriesOf(vitalSign, all).flatMap((rivalry) => rivalryTexts(rivalry, vitalSign));
  if (texts.length <= MOST_WARNINGS) return texts;
  const more = texts.length - MOST_WARNINGS;
  return [
    ...texts.slice(0, MOST_WARNINGS),
    `${vitalSign.definition} competes with ranges of other definitions in ${more} more ways.`,
  ];
}

const unproven = (condition: string): string =>
  `holds whether or not "${condition}" does: only codes in context and appliesTo restrict it.`;
