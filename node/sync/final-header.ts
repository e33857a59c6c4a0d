// Whether a checkpoint that a peer names is final: its descendants by hash up to a header that a quorum made final
// (PROTOCOL 10.1). Nothing that the peer claims counts without that. Owns fetching; consensus/proofs owns the rule.
import { equalBytes } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { decodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { type LightState, lightStart, lightStep } from '../../consensus/proofs/light-chain.ts';
import { NO_CHANGES } from '../../consensus/proofs/light-step.ts';
import type { HeaderItem } from '../store/rows.ts';
import { SyncError } from './errors.ts';
import type { PeerRequests } from './peer-requests.ts';
import { MAX_HEADERS } from './wire.ts';

export interface FinalHeaderModules {
  readonly requests: PeerRequests;
  /** What a peer can prove of the members since the founders; undefined when nothing is needed or known. */
  lightState(peerId: string): Promise<LightState | undefined>;
}

/** The signed header of the checkpoint, proven final. Throws SyncError `sync.not-final`. */
export async function finalCheckpoint(
  genesis: Genesis,
  peerId: string,
  checkpoint: { readonly height: number; readonly id: Uint8Array },
  modules: FinalHeaderModules,
): Promise<HeaderItem> {
  const { height, id } = checkpoint;
  const notFinal = new SyncError({ code: 'sync.not-final', height });
  const items = await modules.requests.headers(peerId, height, MAX_HEADERS);
  const ids = items.map(({ signed }) => blockId(signed.header));
  const linked = ids.every((own, i) =>
    i === 0 ? equalBytes(own, id) : equalBytes(items[i].signed.header.parent, ids[i - 1]),
  );
  if (items.length === 0 || !linked) throw notFinal;
  const known = items[0].signed.header.memberSet === 0 ? undefined : await modules.lightState(peerId);
  const state = known ?? lightStart(genesis);
  // The checkpoint that the light chain ends in, when it is among these.
  if (ids.some((own) => equalBytes(own, state.id))) return items[0];
  for (const { certificate } of items) {
    if (certificate.length > 0 && (await proves(state, items, height, certificate))) return items[0];
  }
  throw notFinal;
}

async function proves(
  state: LightState,
  items: readonly HeaderItem[],
  first: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const certificate = decodeCertificate(bytes);
  const { epoch } = certificate.type === 'votes' ? certificate.link.source : certificate.checkpoint;
  const final = items[EPOCH_BLOCKS * epoch - first];
  if (final === undefined) return false;
  try {
    await lightStep(state, { header: final.signed.header, certificate: bytes, ...NO_CHANGES });
    return true;
  } catch (error) {
    if (codeOf(error)?.startsWith('proof.') === true) return false;
    throw error;
  }
}
