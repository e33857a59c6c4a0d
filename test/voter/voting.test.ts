// Voters of whole nodes in virtual time: starts, lost memory, lies about their votes, offences.
import { describe, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { checkpointMessage, decodeCertificate } from '../../consensus/chain/finality/certificate.ts';
import { slashable } from '../../consensus/chain/finality/quorum.ts';
import type { Link, Vote } from '../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../consensus/chain/finality/vote.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { SimClinic } from '../../node/simulation/nodes/clinic.ts';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';

const BLOCKS_MS = 60_000;

async function started(seed: number, lies?: (clinic: number) => readonly 'two-votes'[]): Promise<SimNetwork> {
  const net = new SimNetwork({ clinics: 4, seed, ...(lies === undefined ? {} : { lies }) });
  await net.start();
  return net;
}

const finalAt = ({ core }: SimClinic): number => core.voting.finality.finalised.epoch;
const lowest = (net: SimNetwork): number => Math.min(...net.live.map(finalAt));
const stateOf = ({ core }: SimClinic): string => core.voting.voter.state;

async function passes(net: SimNetwork, epochs: number): Promise<void> {
  const height = Math.max(...net.live.map((clinic) => clinic.height));
  expect(await net.reach(height + epochs * EPOCH_BLOCKS, 4 * epochs * EPOCH_BLOCKS * BLOCKS_MS)).toBe(true);
}

/** Every vote that a clinic announced from now on, as another clinic got to know it. */
function votesOf(net: SimNetwork, clinic: number, seenBy: number): () => Vote[] {
  return () => net.clinic(seenBy).core.voting.finality.pool.of(clinic);
}

describe('a voter', () => {
  it('goes on after all clinics lost power at once, from its file', async () => {
    const net = await started(11);
    await passes(net, 6);
    const before = lowest(net);
    expect(before).toBeGreaterThan(2);
    for (const clinic of net.clinics) clinic.crash();
    for (const clinic of net.clinics) await clinic.start();
    expect(lowest(net)).toBeGreaterThanOrEqual(before - 1);
    await passes(net, 3);
    expect(lowest(net)).toBeGreaterThan(before);
    expect(net.clinics.map(stateOf)).toEqual(['voting', 'voting', 'voting', 'voting']);
    expect(net.violations).toEqual([]);
  });

  it('without its file waits for a quorum of answers, then leaves out what it may have voted for', async () => {
    const net = await started(12);
    await passes(net, 5);
    const [forgetful, ...others] = net.clinics;
    forgetful.crash();
    forgetful.forgetVotes();
    const seen = votesOf(net, 1, 2);
    const known = Math.max(...seen().map(({ link }) => link.target.epoch));
    // Alone with one other clinic it hears from two of four.
    net.cut([1, 2], [3, 4]);
    await forgetful.start();
    await net.pass(12 * BLOCKS_MS);
    expect(stateOf(forgetful)).toBe('recovering');
    expect(forgetful.core.voting.voter.remembers).toBe(false);
    expect(Math.max(...seen().map(({ link }) => link.target.epoch))).toBe(known);
    net.heal();
    await net.agree(20 * BLOCKS_MS);
    await net.pass(5 * BLOCKS_MS, () => stateOf(forgetful) === 'voting');
    expect(stateOf(forgetful)).toBe('voting');
    const floor = Math.floor(forgetful.height / EPOCH_BLOCKS);
    expect(forgetful.core.voting.voter.memory.target).toBeGreaterThan(floor);
    await passes(net, 6);
    const all = seen();
    expect(Math.max(...all.map(({ link }) => link.target.epoch))).toBeGreaterThan(floor + 2);
    for (const a of all) for (const b of all) expect(slashable(a, b)).toBeUndefined();
    expect(Math.min(...others.map(finalAt))).toBeGreaterThan(known);
    expect(net.violations).toEqual([]);
  });

  it('goes on without its file when every other clinic is there and lost its own as well', async () => {
    const net = await started(13);
    await passes(net, 4);
    const before = lowest(net);
    for (const clinic of net.clinics) {
      clinic.crash();
      clinic.forgetVotes();
    }
    for (const clinic of net.clinics.slice(0, 3)) await clinic.start();
    await net.pass(8 * BLOCKS_MS);
    expect(net.live.map(stateOf)).toEqual(['recovering', 'recovering', 'recovering']);
    await net.clinic(4).start();
    await passes(net, 6);
    expect(lowest(net)).toBeGreaterThan(before);
    expect(net.violations).toEqual([]);
  });

  it('takes no vote that its clinic never signed, and none that is signed by another key', async () => {
    const net = await started(14);
    await passes(net, 4);
    const { finality } = net.clinic(2).core.voting;
    const [sample] = finality.pool.all().slice(-1);
    const link: Link = { ...sample.link, target: { epoch: sample.link.target.epoch + 1, id: new Uint8Array(32) } };
    const forged = signEd25519(new Uint8Array(32).fill(9), voteMessage(genesisId(net.genesis), link));
    const size = finality.pool.size;
    expect(await finality.take({ link, clinic: 1, signature: forged })).toBe('bad-signature');
    expect(await finality.take({ link, clinic: 77, signature: forged })).toBe('unknown');
    const distant = { ...link, target: { ...link.target, epoch: 10_000 } };
    expect(await finality.take({ link: distant, clinic: 1, signature: forged })).toBe('unknown');
    expect(finality.pool.size).toBe(size);
  });

  it('who votes twice is brought before the chain and loses its vote, while finality goes on', async () => {
    const net = await started(15, (clinic) => (clinic === 4 ? ['two-votes'] : []));
    const suspended = (clinic: SimClinic): boolean =>
      clinic.core.members.current.record(4)?.voteSuspended === true && stateOf(clinic) !== 'none';
    const honest = net.clinics.slice(0, 3);
    await net.pass(120 * BLOCKS_MS, () => honest.every(suspended));
    expect(honest.every(suspended)).toBe(true);
    expect(stateOf(net.clinic(4))).toBe('none');
    const before = lowest(net);
    await passes(net, 4);
    expect(lowest(net)).toBeGreaterThan(before);
    expect(net.violations).toEqual([]);
  });
});

describe('what is final', () => {
  it('can be certified again on a branch that lacks the certificates which led to it', async () => {
    const net = await started(16);
    await passes(net, 6);
    const { core, store } = net.clinic(1);
    const { finality } = core.voting;
    const final = finality.finalised;
    let { view } = core.chain;
    while (view.justified.epoch >= final.epoch) ({ view } = await store.disconnect());
    const certificate = decodeCertificate(await finality.certificateFor(view));
    expect(certificate).toMatchObject({ type: 'votes', link: { source: view.justified, target: final } });
  });
});

/** By the cold key of a clinic, which may be down. */
function governanceSignature(
  net: SimNetwork,
  number: number,
  content: Parameters<typeof checkpointMessage>[1],
): Uint8Array {
  return signEd25519(net.clinic(number).seeds.governance, checkpointMessage(genesisId(net.genesis), content));
}

describe('a checkpoint file', () => {
  it('makes final what votes cannot any more, is in a block soon, and stays over a restart', async () => {
    const net = await started(21);
    await passes(net, 4);
    // Two of four are gone for good, and no quorum of votes will ever be there. The cold key of one of them is not lost.
    for (const number of [3, 4]) net.clinic(number).crash();
    await passes(net, 4);
    const before = lowest(net);
    const [clinic] = net.live;
    const epoch = Math.floor(clinic.height / EPOCH_BLOCKS) - 1;
    const target = await clinic.store.entryAt(epoch * EPOCH_BLOCKS);
    const content = {
      set: 0,
      checkpoint: { epoch, id: target?.id ?? new Uint8Array(32) },
      height: epoch * EPOCH_BLOCKS,
    };
    const signed = (clinics: readonly number[]) => ({
      type: 'governance' as const,
      ...content,
      signatures: clinics.map((number) => ({ clinic: number, signature: governanceSignature(net, number, content) })),
    });
    const { voting } = clinic.core;
    await expect(voting.install(signed([1, 2]))).rejects.toMatchObject({ code: 'checkpoint.quorum' });
    const [first, ...others] = signed([1, 2, 3]).signatures;
    const forged = { ...signed([1]), signatures: [{ ...first, signature: others[0].signature }, ...others] };
    await expect(voting.install(forged)).rejects.toMatchObject({ code: 'checkpoint.signature' });
    await voting.install(signed([1, 2, 3]));
    expect(finalAt(clinic)).toBe(epoch);
    clinic.crash();
    await clinic.start();
    expect(finalAt(clinic)).toBe(epoch);
    const included = (): boolean => net.live.every(({ core }) => core.chain.view.finalised.epoch >= epoch);
    await net.pass(40 * BLOCKS_MS, included);
    expect(included()).toBe(true);
    expect(epoch).toBeGreaterThan(before);
    await expect(voting.install(signed([1, 2, 3]))).rejects.toMatchObject({ code: 'checkpoint.old' });
    expect(net.violations).toEqual([]);
  });
});
