// Claims of visits and of prescriptions, in the shape Synthea gives them.
import type { Claim, ClaimItem } from '@medplum/fhirtypes';
import type { BillItem, Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference, plainName } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept, status } from '../concepts.ts';
import { locationReference, organizationReference } from '../institutions.ts';
import { ageAt, drawInsurer } from '../person.ts';
import { addExplanationOfBenefit, usd } from './explanationOfBenefit.ts';

/** Adds the Claim of the visit and the ExplanationOfBenefit that answers it. */
export function addVisitClaim(sitting: Sitting): void {
  const { chart, visit, bill } = sitting;
  const payer = payerOf(sitting);
  const supporting = { diagnosis: [] as string[], procedure: [] as string[], immunization: [] as string[] };
  const item: ClaimItem[] = [
    {
      sequence: 1,
      productOrService: concept(visit.type.code),
      encounter: [bundleReference(sitting.encounterId)],
    },
  ];
  let cents = visit.type.cents;
  for (const line of bill) {
    cents += line.cents;
    item.push({
      sequence: item.length + 1,
      ...sequenceOf(line, supporting),
      productOrService: concept(line.code),
      ...net(line),
    });
  }
  const id = chart.random.uuid();
  const claim: Claim & { id: string } = {
    ...claimHead(
      sitting,
      id,
      visit.type.class === 'IMP' || visit.type.class === 'EMER' ? 'institutional' : 'professional',
    ),
    facility: locationReference(sitting.institution),
    ...(supporting.diagnosis.length > 0
      ? {
          diagnosis: supporting.diagnosis.map((condition, place) => ({
            sequence: place + 1,
            diagnosisReference: bundleReference(condition),
          })),
        }
      : {}),
    ...(supporting.procedure.length > 0
      ? {
          procedure: supporting.procedure.map((done, place) => ({
            sequence: place + 1,
            procedureReference: bundleReference(done),
          })),
        }
      : {}),
    ...(supporting.immunization.length > 0
      ? {
          supportingInfo: supporting.immunization.map((given, place) => ({
            sequence: place + 1,
            category: status('claiminformationcategory', 'info'),
            valueReference: bundleReference(given),
          })),
        }
      : {}),
    insurance: [{ sequence: 1, focal: true, coverage: { display: payer } }],
    item,
    total: usd(cents),
  };
  addResource(chart, claim);
  addExplanationOfBenefit(sitting, claim, payer, cents);
}

/** Adds the pharmacy's Claim for a prescription. */
export function addPharmacyClaim(sitting: Sitting, requestId: string, code: Code, cents: number): void {
  const claim: Claim & { id: string } = {
    ...claimHead(sitting, sitting.chart.random.uuid(), 'pharmacy'),
    prescription: bundleReference(requestId),
    insurance: [{ sequence: 1, focal: true, coverage: { display: payerOf(sitting) } }],
    item: [
      { sequence: 1, productOrService: concept(code), encounter: [bundleReference(sitting.encounterId)] },
    ],
    total: usd(cents),
  };
  addResource(sitting.chart, claim);
}

type ClaimKind = 'institutional' | 'professional' | 'pharmacy';

function claimHead(sitting: Sitting, id: string, kind: ClaimKind): Omit<Claim, 'insurance'> & { id: string } {
  return {
    resourceType: 'Claim',
    id,
    status: 'active',
    type: status('claim-type', kind),
    use: 'claim',
    patient: { ...patientReference(sitting.chart), display: plainName(sitting.chart.person) },
    billablePeriod: { start: sitting.start, end: sitting.end },
    created: sitting.end,
    provider: organizationReference(sitting.institution),
    priority: status('processpriority', 'normal'),
  };
}

/**
 * Numbers the line's diagnosis, procedure or immunization and says which number the line is about.
 */
function sequenceOf(
  line: BillItem,
  supporting: Record<NonNullable<BillItem['about']>['kind'], string[]>,
): Pick<ClaimItem, 'diagnosisSequence' | 'procedureSequence' | 'informationSequence'> {
  if (!line.about) return {};
  const number = supporting[line.about.kind].push(line.about.id);
  switch (line.about.kind) {
    case 'diagnosis':
      return { diagnosisSequence: [number] };
    case 'procedure':
      return { procedureSequence: [number] };
    case 'immunization':
      return { informationSequence: [number] };
  }
}

function net(line: BillItem): Pick<ClaimItem, 'net'> {
  return line.cents > 0 ? { net: usd(line.cents) } : {};
}

/** The payer of the patient's age at the visit; it stays the same until the age group changes. */
function payerOf({ chart, visit }: Sitting): string {
  const age = ageAt(chart.person.born, visit.start);
  const group = age < 19 ? 'young' : age < 65 ? 'working' : 'old';
  let payer = chart.insurers.get(group);
  if (!payer) {
    payer = drawInsurer(chart.random, age);
    chart.insurers.set(group, payer);
  }
  return payer;
}
