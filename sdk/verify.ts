// What a program checks for itself with nothing but the id of the network's genesis document, from somebody whom it trusts.

import { fromHex, toHex } from '../common/bytes.ts';
import { type AgeIdentity, decryptAge } from '../common/crypto/age.ts';
import { decodeGenesis, type Genesis, genesisId } from '../consensus/genesis.ts';
import { type ProofSummary, summaryOf } from '../consensus/proofs/summary.ts';
import { verifyProof } from '../consensus/proofs/verify-proof.ts';
import { type VerifiedTakeout, verifyTakeout } from '../records/takeout/verify.ts';
import type { RpcClient } from '../rpc/client.ts';
import { SdkError } from './errors.ts';

/** The genesis document whose id one trusts, from any node. Throws SdkError `sdk.genesis`, RpcError. */
export async function trustedGenesis(node: Pick<RpcClient, 'call'>, id: string): Promise<Genesis> {
  const genesis = decodeGenesis(fromHex((await node.call('chain_getGenesis')).genesis));
  if (toHex(genesisId(genesis)) !== id.toLowerCase()) throw new SdkError({ code: 'sdk.genesis' });
  return genesis;
}

/** What a proof file shows. Throws ProofError or CodecError where it shows nothing on this network. */
export async function verifiedProof(genesis: Genesis, proof: Uint8Array): Promise<ProofSummary> {
  return summaryOf(await verifyProof(genesis, proof));
}

/** A takeout as `Wardmesh.takeout` writes it. Throws TakeoutError, and CryptoError `crypto.open` for another passphrase. */
export function verifiedTakeout(
  genesis: Genesis,
  encrypted: AsyncIterable<Uint8Array>,
  identity: AgeIdentity,
): Promise<VerifiedTakeout> {
  return verifyTakeout(genesis, decryptAge(identity, encrypted));
}
