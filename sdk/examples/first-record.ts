// The worked example of docs/SDK.md: an application with an API key registers a patient, writes a resource and a document into
// the clinic's chart, waits until the chain made them final, and checks that with no network.
//
//   node sdk/examples/first-record.ts http://localhost:8641 KEY GENESIS-ID 951-71-0001
import { trustedGenesis, verifiedProof } from '../verify.ts';
import { Wardmesh } from '../wardmesh.ts';

const glucose = {
  resourceType: 'Observation',
  id: 'glucose-1',
  status: 'final',
  category: [{ coding: [{ code: 'laboratory' }] }],
  code: { text: 'Glucose' },
  valueQuantity: { value: 1.1, unit: 'mmol/L' },
};
const letter = new TextEncoder().encode('Seen today; see the laboratory value.\n');

const [url, key, genesisId, number] = process.argv.slice(2);
const clinic = new Wardmesh({ url, token: key });
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
  process.stdout.write(`${JSON.stringify({ written, proven })}\n`);
} finally {
  clinic.close();
}
