// What a proof file shows, checked with nothing but the genesis document (PROTOCOL 10.4). The same code runs in browsers.
import { equalBytes } from '../../common/bytes.ts';
import { blockId } from '../chain/header.ts';
import type { Header } from '../chain/types.ts';
import type { Genesis } from '../genesis.ts';
import { decodeOutcome, outcomeLeaf } from '../ledger/outcome.ts';
import { sealTransaction } from '../ledger/transaction.ts';
import type { Outcome, SealedTransaction } from '../ledger/types.ts';
import { verifyMerkleProof } from '../merkle.ts';
import { stateValueHash, treeKey } from '../tree/keys.ts';
import { decodeStateProof, verifyStateProof } from '../tree/proof.ts';
import { ProofError } from './errors.ts';
import { type LightState, verifyLightChain } from './light-chain.ts';
import { leadsTo } from './merkle-path.ts';
import { decodeProof, type HistoricHeader, type StatementProof, type StateRowProof } from './proof-file.ts';

export interface FinalBlock {
  readonly header: Header;
  readonly id: Uint8Array;
}

export type Conclusion =
  | ({ readonly type: 'block' } & FinalBlock)
  | {
      readonly type: 'statement';
      /** Where the statement stands. */
      readonly block: FinalBlock;
      readonly transaction: SealedTransaction;
      /** Position of the statement in its transaction. */
      readonly statement: number;
      readonly outcome: Outcome;
    }
  | {
      readonly type: 'state';
      readonly key: Uint8Array;
      /** Undefined: there was no such row. */
      readonly value: Uint8Array | undefined;
      /** The height after whose block this was so. */
      readonly height: number;
    };

export interface Verified {
  /** The members and the final header that vouch for it. */
  readonly light: LightState;
  readonly conclusion: Conclusion;
}

/** Throws ProofError or CodecError when the bytes do not prove anything on this network. */
export async function verifyProof(genesis: Genesis, bytes: Uint8Array): Promise<Verified> {
  const { genesisId, lightChain, shown } = decodeProof(bytes);
  const light = await verifyLightChain(genesis, lightChain);
  if (!equalBytes(genesisId, light.genesisId)) throw new ProofError({ code: 'proof.network' });
  switch (shown.type) {
    case 'block':
      return { light, conclusion: { type: 'block', header: shown.header, id: finalId(light, shown) } };
    case 'statement':
      return { light, conclusion: statementUnder(light, shown) };
    case 'state':
      return { light, conclusion: stateUnder(light, shown) };
  }
}

/** The id of a header that is the final one or in its history. */
function finalId(light: LightState, { header, history }: HistoricHeader): Uint8Array {
  const id = blockId(header);
  const { height } = header;
  const { historyRoot, height: covered } = light.header;
  // A final header tells by its own height how many ids its history covers.
  const known =
    history === undefined ? equalBytes(id, light.id) : verifyMerkleProof(historyRoot, id, height, covered, history);
  if (!known) throw new ProofError({ code: 'proof.history', height });
  return id;
}

function statementUnder(light: LightState, shown: StatementProof): Conclusion {
  const { header, child, statement } = shown;
  finalId(light, child);
  const id = blockId(header);
  if (!equalBytes(child.header.parent, id) || child.header.height !== header.height + 1) {
    throw new ProofError({ code: 'proof.history', height: header.height });
  }
  const transaction = sealTransaction(light.genesisId, shown.transaction);
  const statementId = transaction.statementIds[statement];
  if (statementId === undefined || !leadsTo(header.txRoot, transaction.witnessId, shown.transactionPath)) {
    throw new ProofError({ code: 'proof.transaction' });
  }
  const outcome = decodeOutcome(shown.outcome);
  if (!leadsTo(child.header.outcomeRoot, outcomeLeaf(statementId, outcome), shown.outcomePath)) {
    throw new ProofError({ code: 'proof.outcome' });
  }
  return { type: 'statement', block: { header, id }, transaction, statement, outcome };
}

function stateUnder({ header }: LightState, { key, value, proof }: StateRowProof): Conclusion {
  const valueHash = value === undefined ? undefined : stateValueHash(value);
  // Block 0 commits to no state: it has no parent.
  if (header.height === 0 || !verifyStateProof(header.stateRoot, treeKey(key), valueHash, decodeStateProof(proof))) {
    throw new ProofError({ code: 'proof.state' });
  }
  return { type: 'state', key, value, height: header.height - 1 };
}
