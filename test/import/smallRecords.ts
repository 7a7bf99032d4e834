// A hospital, a practitioner and patients who refer to them by criteria, as files of an import.
import {
  batch,
  byIdentifier,
  identified,
  observation,
  post,
  transaction,
  urn,
} from '../bundles/bundleSupport.ts';

/** A batch of an organization and a location. */
export const hospitals = batch([
  post(identified('Organization', 'o1'), urn(1), { ifNoneExist: byIdentifier('o1') }),
  post(identified('Location', 'l1'), urn(2), { ifNoneExist: byIdentifier('l1') }),
]);
/** A batch of a practitioner and a role. */
export const practitioners = batch([
  post(identified('Practitioner', 'd1'), urn(1), { ifNoneExist: byIdentifier('d1') }),
  post({
    resourceType: 'PractitionerRole',
    practitioner: { reference: `Practitioner?${byIdentifier('d1')}` },
  }),
]);
/** A patient who refers to the hospitals and practitioners by criteria. */
export const patient = (family: string) =>
  transaction([
    post(
      {
        resourceType: 'Patient',
        name: [{ family }],
        managingOrganization: { reference: `Organization?${byIdentifier('o1')}` },
        generalPractitioner: [{ reference: `Practitioner?${byIdentifier('d1')}` }],
      },
      urn(1),
    ),
    post(observation(urn(1))),
  ]);
/** A patient with an id, as a line of NDJSON has it. */
export const line = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
