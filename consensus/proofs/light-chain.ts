// From the founders to the members of today by final headers alone (PROTOCOL 10.1, 10.2): no block, no other header, no
// state is needed. Trusts the genesis document, and of every member set on the way that fewer than a third are liars.
import { verifyEd25519 } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { decodeCertificate, signaturesOf, voteJobs } from '../chain/finality/certificate.ts';
import type { Certificate, GovernanceCertificate, VotesCertificate } from '../chain/finality/types.ts';
import { genesisHeader } from '../chain/genesis-block.ts';
import { blockId } from '../chain/header.ts';
import type { Header } from '../chain/types.ts';
import { type Genesis, genesisId } from '../genesis.ts';
import type { Change } from '../ledger/members/change.ts';
import { governanceJobs } from '../ledger/members/quorum.ts';
import { decodeChangeRow } from '../ledger/members/set-rows.ts';
import type { SignatureJob } from '../ledger/signatures.ts';
import { changeKey } from '../ledger/tables.ts';
import type { ClinicNumber } from '../ledger/types.ts';
import { EPOCH_BLOCKS } from '../limits.ts';
import { applyChange, founders, type MemberSet } from '../member-set.ts';
import { stateValueHash, treeKey } from '../tree/keys.ts';
import { decodeStateProof, verifyStateProof } from '../tree/proof.ts';
import { ProofError } from './errors.ts';
import { decodeLightStep, type LightStep, MAX_STEP_BYTES } from './light-step.ts';

/** What is known after a step. */
export interface LightState {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  /** In force at the last final header, or joint with `previous` from some height after it on. */
  readonly current: MemberSet;
  /** In a transition, the set whose quorum is needed as well. */
  readonly previous: MemberSet | undefined;
  /** The last final header; block 0 at the start. */
  readonly header: Header;
  readonly id: Uint8Array;
  readonly epoch: number;
  /** Whose signatures made it final. */
  readonly signers: readonly ClinicNumber[];
  /** All approved changes that were shown, the first one first. */
  readonly changes: readonly Change[];
  /** Numbers of changes that were all there were at some final header: only such a set can have come into force. */
  readonly exact: readonly number[];
  /** The last of them that was seen to become ripe; 0 before the first. */
  readonly ripe: number;
  /** Those that governance's checkpoint files made ripe: the set before has no say in them. */
  readonly waived: readonly number[];
}

type Sets = Pick<LightState, 'current' | 'previous'>;

/** Bytes of a light chain at most: what a browser still checks in seconds. */
export const MAX_LIGHT_CHAIN_BYTES = 32 * 1024 * 1024;

export function lightStart(genesis: Genesis): LightState {
  const header = genesisHeader(genesis);
  return {
    genesis,
    genesisId: genesisId(genesis),
    current: founders(genesis),
    previous: undefined,
    header,
    id: blockId(header),
    epoch: 0,
    signers: [],
    changes: [],
    exact: [],
    ripe: 0,
    waived: [],
  };
}

/** What a step leads to once its signatures are verified. Throws ProofError or CodecError. */
export function checkLightStep(
  state: LightState,
  step: LightStep,
): { next: LightState; jobs: readonly SignatureJob[] } {
  const { header } = step;
  const id = blockId(header);
  const certificate = decodeCertificate(step.certificate);
  const { epoch } = finalCheckpoint(certificate, header, id);
  if (epoch <= state.epoch) throw new ProofError({ code: 'proof.checkpoint', epoch });
  const governance = certificate.type === 'governance';
  const sets = governance ? governanceSets(state, certificate) : voterSets(state, certificate);
  const jobs = governance
    ? governanceJobs(state, sets.current, certificate)
    : voteJobs(state.genesisId, sets, certificate);
  if (jobs === undefined) throw new ProofError({ code: 'proof.quorum', epoch });
  const changes = [...state.changes, ...provenChanges(header, step, state.changes.length)];
  const last = step.closing.length > 0 ? closedAt(header, step.closing, changes.length) : undefined;
  const previous = header.memberSet === sets.current.id ? undefined : sets.previous;
  const ripe = previous === undefined ? ripened(state, sets.current, last) : undefined;
  const next: LightState = {
    ...state,
    ...sets,
    previous,
    header,
    id,
    epoch,
    signers: signaturesOf(certificate).map(({ clinic }) => clinic),
    changes,
    exact: last === undefined ? state.exact : [...state.exact, last],
    ripe: ripe ?? state.ripe,
    waived: governance && ripe !== undefined ? [...state.waived, ripe] : state.waived,
  };
  return { next, jobs };
}

/** Throws ProofError or CodecError. */
export async function lightStep(state: LightState, step: LightStep): Promise<LightState> {
  const { next, jobs } = checkLightStep(state, step);
  const valid = await Promise.all(
    jobs.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature)),
  );
  if (!valid.every((is) => is)) throw new ProofError({ code: 'proof.signature', epoch: next.epoch });
  return next;
}

/** `count u32 | count x (length u32 | step)`. */
export function encodeLightChain(steps: readonly Uint8Array[]): Uint8Array {
  const out = new Writer(4096).u32(steps.length);
  for (const step of steps) out.u32(step.length).fixed(step, step.length);
  return out.finish();
}

/** The encoded steps. Throws CodecError. */
export function decodeLightChain(bytes: Uint8Array): Uint8Array[] {
  bound('light chain', bytes.length, MAX_LIGHT_CHAIN_BYTES);
  const input = new Reader(bytes);
  const steps: Uint8Array[] = [];
  for (let left = input.u32(); left > 0; left--) {
    const length = input.u32();
    bound('step', length, MAX_STEP_BYTES);
    steps.push(input.shared(length));
  }
  input.end();
  return steps;
}

/** Follows a whole light chain from the founders. Throws ProofError or CodecError. */
export async function verifyLightChain(genesis: Genesis, bytes: Uint8Array): Promise<LightState> {
  let state = lightStart(genesis);
  for (const step of decodeLightChain(bytes)) state = await lightStep(state, decodeLightStep(step));
  return state;
}

/** The checkpoint that the certificate makes final: the source of a link to the next epoch, or governance's. */
function finalCheckpoint(certificate: Certificate, header: Header, id: Uint8Array) {
  const checkpoint = certificate.type === 'votes' ? certificate.link.source : certificate.checkpoint;
  const { epoch } = checkpoint;
  const next = certificate.type === 'governance' || certificate.link.target.epoch === epoch + 1;
  if (!next || header.height !== epoch * EPOCH_BLOCKS || !equalBytes(checkpoint.id, id)) {
    throw new ProofError({ code: 'proof.checkpoint', epoch });
  }
  return checkpoint;
}

/** The number of changes that a final header makes ripe outside a transition: none while others are (PROTOCOL 7.1.2). */
function ripened({ ripe }: LightState, current: MemberSet, last: number | undefined): number | undefined {
  return last !== undefined && last > current.id && ripe <= current.id ? last : undefined;
}

/**
 * Voters sign which set is in force at their target. One that is later than the known one is joint with it, so honest
 * voters of the known one vouch for its number, and its members follow from changes that were final before.
 */
function voterSets(state: LightState, { link }: VotesCertificate): Sets {
  const { current, previous, waived } = state;
  if (link.set === current.id) return { current, previous };
  const next = previous === undefined ? nextSet(state, link.set) : undefined;
  if (next === undefined) throw new ProofError({ code: 'proof.set', epoch: link.source.epoch, set: link.set });
  return { current: next, previous: waived.includes(next.id) ? undefined : current };
}

/** Governance's keys stand for votes that can never come, so nobody of the set before is asked about the checkpoint. */
function governanceSets(state: LightState, { set, checkpoint }: GovernanceCertificate): Sets {
  // A transition ends with a checkpoint under the new set, whoever makes it final.
  if (set === state.current.id) return { current: state.current, previous: state.previous };
  const current = nextSet(state, set);
  if (current === undefined) throw new ProofError({ code: 'proof.set', epoch: checkpoint.epoch, set });
  return { current, previous: state.waived.includes(set) ? undefined : state.current };
}

/** A later set that can have come into force: one with all changes that there were at some final header. */
function nextSet({ current, changes, exact }: LightState, n: number): MemberSet | undefined {
  if (n < current.id || !exact.includes(n)) return undefined;
  return changes.slice(current.id, n).reduce<MemberSet>(applyChange, current);
}

function provenChanges(header: Header, step: LightStep, known: number): Change[] {
  return step.changes.map(({ value, proof }, i) => {
    const change = known + 1 + i;
    const held = verifyStateProof(
      header.stateRoot,
      treeKey(changeKey(change)),
      stateValueHash(value),
      decodeStateProof(proof),
    );
    if (!held) throw new ProofError({ code: 'proof.change', change });
    return decodeChangeRow(value).change;
  });
}

/** The number of changes, once the state shows that there is no further one. */
function closedAt(header: Header, closing: Uint8Array, count: number): number {
  const key = treeKey(changeKey(count + 1));
  if (!verifyStateProof(header.stateRoot, key, undefined, decodeStateProof(closing))) {
    throw new ProofError({ code: 'proof.change', change: count + 1 });
  }
  return count;
}

function bound(field: string, length: number, limit: number): void {
  if (length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
}
