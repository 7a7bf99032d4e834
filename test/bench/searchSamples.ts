// Resources of a loaded database from which the values of the search workloads are drawn; the same ones in every run.
import type { Client } from 'pg';

/** What is sampled: a type, and for some what its content must have. */
const SAMPLES = {
  patient: ['Patient'],
  observation: ['Observation'],
  quantity: ['Observation', 'valueQuantity'],
  components: ['Observation', 'component'],
  encounter: ['Encounter'],
  condition: ['Condition'],
  medication: ['MedicationRequest'],
  report: ['DiagnosticReport', 'performer'],
} satisfies Record<string, [type: string, has?: string]>;

export type SampleName = keyof typeof SAMPLES;

/** The parts of a resource that values are drawn from. */
export interface Sampled {
  resourceType: string;
  id: string;
  status?: string;
  identifier?: { system?: string; value?: string }[];
  name?: { family?: string; given?: string[] }[];
  address?: { line?: string[]; city?: string; state?: string; postalCode?: string }[];
  birthDate?: string;
  effectiveDateTime?: string;
  period?: { start?: string };
  class?: Coding;
  category?: { coding?: Coding[] }[];
  code?: { coding?: Coding[] };
  valueQuantity?: Quantity;
  component?: { code?: { coding?: Coding[] }; valueQuantity?: Quantity }[];
  subject?: { reference?: string };
  encounter?: { reference?: string };
  performer?: { reference?: string }[];
  participant?: { individual?: { reference?: string } }[];
  requester?: { reference?: string };
}
export interface Coding {
  system?: string;
  code?: string;
}
export interface Quantity {
  value?: number;
  system?: string;
  code?: string;
}

export type Samples = Record<SampleName, Sampled[]>;

/** `count` resources of each kind, fewer where there are fewer; common values come up as often as they are common. */
export async function sampleResources(client: Client, count: number): Promise<Samples> {
  const samples = {} as Samples;
  for (const [name, [type, has]] of Object.entries(SAMPLES) as [SampleName, string[]][]) {
    const { rows } = await client.query<{ content: Sampled }>(
      `SELECT content FROM resource WHERE type = $1 AND NOT deleted AND ($2::text IS NULL OR content ? $2)
       ORDER BY md5(id) LIMIT $3`,
      [type, has, count],
    );
    samples[name] = rows.map(({ content }) => content);
  }
  return samples;
}
