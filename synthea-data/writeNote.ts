// The clinical note of a visit as plain text: who, why, what is known, what was found and done. Its
// headings are those of Synthea's notes.
import { REFERENCE_TIME, writeDate } from './calendar.ts';
import type { Sitting } from './chart.ts';
import { fullName } from './chart.ts';
import { clinicianName } from './institutions.ts';
import { ageAt } from './person.ts';
import { medications } from './tables/medications.ts';

const habits = {
  never: 'Patient has never smoked.',
  former: 'Patient quit smoking years ago.',
  current: 'Patient smokes daily and was offered help to stop.',
} as const;

/** The note of a visit, called after everything else of the visit is recorded. */
export function writeNote(sitting: Sitting): string {
  const { chart, visit, reason } = sitting;
  const { person } = chart;
  const active = chart.conditions.filter(
    (condition) => condition.end === undefined || condition.end > visit.start,
  );
  const drugs = [...chart.prescriptions].filter(([, prescription]) => prescription.until > visit.start);
  const lines = [
    '',
    writeDate(visit.start),
    '',
    '# Chief Complaint',
    visit.plan?.complaint ?? (visit.purpose === 'death' ? 'Certification of death.' : 'No complaints.'),
    '',
    '# History of Present Illness',
    `${fullName(person)} is a ${ageText(ageAt(person.born, Math.min(visit.start, REFERENCE_TIME)))} ${person.ethnicity.text} ` +
      `${person.race.text} ${person.sex}.`,
    active.length > 0
      ? `Patient has a history of ${active.map((condition) => plain(condition.code.display)).join(', ')}.`
      : '',
    '',
    '# Social History',
    habits[person.smoking],
    `Patient lives in ${person.town.city} and speaks ${person.language.display}.`,
    '',
    '# Allergies',
    person.allergies.length > 0 && chart.allergiesRecorded
      ? person.allergies.map((allergy) => plain(allergy.code.display)).join('; ')
      : 'No Known Allergies.',
    '',
    '# Medications',
    drugs.length > 0
      ? drugs.map(([key]) => medications[key].code.display.toLowerCase()).join('; ')
      : 'No Active Medications.',
    '',
    '# Findings',
    sitting.found.length > 0 ? sitting.found.join('\n') : 'Unremarkable.',
    '',
    '# Assessment and Plan',
    reason ? `Patient is presenting with ${plain(reason.code.display)}.` : 'Patient is seen for prevention.',
    '',
    '## Plan',
    sitting.done.length > 0
      ? [
          'The following was done, ordered or prescribed:',
          ...sitting.done.map((item) => `- ${item.toLowerCase()}`),
        ].join('\n')
      : 'No changes.',
    '',
    `Signed by ${clinicianName(sitting.clinician)}, ${sitting.institution.name}.`,
    '',
  ];
  return lines.join('\n');
}

/** A display without its semantic tag. */
function plain(display: string): string {
  return display.replace(/ \([a-z /]+\)$/, '').toLowerCase();
}

function ageText(age: number): string {
  if (age < 0.1) return 'newborn';
  if (age < 2) return `${Math.floor(age * 12)} month-old`;
  return `${Math.floor(age)} year-old`;
}
