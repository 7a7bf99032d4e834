// The Patient resource with the identifiers and the US Core extensions that Synthea gives it, and
// the Provenance of the whole bundle.
import type { Extension, HumanName, Identifier, Patient, Provenance, Reference } from '@medplum/fhirtypes';
import { REFERENCE_TIME, writeDate, writeDateTime, writeInstant } from '../calendar.ts';
import type { Chart } from '../chart.ts';
import { concept, TERMINOLOGY } from '../concepts.ts';
import type { Clinician, Institution } from '../institutions.ts';
import { clinicianReference, organizationReference, SYNTHEA_SYSTEM, US_CORE } from '../institutions.ts';
import type { Person } from '../person.ts';
import type { Group } from '../tables/people.ts';

const OMB = 'urn:oid:2.16.840.1.113883.6.238';
const EXTENSIONS = 'http://hl7.org/fhir/StructureDefinition/';

/** The patient; `label` names the population and the person's number in the narrative. */
export function patientResource(
  person: Person,
  died: number | undefined,
  label: string,
): Patient & { id: string } {
  const name = (use: HumanName['use'], family: string): HumanName => ({
    use,
    family,
    given: [person.given],
    ...(person.prefix ? { prefix: [person.prefix] } : {}),
  });
  return {
    resourceType: 'Patient',
    id: person.id,
    meta: { profile: [`${US_CORE}us-core-patient`] },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml">Made up by the Salus population generator: ${label}. Not a real person.</div>`,
    },
    extension: [
      groupExtension('us-core-race', person.race),
      groupExtension('us-core-ethnicity', person.ethnicity),
      { url: `${EXTENSIONS}patient-mothersMaidenName`, valueString: person.mother },
      { url: `${US_CORE}us-core-birthsex`, valueCode: person.sex === 'female' ? 'F' : 'M' },
      {
        url: `${EXTENSIONS}patient-birthPlace`,
        valueAddress: { city: person.birthTown.city, state: 'Massachusetts', country: 'US' },
      },
    ],
    identifier: identifiers(person),
    name: [name('official', person.family), ...(person.maiden ? [name('maiden', person.maiden)] : [])],
    telecom: [{ system: 'phone', value: person.phone, use: 'home' }],
    gender: person.sex,
    birthDate: writeDate(person.born),
    ...(died === undefined ? {} : { deceasedDateTime: writeDateTime(died) }),
    address: [
      {
        extension: [
          {
            url: `${EXTENSIONS}geolocation`,
            extension: [
              { url: 'latitude', valueDecimal: person.latitude },
              { url: 'longitude', valueDecimal: person.longitude },
            ],
          },
        ],
        line: [person.line],
        city: person.town.city,
        state: 'MA',
        postalCode: person.town.postalCode,
        country: 'US',
      },
    ],
    maritalStatus: concept({ system: `${TERMINOLOGY}v3-MaritalStatus`, ...person.marital }),
    multipleBirthBoolean: false,
    communication: [{ language: concept({ system: 'urn:ietf:bcp:47', ...person.language }) }],
  };
}

/** One Provenance for everything in the bundle. */
export function provenanceResource(
  chart: Chart,
  institution: Institution,
  clinician: Clinician,
): Provenance & { id: string } {
  const time = Math.min(chart.life.died ?? REFERENCE_TIME, REFERENCE_TIME);
  const agent = (system: string, code: string, display: string) => ({
    type: concept({ system, code, display }),
    who: clinicianReference(clinician),
    onBehalfOf: organizationReference(institution),
  });
  return {
    resourceType: 'Provenance',
    id: chart.random.uuid(),
    meta: { profile: [`${US_CORE}us-core-provenance`] },
    target: chart.entries.map((entry): Reference => ({ reference: entry.fullUrl! })),
    recorded: writeInstant(time, chart.random.int(0, 999)),
    agent: [
      agent(`${TERMINOLOGY}provenance-participant-type`, 'author', 'Author'),
      agent(
        'http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type',
        'transmitter',
        'Transmitter',
      ),
    ],
  };
}

function groupExtension(name: string, group: Group): Extension {
  return {
    url: US_CORE + name,
    extension: [
      { url: 'ombCategory', valueCoding: { system: OMB, code: group.code, display: group.display } },
      { url: 'text', valueString: group.display },
    ],
  };
}

function identifiers(person: Person): Identifier[] {
  const typed = (code: string, display: string, system: string, value: string): Identifier => ({
    type: concept({ system: `${TERMINOLOGY}v2-0203`, code, display }),
    system,
    value,
  });
  return [
    { system: SYNTHEA_SYSTEM, value: person.id },
    typed('MR', 'Medical record number', 'http://hospital.example.org', person.id),
    typed('SS', 'Social Security number', 'http://hl7.org/fhir/sid/us-ssn', person.socialSecurity),
    ...(person.license
      ? [typed('DL', "Driver's license number", 'urn:oid:2.16.840.1.113883.4.3.25', person.license)]
      : []),
    ...(person.passport
      ? [typed('PPN', 'Passport number', 'http://hl7.org/fhir/sid/passport-USA', person.passport)]
      : []),
  ];
}
