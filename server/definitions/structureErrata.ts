// Where the npm package's snapshots are not those of R4. Its differentials are, with the exceptions named here.

/** The snapshot is made from the differential; of elements in `keep` the published snapshot is right. */
export interface SnapshotErratum {
  readonly reason: string;
  readonly keep?: readonly string[];
}

const R4 = 'http://hl7.org/fhir/StructureDefinition/';

/** By url. */
export const structureErrata: Readonly<Record<string, SnapshotErratum>> = {
  [`${R4}Meta`]: { reason: 'elements of one server product were added (project, author, account …)' },
  [`${R4}Binary`]: { reason: 'an element of one server product was added (url)' },
  [`${R4}AuditEvent`]: {
    reason: 'source.observer may refer to types of one server product, and to Subscription',
  },
  [`${R4}MeasureReport`]: { reason: 'subject may refer to types that it may only in R5' },
  [`${R4}DetectedIssue`]: { reason: 'status is bound to the value set of R5' },
  [`${R4}DeviceDefinition`]: { reason: 'classification and bodySite are elements of R5' },
  [`${R4}EvidenceVariable`]: { reason: 'characteristic is that of R5' },
  [`${R4}ObservationDefinition`]: { reason: 'publisher is an element of R4B' },
  [`${R4}Bundle`]: { reason: 'entry.response.outcome may be any resource, not only an OperationOutcome' },
  [`${R4}ResearchStudy`]: {
    reason: 'many elements of R5 were added; of these two bindings the differential is the one of R5',
    keep: ['ResearchStudy.status', 'ResearchStudy.primaryPurposeType'],
  },
  [`${R4}provenance-relevant-history`]: {
    reason: 'entity.agent refers to a slice, whose type has lost the binding of what is sliced',
  },
};
