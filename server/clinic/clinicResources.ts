// Every kind of thing of the plain JSON API: what is in this list has routes, validation and documentation.
import { bookings } from './care/bookings.ts';
import { conditions } from './care/conditions.ts';
import { medicalConditions } from './care/medicalConditions.ts';
import { referrals } from './care/referrals.ts';
import { hospitals } from './hospitals.ts';
import { interactions } from './interactions/interactions.ts';
import { patients } from './patients/patients.ts';
import { contacts } from './people/contacts.ts';
import { leadReviews } from './people/leadReviews.ts';
import { leads } from './people/leads.ts';
import { physicians } from './people/physicians.ts';
import { studies } from './studies/studies.ts';
import type { ClinicBelow, ClinicResource } from './things/clinicResource.ts';

export const clinicResources: readonly ClinicResource[] = [
  patients,
  studies,
  hospitals,
  bookings,
  referrals,
  conditions,
  medicalConditions,
  leads,
  leadReviews,
  physicians,
  contacts,
];

/** Those that are kept below things of another kind. */
export const clinicBelow: readonly ClinicBelow[] = [interactions];
