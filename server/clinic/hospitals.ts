// Hospitals of the plain JSON API: Organizations of the type healthcare provider.
import type { Resource } from '../services.ts';
import { claiming } from './fhirParts.ts';
import type { ClinicResource, Json } from './things/clinicResource.ts';
import { type NamedBy, refuseNamed } from './things/refuseNamed.ts';
import { exactly } from './things/searchTerms.ts';
import { idOf } from './things/thingIds.ts';

/** Identifier system of the ids that clients give hospitals. */
export const hospitalSystem = 'https://salus.example/fhir/sid/hospitals';

const KIND = {
  system: 'http://terminology.hl7.org/CodeSystem/organization-type',
  code: 'prov',
  display: 'Healthcare Provider',
};
const TEXT = { type: 'string', minLength: 1, maxLength: 200, pattern: '\\S' };

/** What may name a hospital, as the plain form calls it. */
const NAMED_BY: readonly NamedBy[] = [
  {
    ...{ type: 'PractitionerRole', by: 'organization' },
    what: ['job of a physician or pharmacist', 'jobs of physicians and pharmacists'],
  },
  { type: 'Patient', by: 'general-practitioner', what: ['patient or lead', 'patients and leads'] },
  { type: 'Encounter', by: 'service-provider', what: ['interaction', 'interactions'] },
  { type: 'EpisodeOfCare', by: 'organization', what: ['access episode', 'access episodes'] },
];

interface Address {
  city?: string;
  [member: string]: unknown;
}

export const hospitals: ClinicResource = {
  name: 'hospitals',
  title: 'Hospital',
  description: 'Hospitals: where physicians work and bookings take place. Each is a FHIR Organization.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      id: {
        type: 'string',
        pattern: '^(?!\\.{1,2}$)[A-Za-z0-9._-]{1,64}$',
        description: 'Your own id; given by the server where it is left out.',
        examples: ['h-12'],
      },
      name: { ...TEXT, description: 'What it is called.', examples: ['Hospital San José'] },
      city: { ...TEXT, description: 'The city that it is in.', examples: ['Monterrey'] },
    },
  },
  types: ['Organization'],
  system: hospitalSystem,
  scope: [['type', `${KIND.system}|${KIND.code}`]],
  parts: [],
  filters: {
    name: {
      description: 'Names that begin with this, whatever the case and accents.',
      schema: { ...TEXT, examples: ['Hospital San'] },
      search: (value) => [['name', exactly(value)]],
    },
    city: {
      description: 'Cities that begin with this, whatever the case and accents.',
      schema: { ...TEXT, examples: ['Monterrey'] },
      search: (value) => [['address-city', exactly(value)]],
    },
  },
  sorts: { name: 'name', city: 'address-city' },
  toJson,
  prepareDelete: (services, known) =>
    refuseNamed(services, known, String(known[0]!.name ?? 'The hospital'), NAMED_BY),
  toFhir: (input, id, [known]) => [
    {
      method: known ? 'PUT' : 'POST',
      type: 'Organization',
      ...(known && { id: known.id! }),
      resource: organization(input, id, known),
    },
  ],
};

function toJson(main: Resource): Json {
  const [address] = (main.address ?? []) as Address[];
  return {
    id: idOf(main, hospitalSystem),
    ...(main.name !== undefined && { name: main.name }),
    ...(address?.city !== undefined && { city: address.city }),
  };
}

/** The Organization as it is, but for what the plain form tells. */
function organization({ name, city }: Json, id: string, known: Resource | undefined): Resource {
  const [first, ...others] = (known?.address ?? []) as Address[];
  const { city: _, ...rest } = first ?? {};
  const address = { ...rest, ...(city !== undefined && { city }) };
  const addresses = [...(Object.keys(address).length > 0 ? [address] : []), ...others];
  const { address: __, ...kept }: Resource = known ?? {
    resourceType: 'Organization',
    ...claiming('salus-hospital'),
    identifier: [{ system: hospitalSystem, value: id }],
    active: true,
    type: [{ coding: [KIND] }],
  };
  return {
    ...kept,
    resourceType: 'Organization',
    ...(name !== undefined && { name }),
    ...(addresses.length > 0 && { address: addresses }),
  };
}
