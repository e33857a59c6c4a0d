// Checks proofs in this browser with the code that the command runs (consensus/proofs). The node gives the proof and the
// genesis document; what it says about either is not asked.

import { fromHex, toHex } from '../../../common/bytes.ts';
import { decodeGenesis, genesisId } from '../../../consensus/genesis.ts';
import { type ProofSummary, summaryOf } from '../../../consensus/proofs/summary.ts';
import { verifyProof } from '../../../consensus/proofs/verify-proof.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { ParamsIn } from '../../../rpc/schema/methods.ts';

export interface Verification {
  readonly summary: ProofSummary;
  readonly bytes: Uint8Array;
}

/** What the page is about; a proof of something else does not pass for it. */
export type Subject = ParamsIn<'chain_getProof'>;

export class OtherSubjectError extends Error {}

export async function verifyHere(client: RpcClient, subject: Subject): Promise<Verification> {
  const { proof } = await client.call('chain_getProof', subject);
  const verification = await verifyBytes(client, fromHex(proof));
  if (!isAbout(verification.summary, subject)) throw new OtherSubjectError('the proof is about something else');
  return verification;
}

/** Throws ProofError or CodecError. */
export async function verifyBytes(client: RpcClient, bytes: Uint8Array): Promise<Verification> {
  const answer = await client.call('chain_getGenesis', {});
  const genesis = decodeGenesis(fromHex(answer.genesis));
  if (toHex(genesisId(genesis)) !== answer.id) throw new OtherSubjectError('the genesis document has another id');
  return { summary: summaryOf(await verifyProof(genesis, bytes)), bytes };
}

function isAbout({ shown }: ProofSummary, subject: Subject): boolean {
  if ('block' in subject) return shown.type === 'block' && shown.block.id === subject.block;
  if ('statement' in subject) return shown.type === 'statement' && shown.statement.id === subject.statement;
  return shown.type === 'state' && shown.key === subject.key;
}
