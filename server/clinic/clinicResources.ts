// Every kind of thing of the plain JSON API: what is in this list has routes, validation and documentation.
import type { ClinicResource } from './clinicResource.ts';
import { hospitals } from './hospitals.ts';
import { patients } from './patients/patients.ts';
import { studies } from './studies/studies.ts';

export const clinicResources: readonly ClinicResource[] = [patients, studies, hospitals];
