// chain_signCheckpoint, chain_installCheckpoint: the checkpoint file as a document. What it does is node/voter/finality.ts.
import { signEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { checkpointMessage } from '../../consensus/chain/finality/certificate.ts';
import { votableEpoch } from '../../consensus/chain/finality/voter-rule.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Chain } from '../chain/chain.ts';
import type { ChainStore } from '../store/ports.ts';
import type { Voting } from '../voter/assemble.ts';
import { CheckpointError } from '../voter/finality.ts';
import { finalRef } from './final-ref.ts';

export type CheckpointHandlers = Pick<Handlers, 'chain_signCheckpoint' | 'chain_installCheckpoint'>;

export interface CheckpointServiceOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** Of the governance key. */
  readonly seed: Uint8Array;
}

export interface CheckpointServiceModules {
  readonly chain: Chain;
  readonly store: Pick<ChainStore, 'entryAt'>;
  readonly voting: Pick<Voting, 'install' | 'finality'>;
}

export function checkpointService(
  { genesisId, clinic, seed }: CheckpointServiceOptions,
  { chain, store, voting }: CheckpointServiceModules,
): CheckpointHandlers {
  return {
    chain_signCheckpoint: async ({ height = votableEpoch(chain.tip.header.height) * EPOCH_BLOCKS }) => {
      const epoch = epochOf(height);
      const entry = await store.entryAt(height);
      if (entry === undefined) throw new CheckpointError({ code: 'checkpoint.height', height });
      const set = chain.members.id;
      const message = checkpointMessage(genesisId, { set, checkpoint: { epoch, id: entry.id }, height });
      const signature = toHex(signEd25519(seed, message));
      return { set, height, id: toHex(entry.id), signatures: [{ clinic, signature }] };
    },

    chain_installCheckpoint: async ({ set, height, id, signatures }) => {
      const checkpoint = { epoch: epochOf(height), id: fromHex(id) };
      const { finality } = voting;
      if (checkpoint.epoch <= finality.finalised.epoch) {
        // Of the operators who install it, those that come later find it in a block already.
        const entry = await store.entryAt(height);
        if (entry === undefined || !equalBytes(entry.id, checkpoint.id)) {
          throw new CheckpointError({ code: 'checkpoint.old' });
        }
        return { final: finalRef(finality.finalised) };
      }
      const byClinic = new Map(signatures.map(({ clinic: signer, signature }) => [signer, fromHex(signature)]));
      await voting.install({
        type: 'governance',
        set,
        height,
        checkpoint,
        signatures: [...byClinic]
          .sort(([a], [b]) => a - b)
          .map(([signer, signature]) => ({ clinic: signer, signature })),
      });
      return { final: finalRef(finality.finalised) };
    },
  };
}

function epochOf(height: number): number {
  if (height === 0 || height % EPOCH_BLOCKS !== 0) throw new CheckpointError({ code: 'checkpoint.height', height });
  return height / EPOCH_BLOCKS;
}
