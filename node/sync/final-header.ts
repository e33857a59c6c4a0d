// Whether a checkpoint that a peer names is final: its descendants by hash up to a header that a quorum made final
// (PROTOCOL 10.1). Nothing that the peer claims counts without that. Owns fetching; consensus/proofs owns the rule.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { decodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { type LightState, lightStart, lightStep, MAX_LIGHT_CHAIN_BYTES } from '../../consensus/proofs/light-chain.ts';
import { decodeLightStep, NO_CHANGES } from '../../consensus/proofs/light-step.ts';
import type { HeaderItem } from '../store/rows.ts';
import { SyncError } from './errors.ts';
import type { PeerRequests } from './peer-requests.ts';
import { LIGHT } from './protocols.ts';
import { MAX_HEADERS } from './wire.ts';

const LIGHT_MS = 60_000;

export interface FinalHeaderModules {
  readonly requests: PeerRequests;
}

export interface FinalCheckpoint {
  /** The checkpoint's header. */
  readonly item: HeaderItem;
  /** Encoded steps from the founders, verified. */
  readonly steps: readonly Uint8Array[];
}

/** The signed header of the checkpoint, proven final. Throws SyncError `sync.not-final`, ProofError or CodecError. */
export async function finalCheckpoint(
  genesis: Genesis,
  peerId: string,
  checkpoint: { readonly height: number; readonly id: Uint8Array },
  { requests }: FinalHeaderModules,
): Promise<FinalCheckpoint> {
  const { height, id } = checkpoint;
  const notFinal = new SyncError({ code: 'sync.not-final', height });
  const steps: Uint8Array[] = [];
  let state = lightStart(genesis);
  let bytes = 0;
  for await (const step of requests.request(peerId, LIGHT.protocol, EMPTY_BYTES, LIGHT_MS)) {
    bytes += step.length;
    if (bytes > MAX_LIGHT_CHAIN_BYTES) throw notFinal;
    state = await lightStep(state, decodeLightStep(step));
    steps.push(step);
  }
  const items = await requests.headers(peerId, height, MAX_HEADERS);
  const ids = items.map(({ signed }) => blockId(signed.header));
  const linked = ids.every((own, i) =>
    i === 0 ? equalBytes(own, id) : equalBytes(items[i].signed.header.parent, ids[i - 1]),
  );
  if (items.length === 0 || !linked) throw notFinal;
  // The header that the steps end in, when it is among these.
  if (ids.some((own) => equalBytes(own, state.id))) return { item: items[0], steps };
  for (const { certificate } of items) {
    if (certificate.length > 0 && (await proves(state, items, height, certificate))) return { item: items[0], steps };
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
