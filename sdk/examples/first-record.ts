// The worked example of docs/SDK.md: an application with an API key, or a page of the node with the session of somebody who writes
// there, registers a patient, writes a resource and a document into the clinic's chart, waits until the chain made them final, and
// checks that with no network.
//
//   node sdk/examples/first-record.ts http://localhost:8641 KEY GENESIS-ID 951-71-0001
import type { ProofSummary } from '../../consensus/proofs/summary.ts';
import { trustedGenesis, verifiedProof } from '../verify.ts';
import { Wardmesh, type WrittenRecord } from '../wardmesh.ts';

const glucose = {
  resourceType: 'Observation',
  id: 'glucose-1',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { text: 'Glucose' },
  valueQuantity: { value: 1.1, unit: 'mmol/L' },
};
const letter = new TextEncoder().encode('Seen today; see the laboratory value.\n');

export interface FirstRecord {
  readonly url: string;
  /** An API key; a page of the node needs none: its session counts. */
  readonly token?: string;
  readonly genesisId: string;
  readonly number: string;
}

export async function firstRecord({ url, token, genesisId, number }: FirstRecord): Promise<{
  readonly written: readonly WrittenRecord[];
  readonly proven: ProofSummary;
}> {
  const clinic = new Wardmesh(token === undefined ? { url } : { url, token });
  try {
    // From any node: a document of another id is found out.
    const genesis = await trustedGenesis(clinic.rpc, genesisId);
    await clinic.register([{ number }]);
    const written = await clinic.write({ patient: number }, [
      { resource: glucose },
      { document: { mediaType: 'text/plain', title: 'Letter', bytes: letter }, category: 'notes' },
    ]);
    // Both stand in one statement. The proof may come from any node: a wrong one does not verify.
    const proven = await verifiedProof(genesis, await clinic.proof(written[0].statement));
    return { written, proven };
  } finally {
    clinic.close();
  }
}

if (import.meta.main) {
  const [url, token, genesisId, number] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await firstRecord({ url, token, genesisId, number }))}\n`);
}
