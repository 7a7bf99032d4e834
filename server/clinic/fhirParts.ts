// Small parts of FHIR resources that the things of clinics and CRMs are made of.
import type { Resource } from '../services.ts';
import { stableId } from './things/stableId.ts';

export interface Reference {
  reference?: string;
  identifier?: { system: string; value: string };
  display?: string;
}

export interface Coding {
  system: string;
  code: string;
  display: string;
}

const BASE = 'https://salus.example/fhir/';
export const profileUrl = (name: string): string => `${BASE}StructureDefinition/${name}`;
export const codeSystem = (name: string): string => `${BASE}CodeSystem/${name}`;

/** What a new resource of ours says that it conforms to: a profile of fhir-profiles/. */
export const claiming = (profile: string) => ({ meta: { profile: [profileUrl(profile)] } });

export function extension(name: string, type: 'DateTime' | 'Boolean' | 'String', value: unknown) {
  return { url: profileUrl(name), [`value${type}`]: value };
}

/** A resource with the id and the identifier that follow from where it comes from. */
export function identified(type: string, system: string, value: string): Resource {
  return { resourceType: type, id: stableId(type, system, value), identifier: [{ system, value }] };
}

export const referenceTo = ({ resourceType, id }: Resource): { reference: string } => ({
  reference: `${resourceType}/${id}`,
});

/** Members without a value are left out. */
export function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
