// The ExplanationOfBenefit that answers a visit's Claim, in the shape Synthea gives it (Blue
// Button): items with adjudication, and the referral and the coverage contained.
import type {
  Claim,
  Coverage,
  ExplanationOfBenefit,
  ExplanationOfBenefitItem,
  ExplanationOfBenefitItemAdjudication,
  Money,
  ServiceRequest,
} from '@medplum/fhirtypes';
import { writeDateTime, YEAR } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference } from '../chart.ts';
import { concept, status, TERMINOLOGY } from '../concepts.ts';
import { clinicianReference, locationReference } from '../institutions.ts';

const BLUE_BUTTON = 'https://bluebutton.cms.gov/resources/';
const UNINSURED = 'NO_INSURANCE';

/** Cents as US dollars. */
export const usd = (cents: number): Money => ({ value: cents / 100, currency: 'USD' });

/** Adds the answer to a claim over so many cents: insurers pay four fifths of each line. */
export function addExplanationOfBenefit(
  sitting: Sitting,
  claim: Claim & { id: string },
  payer: string,
  cents: number,
): void {
  const { chart, visit, clinician } = sitting;
  const inpatient = visit.type.class === 'IMP' || visit.type.class === 'EMER';
  const who = () => ({ reference: clinicianReference(clinician).reference! });
  const place = inpatient
    ? { code: '21', display: 'Inpatient Hospital' }
    : { code: '19', display: 'Off Campus-Outpatient Hospital' };
  const referral: ServiceRequest = {
    resourceType: 'ServiceRequest',
    id: 'referral',
    status: 'completed',
    intent: 'order',
    subject: patientReference(chart),
    requester: who(),
    performer: [who()],
  };
  const coverage: Coverage = {
    resourceType: 'Coverage',
    id: 'coverage',
    status: 'active',
    type: { text: payer },
    beneficiary: patientReference(chart),
    payor: [{ display: payer }],
  };
  let paid = 0;
  const explanation: ExplanationOfBenefit & { id: string } = {
    resourceType: 'ExplanationOfBenefit',
    id: chart.random.uuid(),
    contained: [referral, coverage],
    identifier: [
      { system: `${BLUE_BUTTON}variables/clm_id`, value: claim.id },
      { system: `${BLUE_BUTTON}identifier/claim-group`, value: '99999999999' },
    ],
    status: 'active',
    type: status('claim-type', inpatient ? 'institutional' : 'professional'),
    use: 'claim',
    patient: patientReference(chart),
    billablePeriod: { start: sitting.end, end: writeDateTime(visit.end + YEAR) },
    created: sitting.end,
    insurer: { display: payer },
    provider: who(),
    referral: { reference: '#referral' },
    facility: locationReference(sitting.institution),
    claim: bundleReference(claim.id),
    outcome: 'complete',
    careTeam: [
      {
        sequence: 1,
        provider: who(),
        role: concept({
          system: `${TERMINOLOGY}claimcareteamrole`,
          code: 'primary',
          display: 'Primary provider',
        }),
      },
    ],
    ...(claim.diagnosis
      ? {
          diagnosis: claim.diagnosis.map((row) => ({
            sequence: row.sequence,
            diagnosisReference: { ...row.diagnosisReference! },
            type: [status('ex-diagnosistype', 'principal')],
          })),
        }
      : {}),
    insurance: [{ focal: true, coverage: { reference: '#coverage', display: payer } }],
    // Lines that cost nothing, the diagnoses, are not adjudicated.
    item: claim
      .item!.filter((row) => row.encounter || row.net)
      .map((row): ExplanationOfBenefitItem => {
        const billed = row.net ? Math.round(row.net.value! * 100) : 0;
        const borne = payer === UNINSURED ? billed : Math.round(billed / 5);
        paid += billed - borne;
        return {
          sequence: row.sequence,
          category: {
            coding: [
              { system: `${BLUE_BUTTON}variables/line_cms_type_srvc_cd`, code: '1', display: 'Medical care' },
            ],
          },
          productOrService: {
            coding: row.productOrService.coding!.map((coding) => ({ ...coding })),
            text: row.productOrService.text!,
          },
          servicedPeriod: { start: sitting.start, end: sitting.end },
          // The visit's own line says where; the others were there too.
          ...(row.encounter
            ? {
                locationCodeableConcept: { coding: [{ system: `${TERMINOLOGY}ex-serviceplace`, ...place }] },
                encounter: [bundleReference(sitting.encounterId)],
              }
            : {}),
          ...(row.net ? { net: usd(billed), adjudication: adjudication(billed, borne) } : {}),
        };
      }),
    total: [
      {
        category: concept({
          system: `${TERMINOLOGY}adjudication`,
          code: 'submitted',
          display: 'Submitted Amount',
        }),
        amount: usd(cents),
      },
    ],
    payment: { amount: usd(paid) },
  };
  addResource(chart, explanation);
}

function adjudication(billed: number, borne: number): ExplanationOfBenefitItemAdjudication[] {
  const row = (code: string, display: string, cents: number): ExplanationOfBenefitItemAdjudication => ({
    category: {
      coding: [
        { system: `${BLUE_BUTTON}codesystem/adjudication`, code: `${BLUE_BUTTON}variables/${code}`, display },
      ],
    },
    amount: usd(cents),
  });
  return [
    row('line_coinsrnc_amt', 'Line Beneficiary Coinsurance Amount', borne),
    row('line_prvdr_pmt_amt', 'Line Provider Payment Amount', billed - borne),
  ];
}
