// Keeps this node's light chain (PROTOCOL 10.1) while blocks connect: proofs of changes are made when the state that a
// checkpoint will name is at hand, and become a step when a certificate makes that checkpoint final. A step is true
// for ever, so no undone block takes one back. Owns which steps are kept; rows are light-rows.ts.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { decodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import type { Header } from '../../consensus/chain/types.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { ChainView } from '../../consensus/ledger/members/view.ts';
import { changeKey } from '../../consensus/ledger/tables.ts';
import type { StateReader } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { ProofError } from '../../consensus/proofs/errors.ts';
import { checkLightStep, type LightState, lightStart } from '../../consensus/proofs/light-chain.ts';
import {
  decodeLightStep,
  encodeLightStep,
  type LightStep,
  MAX_STEP_CHANGES,
  NO_CHANGES,
  type ProvenRow,
} from '../../consensus/proofs/light-step.ts';
import { treeKey } from '../../consensus/tree/keys.ts';
import { encodeStateProof } from '../../consensus/tree/proof.ts';
import type { PreparedUpdate } from '../../consensus/tree/types.ts';
import { type CheckedBatch, type CheckedRows, prefixRange } from './kv.ts';
import {
  CAPTURED_PREFIX,
  capturedEpoch,
  capturedKey,
  decodeCaptured,
  encodeCaptured,
  KEPT_PREFIX,
  keptKey,
  LAST_STEP_KEY,
} from './light-rows.ts';

/** A block in hand: connected as soon as its batch is written. */
export interface Connecting {
  readonly height: number;
  readonly certificate: Uint8Array;
  /** After the block. */
  readonly view: ChainView;
  /** The tree after the block. */
  readonly tree: Pick<PreparedUpdate, 'root' | 'prove'>;
  /** Rows after the block. */
  readonly state: StateReader;
  /** The main chain's header at a height up to the parent. */
  headerAt(height: number): Promise<Header | undefined>;
}

export interface LightMove {
  stage(batch: CheckedBatch): void;
  commit(): void;
}

interface Kept {
  readonly state: LightState;
  /** Encoded. */
  readonly steps: readonly Uint8Array[];
  readonly last: Uint8Array | undefined;
  readonly lastEpoch: number;
}

export class LightKeeper {
  private readonly rows: CheckedRows;
  private kept: Kept;
  /** Epochs that have a captured row, ascending. */
  private captured: readonly number[];

  private constructor(rows: CheckedRows, kept: Kept, captured: readonly number[]) {
    this.rows = rows;
    this.kept = kept;
    this.captured = captured;
  }

  static async load(rows: CheckedRows, genesis: Genesis): Promise<LightKeeper> {
    let kept: Kept = { state: lightStart(genesis), steps: [], last: undefined, lastEpoch: 0 };
    for await (const [, step] of rows.rows(prefixRange(KEPT_PREFIX))) kept = withStep(kept, decodeLightStep(step));
    const last = await rows.get(LAST_STEP_KEY);
    if (last !== undefined) kept = { ...kept, ...lastStep(decodeLightStep(last), last) };
    const captured: number[] = [];
    for await (const key of rows.keys(prefixRange(CAPTURED_PREFIX))) captured.push(capturedEpoch(key));
    return new LightKeeper(rows, kept, captured);
  }

  /** The encoded steps from the founders to the last final header; none while nothing is final. */
  get steps(): readonly Uint8Array[] {
    const { steps, last, lastEpoch, state } = this.kept;
    return last === undefined || lastEpoch === state.epoch ? steps : [...steps, last];
  }

  /** The epoch of the last final header. */
  get epoch(): number {
    return this.kept.lastEpoch;
  }

  async follow(block: Connecting): Promise<LightMove> {
    const puts: (readonly [Uint8Array, Uint8Array | null])[] = [];
    let { kept, captured } = this;
    const { finalised, changes, set } = block.view;
    if (finalised.epoch > kept.lastEpoch) {
      const step = await this.stepOf(block);
      const next = step && advance(kept, step);
      if (next !== undefined) {
        puts.push([LAST_STEP_KEY, next.last as Uint8Array]);
        if (next.steps !== kept.steps) puts.push([keptKey(next.lastEpoch), next.last as Uint8Array]);
        for (const epoch of captured) if (epoch <= next.lastEpoch) puts.push([capturedKey(epoch), null]);
        captured = captured.filter((epoch) => epoch > next.lastEpoch);
        kept = next;
      }
    }
    if ((block.height + 1) % EPOCH_BLOCKS === 0 && changes > set.id) {
      const epoch = (block.height + 1) / EPOCH_BLOCKS;
      puts.push([capturedKey(epoch), capture(block, kept.state.changes.length)]);
      captured = [...captured.filter((other) => other < epoch), epoch];
    }
    return {
      stage: (batch) => {
        for (const [key, value] of puts) batch.set(key, value);
      },
      commit: () => {
        this.kept = kept;
        this.captured = captured;
      },
    };
  }

  /** The rows that make these verified steps a new database's own. */
  static stage(batch: CheckedBatch, genesis: Genesis, steps: readonly Uint8Array[]): void {
    let kept: Kept = { state: lightStart(genesis), steps: [], last: undefined, lastEpoch: 0 };
    for (const bytes of steps) {
      const next = withStep(kept, decodeLightStep(bytes));
      if (next.steps !== kept.steps) batch.put(keptKey(next.lastEpoch), bytes);
      kept = next;
    }
    if (kept.last !== undefined) batch.put(LAST_STEP_KEY, kept.last);
  }

  /** The certificate's checkpoint as a step; undefined when this block's certificate is not what made it final. */
  private async stepOf({ certificate, view, headerAt }: Connecting): Promise<LightStep | undefined> {
    if (certificate.length === 0) return undefined;
    const decoded = decodeCertificate(certificate);
    const { epoch, id } = decoded.type === 'votes' ? decoded.link.source : decoded.checkpoint;
    if (epoch !== view.finalised.epoch || !equalBytes(id, view.finalised.id)) return undefined;
    const header = await headerAt(epoch * EPOCH_BLOCKS);
    if (header === undefined) return undefined;
    const row = this.captured.includes(epoch) ? await this.rows.get(capturedKey(epoch)) : undefined;
    const captured = row && decodeCaptured(row);
    // A branch that was left may have captured this epoch's proofs under another root.
    const fits = captured !== undefined && equalBytes(captured.stateRoot, header.stateRoot);
    if (!fits) return { header, certificate, ...NO_CHANGES };
    const { length } = this.kept.state.changes;
    const changes = captured.changes.slice(length - captured.known);
    return { header, certificate, changes, closing: captured.closing };
  }
}

/** Undefined for a step that leads nowhere: the light chain then stays at the final header before. */
function advance(kept: Kept, step: LightStep): Kept | undefined {
  try {
    return withStep(kept, step);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

/** A step stays when what it shows is needed by all later ones: changes, or that a transition has ended. */
function withStep(kept: Kept, step: LightStep): Kept {
  const { state } = kept;
  const { next } = checkLightStep(state, step);
  const bytes = encodeLightStep(step);
  const moved = next.current.id !== state.current.id || state.previous !== undefined;
  const stays =
    next.changes.length > state.changes.length ||
    next.waived.length > state.waived.length ||
    (moved && next.previous === undefined);
  if (!stays) return { ...kept, last: bytes, lastEpoch: next.epoch };
  return { state: next, steps: [...kept.steps, bytes], last: bytes, lastEpoch: next.epoch };
}

function lastStep(step: LightStep, last: Uint8Array): Pick<Kept, 'last' | 'lastEpoch'> {
  return { last, lastEpoch: step.header.height / EPOCH_BLOCKS };
}

/** Proofs of all changes from `known` on, and that there are no more, as far as one step has room. */
function capture({ view, tree, state }: Connecting, known: number): Uint8Array {
  const prove = (n: number): Uint8Array => encodeStateProof(tree.prove(treeKey(changeKey(n))));
  const last = Math.min(view.changes, known + MAX_STEP_CHANGES);
  const changes: ProvenRow[] = [];
  for (let n = known + 1; n <= last; n++) {
    changes.push({ value: state.get(changeKey(n)) as Uint8Array, proof: prove(n) });
  }
  const closing = last === view.changes ? prove(last + 1) : EMPTY_BYTES;
  return encodeCaptured({ stateRoot: tree.root, known, changes, closing });
}
