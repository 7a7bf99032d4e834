// Every kind of thing of the plain JSON API: what is in this list has routes, validation and documentation. What others name comes
// before them, so that the examples of all can be created in this order.
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
  hospitals,
  physicians,
  patients,
  studies,
  leads,
  leadReviews,
  contacts,
  bookings,
  medicalConditions,
  conditions,
  referrals,
];

/** Those that are kept below things of another kind. */
export const clinicBelow: readonly ClinicBelow[] = [interactions];
