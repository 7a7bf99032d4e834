// Values of a summary of vital signs as parameters.

import { ucum } from '../units/unit.ts';
import { rangeText } from '../vitals/alerts/alertText.ts';
import type { Finding, UsedRange } from '../vitals/alerts/finding.ts';
import { interpretationSystem } from '../vitals/codeSystems.ts';
import type { Parameter } from './parametersText.ts';

/** Milliseconds since 1970 as a FHIR instant. */
export const instantOf = (time: number): string => new Date(time).toISOString();

/** Conversion between units leaves digits that nobody measured. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

/** `system|code` as a Coding. */
export function codingOf(code: string): { system: string; code: string } {
  const at = code.lastIndexOf('|');
  return { system: code.slice(0, at), code: code.slice(at + 1) };
}

export function quantityOf(value: number, unit: string | undefined): object {
  return { value: rounded(value), ...(unit !== undefined && { unit, system: ucum, code: unit }) };
}

export const referenceTo = (reference: string, version: string | undefined): { reference: string } => ({
  reference: version === undefined ? reference : `${reference}/_history/${version}`,
});

/** The value of a finding, when and where it was found, and what it is. */
export function foundParts({
  value,
  unit,
  valueText,
  interpretation,
  time,
  observation,
}: Finding): Parameter[] {
  return [
    ...(value === undefined ? [] : [{ name: 'value', valueQuantity: quantityOf(value, unit) }]),
    ...(value === undefined && valueText !== undefined ? [{ name: 'value', valueString: valueText }] : []),
    { name: 'effective', valueInstant: instantOf(time) },
    ...(interpretation === undefined
      ? []
      : [{ name: 'interpretation', valueCoding: { system: interpretationSystem, code: interpretation } }]),
    { name: 'observation', valueReference: referenceTo(observation.reference, observation.version) },
  ];
}

/** The range that decided. */
export function rangeParameter(range: UsedRange): Parameter {
  const { low, high, unit, category, source, definition, version, position } = range;
  return {
    name: 'range',
    part: [
      { name: 'text', valueString: rangeText(range) },
      { name: 'source', valueCode: source },
      ...(category === undefined ? [] : [{ name: 'category', valueCode: category }]),
      ...(low === undefined ? [] : [{ name: 'low', valueQuantity: quantityOf(low, unit) }]),
      ...(high === undefined ? [] : [{ name: 'high', valueQuantity: quantityOf(high, unit) }]),
      ...(definition === undefined
        ? []
        : [{ name: 'definition', valueReference: referenceTo(definition, version) }]),
      ...(position === undefined ? [] : [{ name: 'interval', valueInteger: position }]),
    ],
  };
}
