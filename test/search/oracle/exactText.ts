// A search value that a given value must match, in the form that says most about it.
import type { Period, Quantity, SearchParameter, Timing } from '@medplum/fhirtypes';
import { parameterByUrl } from './definitions.ts';
import { quantityEnds } from './matchNumber.ts';
import { textsOf } from './matchString.ts';
import { tokensOf } from './matchToken.ts';
import { escapeValue } from './splitValue.ts';
import { componentValues, type Resource, type Value } from './values.ts';

const joined = (parts: readonly (string | undefined)[]): string =>
  parts.map((part) => escapeValue(part ?? '')).join('|');

/** What to search for to find a value of a parameter; undefined where the value holds nothing to search for. */
export function exactText(parameter: SearchParameter, value: Value, resource: Resource): string | undefined {
  switch (parameter.type) {
    case 'token': {
      const { system, code } = tokensOf(value).find((one) => one.code !== undefined) ?? {};
      if (code === undefined) return undefined;
      const inSystem = system !== undefined && value.type !== 'boolean';
      return inSystem ? joined([system, code]) : escapeValue(code);
    }
    case 'string':
      return textsOf(value).map(escapeValue)[0];
    case 'date':
      return dateText(value);
    case 'number':
      return String(value.value);
    case 'quantity': {
      const end = (quantityEnds(value) ?? []).find(Boolean) as Quantity | undefined;
      if (end === undefined) return undefined;
      const prefix = value.type === 'Range' || value.type === 'SampledData' ? 'ge' : '';
      return end.code ? joined([`${prefix}${end.value}`, end.system, end.code]) : `${prefix}${end.value}`;
    }
    case 'reference':
      return referenceText(value);
    case 'uri':
      return escapeValue(value.value);
    case 'composite':
      return compositeText(parameter, value, resource);
    case 'special':
      return [value.value.latitude, value.value.longitude, 1, 'km'].join('|');
    default:
      return undefined;
  }
}

function dateText({ type, value }: Value): string | undefined {
  const point =
    type === 'Period'
      ? ((value as Period).start ?? (value as Period).end)
      : type === 'Timing'
        ? ((value as Timing).event?.[0] ?? (value as Timing).repeat?.boundsPeriod?.start)
        : undefined;
  if (['date', 'dateTime', 'instant'].includes(type)) return value;
  if (point === undefined || (type !== 'Period' && type !== 'Timing')) return undefined;
  return (value as Period).end && !(value as Period).start ? `le${point}` : `ge${point}`;
}

function referenceText({ type, value }: Value): string | undefined {
  if (typeof value === 'string') return escapeValue(value);
  if (value.resourceType) return `${value.resourceType}/${value.id}`;
  const isLiteral = type === 'Reference' && value.reference && !value.reference.startsWith('#');
  return isLiteral ? escapeValue(value.reference) : undefined;
}

function compositeText(parameter: SearchParameter, value: Value, resource: Resource): string | undefined {
  const parts = parameter.component!.map(({ definition, expression }) =>
    componentValues(value, expression!, resource)
      .map((one) => exactText(parameterByUrl(definition!), one, resource))
      .find((text) => text !== undefined),
  );
  return parts.every((part) => part !== undefined) ? parts.join('$') : undefined;
}
