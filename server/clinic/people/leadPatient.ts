// The Patient of a lead: as it is when the lead is new, corrected, comes back, or is taken on as a patient. Whatever the plain form
// does not tell stays as it is.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { personState } from '../crm/crmUnit.ts';
import { defined, extension, profileUrl, type Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { stableId } from '../things/stableId.ts';
import { idOf } from '../things/thingIds.ts';
import { toldPoints, withName, withPoints } from './contactPoints.ts';
import { carersOf, isHospital, momentOf, STATES, stateOf, tagsOf } from './leadFacts.ts';
import { plainPhone } from './likeness.ts';
import type { ContactPoint, HumanName } from './mergeNames.ts';
import { namesSaidAgain, pointsSaidAgain } from './saidAgain.ts';

const PROFILE = profileUrl('salus-patient');
const FIRST = 'salus-first-contact';
const LAST = 'salus-last-contact';

export interface Told {
  /** when it is written, a FHIR instant */
  at: string;
  /** what `hospital_id` means, where it is told anew */
  hospital?: Reference | undefined;
}

/** The FHIR id of a lead to whom a client gives an id: that of a contact of a CRM with this key. */
const leadFhirId = (id: string): string => stableId('Patient', crmSystems.Contact, id);

export function newPatient(input: Json, id: string, { at, hospital }: Told): Resource {
  return {
    ...{ resourceType: 'Patient', id: input.id === undefined ? id : leadFhirId(id) },
    meta: { profile: [PROFILE], tag: [personState('lead')] },
    ...defined({
      extension: [extension(FIRST, 'DateTime', input.first_contact_date ?? at)],
      identifier: [{ system: crmSystems.Contact, value: id }],
      name: withName(undefined, input),
      telecom: withPoints(undefined, withPlainPhone(input, {})),
      birthDate: input.birth_date,
      generalPractitioner: hospital && [hospital],
    }),
  };
}

/** With what a client says it is instead. */
export function correctedPatient(input: Json, told: Json, main: Resource, { hospital }: Told): Resource {
  const { name: _, telecom: __, birthDate, _birthDate, generalPractitioner: ___, ...kept } = claimed(main);
  const carers = carersOf(main);
  const at = carers.findIndex(isHospital);
  const others = carers.filter((_, i) => i !== at);
  const isSame = input.hospital_id === told.hospital_id;
  return {
    ...withMoment(kept as Resource, FIRST, input.first_contact_date as string | undefined),
    ...defined({
      name: withName(main, input),
      telecom: withPoints(main, withPlainPhone(input, toldPoints(main))),
      birthDate: input.birth_date,
      // Extensions of a date, such as the time of birth, are of that date.
      _birthDate: input.birth_date === birthDate ? _birthDate : undefined,
    }),
    ...caredFor(isSame ? carers : hospital ? [...others, hospital] : others),
  };
}

/**
 * With what somebody who is known says anew, of whom nothing is lost. Anybody can send a form: of a patient, it changes nothing that is
 * shown.
 */
export function returningPatient(form: Json, main: Resource, { at, hospital }: Told): Resource {
  const state = stateOf(main);
  const [name] = withName(undefined, form);
  const telecom = withPoints(undefined, withPlainPhone(form, {}));
  const birth = form.birth_date as string | undefined;
  const known = main.birthDate as string | undefined;
  // It is told for the first time, or more exactly.
  const isBirthNew = birth !== undefined && birth !== known && birth.startsWith(known ?? '');
  const first = earlier(momentOf(main, FIRST), form.first_contact_date as string | undefined);
  const carers = carersOf(main);
  const isKnown = carers.some(({ reference }) => reference === hospital?.reference);
  const others = carers.filter((carer) => !isHospital(carer));
  const hospitals = carers.filter(isHospital);
  const base = withMoment(withMoment(claimed(main), FIRST, first), LAST, at);
  const alias = form.id === undefined ? [] : [{ system: crmSystems.Contact, value: form.id }];
  return {
    ...base,
    identifier: [...(base.identifier as Identifier[]), ...alias],
    ...defined({
      name: namesSaidAgain((main.name ?? []) as HumanName[], name!, state),
      telecom: pointsSaidAgain((main.telecom ?? []) as ContactPoint[], telecom, state),
      ...(isBirthNew && { birthDate: birth }),
    }),
    ...caredFor(
      !hospital || isKnown
        ? carers
        : state === 'patient'
          ? [...carers, hospital]
          : [...others, hospital, ...hospitals],
    ),
  };
}

/** In the care of a physician from now on. */
export function patientTakenOn(
  main: Resource,
  physician: Reference,
  firstContact: string | undefined,
): Resource {
  const { meta } = claimed(main);
  const others = carersOf(main).filter(({ reference }) => reference !== physician.reference);
  const tags = tagsOf(meta).filter(({ system }) => system !== STATES);
  return {
    ...withMoment(claimed(main), FIRST, firstContact ?? momentOf(main, FIRST)),
    meta: { ...meta, tag: [...tags, personState('patient')] },
    generalPractitioner: [physician, ...others],
  };
}

/** With a state and an id by which leads are known: records of other systems have neither. It claims our profile. */
function claimed(main: Resource): Resource {
  const { meta = {}, identifier = [], ...kept } = main;
  const profiles = (meta.profile ?? []) as string[];
  const tags = tagsOf(meta);
  const isNamed = (identifier as Identifier[]).some(
    ({ system, value }) => system === crmSystems.Contact && value,
  );
  return {
    ...kept,
    resourceType: 'Patient',
    meta: {
      ...meta,
      profile: profiles.includes(PROFILE) ? profiles : [...profiles, PROFILE],
      tag: tags.some(({ system }) => system === STATES) ? tags : [...tags, personState('patient')],
    },
    identifier: isNamed
      ? identifier
      : [
          ...(identifier as Identifier[]),
          { system: crmSystems.Contact, value: idOf(main, crmSystems.Contact) },
        ],
  };
}

/** In the place where it was. */
function withMoment(main: Resource, name: string, at: string | undefined): Resource {
  const { extension: before = [], ...kept } = main;
  const all = before as { url?: string }[];
  const own = at === undefined ? [] : [extension(name, 'DateTime', at)];
  const isOwn = ({ url }: { url?: string }) => url === profileUrl(name);
  const place = all.some(isOwn) ? all.findIndex(isOwn) : all.length;
  const others = (some: typeof all) => some.filter((each) => !isOwn(each));
  const extensions = [...others(all.slice(0, place)), ...own, ...others(all.slice(place))];
  return { ...kept, ...defined({ extension: extensions }) } as Resource;
}

/** A number that is told anew is kept without blanks and signs: so it is found. */
const withPlainPhone = (input: Json, { phone: told }: Json): Json =>
  input.phone === undefined || input.phone === told
    ? input
    : { ...input, phone: plainPhone(input.phone as string) };

const caredFor = (generalPractitioner: Reference[]) => defined({ generalPractitioner });

const earlier = (one: string | undefined, other: string | undefined): string | undefined =>
  [one, other].filter((each) => each !== undefined).sort((a, b) => Date.parse(a) - Date.parse(b))[0];
