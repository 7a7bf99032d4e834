// A reading of a patient → the Observation that is stored, and whether a stored one says the same (observation-vitalsigns.html).
import { createHash } from 'node:crypto';
import { equalJson } from '../../json/equalJson.ts';
import { sourceOf } from '../../json/jsonNumber.ts';
import type { Resource } from '../../services.ts';
import { keyOf, type VitalKind } from './vitalKinds.ts';
import type { RegisteredQuantity, RegisteredValue, VitalReading } from './vitalReading.ts';

/** Identifiers of readings: the gateway's own, or a digest of what the reading says. */
export const readingSystem = 'https://salus.example/fhir/sid/vitals';

/** What a row says beside its reading. */
export interface Circumstances {
  /** `Patient/[id]` */
  patient: string;
  id?: string;
  /** `Device/[id]`, or how it is called */
  device?: string;
  note?: string;
  /** `Encounter/[id]` */
  encounter?: string;
}

/** The Observation of a reading, without an id of its own. */
export function observationOf({ kind, value, time }: VitalReading, about: Circumstances): Resource {
  const { patient, device, note, encounter } = about;
  const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
  return {
    resourceType: 'Observation',
    identifier: [{ system: readingSystem, value: readingId({ kind, value, time }, about) }],
    status: 'final',
    category: [{ coding: [{ system: category, code: 'vital-signs', display: 'Vital Signs' }] }],
    code: conceptOf(kind),
    subject: { reference: patient },
    ...(encounter !== undefined && { encounter: { reference: encounter } }),
    effectiveDateTime: time,
    ...('quantity' in value && { valueQuantity: value.quantity }),
    ...('concept' in value && { valueCodeableConcept: value.concept }),
    ...(note !== undefined && { note: [{ text: note }] }),
    ...(device !== undefined && {
      device: device.startsWith('Device/') ? { reference: device } : { display: device },
    }),
    ...('components' in value && {
      component: value.components.map((part) => ({
        code: conceptOf(part.kind),
        valueQuantity: part.quantity,
      })),
    }),
  };
}

const conceptOf = ({ code, display, also, text = display }: VitalKind) => ({
  coding: [{ ...code, display }, ...(also ? [also] : [])],
  text,
});

/** The gateway's id, or else a digest of patient, code, time, value and unit: the same reading has the same. */
export function readingId({ kind, value, time }: VitalReading, { id, patient }: Circumstances): string {
  if (id !== undefined) return id;
  const parts = [patient, keyOf(kind.code), instantOf(time), ...spoken(value)];
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

function spoken(value: RegisteredValue): string[] {
  const amount = ({ comparator = '', value: number, code }: RegisteredQuantity) => [
    comparator + sourceOf(number),
    code,
  ];
  if ('quantity' in value) return amount(value.quantity);
  if ('concept' in value) return value.concept.coding.map(keyOf);
  return value.components.flatMap(({ quantity }) => amount(quantity));
}

/** One spelling for each instant, in UTC; digits beyond milliseconds stay. */
function instantOf(time: string): string {
  const utc = Date.parse(time);
  if (!time.includes('T') || Number.isNaN(utc)) return time;
  const beyond = /\.\d{3}(\d*?)0*(?:Z|[+-])/.exec(time)?.[1] ?? '';
  return `${new Date(utc).toISOString().slice(0, -1)}${beyond}Z`;
}

interface Stored {
  subject?: { reference?: string };
  code?: { coding?: { system?: string; code?: string }[] };
  effectiveDateTime?: string;
  valueQuantity?: Partial<RegisteredQuantity>;
  valueCodeableConcept?: { coding?: { system?: string; code?: string }[] };
  component?: Stored[];
  device?: { reference?: string; display?: string };
  note?: { text?: string }[];
  encounter?: { reference?: string };
}

/**
 * What differs between a stored Observation and the one that a row asks for. What the row does not tell, or the server has
 * added, is no difference.
 */
export function differences(stored: Resource, asked: Resource): string[] {
  const [before, now] = [stored as Stored, asked as Stored];
  const found: string[] = [];
  const compare = (name: string, of: (observation: Stored) => unknown) => {
    if (!equalJson(of(before) ?? null, of(now) ?? null)) found.push(name);
  };
  compare('patient', ({ subject }) => subject?.reference);
  compare('code', codeOf);
  compare('time', ({ effectiveDateTime: time }) => time && instantOf(time));
  compare('value or unit', valueIn);
  if (now.device) compare('device', ({ device }) => device?.reference ?? device?.display);
  if (now.note) compare('note', ({ note }) => note?.[0]?.text);
  if (now.encounter) compare('encounter', ({ encounter }) => encounter?.reference);
  return found;
}

const codeOf = ({ code }: Stored) => firstCode(code);

function firstCode(concept: { coding?: { system?: string; code?: string }[] } | undefined) {
  const [coding] = concept?.coding ?? [];
  return coding ? `${coding.system}|${coding.code}` : undefined;
}

function valueIn({ valueQuantity, valueCodeableConcept, component }: Stored): unknown {
  if (valueQuantity) {
    const { value, comparator = null, code = null } = valueQuantity;
    return { value: value ?? null, comparator, code };
  }
  if (valueCodeableConcept) return firstCode(valueCodeableConcept) ?? null;
  return component?.map((part) => ({ code: codeOf(part) ?? null, value: valueIn(part) ?? null }));
}
