// Evaluation of identifiers between clinics over real connections: any of the threshold, a liar, quotas, strangers.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { oprfBlind, oprfKeyPair } from '../../common/crypto/oprf.ts';
import { codeOf } from '../../common/errors.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { SealedPidCache } from '../../identity/patient/pid-cache.ts';
import { Slots } from '../../identity/slots.ts';
import type { KeyGeneration, Shares } from '../../node/ceremony/shares.ts';
import { assembleIdentifiers, type Identifiers } from '../../node/identifiers/assemble.ts';
import { Quotas } from '../../node/identifiers/quotas.ts';
import {
  decodeEvaluationChunk,
  decodeEvaluationRequest,
  EVALUATE,
  encodeEvaluationChunk,
  encodeEvaluationRequest,
  USES,
} from '../../node/identifiers/wire.ts';
import type { MemberSets } from '../../node/members/member-sets.ts';
import { PeerBlames } from '../../node/peers/blame.ts';
import type { Network } from '../../p2p/ports.ts';
import { type DealtShare, dealShares } from '../helpers/deal-shares.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { addressOf, idOf, makeNode, seedOf, silent } from '../p2p/nodes.ts';

const CLINICS = [1, 2, 3, 4];
const DAY = 86_400_000;
const { secretKey, publicKey } = oprfKeyPair(new Uint8Array(32).fill(4));
const fast = new Slots({ limit: 2 }, { scrypt: async (secret) => secret.slice(0, 32) });
const ssn = (number: string) => ({ country: 'US', type: 'ssn', number });

const members = {
  current: {
    clinics: CLINICS.map((number) => ({ number, nodeKey: signingKeyPair(seedOf(number)).publicKey })),
    clinic(wanted: number) {
      return this.clinics.find(({ number }) => number === wanted);
    },
  },
} as unknown as MemberSets;

interface Side extends Identifiers {
  readonly network: Network;
  readonly blames: PeerBlames;
  readonly store: MemoryKeyValues;
}

const running = new Map<number, Side>();
afterEach(() => running.clear());

function dealt(threshold: number, generation = 1): { key: KeyGeneration; shares: readonly DealtShare[] } {
  const shares = dealShares(secretKey, threshold, CLINICS);
  const holders = shares.map((share, at) => ({ clinic: CLINICS[at], ...share }));
  return { key: { purpose: 'identifier', generation, publicKey, threshold, holders, origin: threshold }, shares };
}

async function start(
  clinic: number,
  { key, shares }: ReturnType<typeof dealt>,
  { clock = new ManualClock(), perDay = 100, lies = false } = {},
): Promise<Side> {
  const { network } = makeNode({ number: clinic, protocols: [EVALUATE] });
  const own = shares[(clinic - 1 + (lies ? 1 : 0)) % shares.length].share;
  const held: Shares = {
    current: () => key,
    at: (_, generation) => (generation === key.generation ? key : undefined),
    own: (_, generation) => (generation === key.generation ? own : undefined),
    onChange: () => () => {},
  };
  const blames = new PeerBlames({ network, clock, logger: silent });
  const store = new MemoryKeyValues();
  const storageKey = new Uint8Array(32).fill(clinic);
  const identifiers = assembleIdentifiers(
    { clinic, storageKey, perDay: { identifier: perDay, link: perDay } },
    {
      ...{ network, members, shares: held, blames, store, slots: fast, clock, logger: silent },
      cache: new SealedPidCache({ storageKey }, { store: new MemoryKeyValues() }),
      random: () => 0,
    },
  );
  await network.start();
  const side = { ...identifiers, network, blames, store };
  running.set(clinic, side);
  return side;
}

const gossiping = (network: Network): number => network.peers().filter(({ gossip }) => gossip).length;

/** Everybody who runs knows everybody who runs. */
async function connected(): Promise<void> {
  const networks = [...running.values()].map(({ network }) => network);
  for (const [at, network] of networks.entries()) {
    // One side dials, so that there are no two connections of which one is soon closed.
    const others = networks.map((other, i) => addressOf(other, { dial: i > at }));
    network.setMembers(others.filter(({ peerId }) => peerId !== network.peerId));
  }
  await waitFor(() => networks.every((network) => gossiping(network) === networks.length - 1), {
    timeoutMs: 60_000,
    what: 'all connections',
  });
}

const expected = (number: string) =>
  new PatientIdentifiers({}, { evaluator: localEvaluator(secretKey), slots: fast }).pidOf(ssn(number));

describe('identifiers of several clinics', { timeout: 180_000 }, () => {
  it('property 1: patient id uniqueness: every clinic computes one identifier for one number, whichever of the threshold are there', async () => {
    const deal = dealt(3);
    for (const number of CLINICS) await start(number, deal);
    await connected();
    const pid = await expected('523-45-6789');
    const found = await Promise.all(
      CLINICS.map((number) => running.get(number)!.identifiers.pidOf(ssn('523 45 6789'))),
    );
    expect(new Set(found)).toEqual(new Set([pid]));
    expect(running.get(1)!.reachable()).toEqual([1, 2, 3, 4]);

    await running.get(2)!.network.stop();
    await waitFor(() => gossiping(running.get(1)!.network) === 2, { what: 'one gone' });
    expect(await running.get(1)!.identifiers.pidOf(ssn('523-45-6790'))).toBe(await expected('523-45-6790'));
    await running.get(3)!.network.stop();
    await waitFor(() => gossiping(running.get(1)!.network) === 1, { what: 'two gone' });
    await expect(running.get(1)!.identifiers.pidOf(ssn('523-45-6791'))).rejects.toMatchObject({
      type: { code: 'identifier.unreachable', reached: 2, needed: 3 },
    });
    // Who was here before needs nobody.
    expect(await running.get(1)!.identifiers.pidOf(ssn('523-45-6789'))).toBe(pid);
  });

  it('blames a clinic whose part does not fit its share, and takes that of another', async () => {
    const deal = dealt(3);
    await start(1, deal);
    await start(2, deal, { lies: true });
    await start(3, deal);
    await start(4, deal);
    await connected();
    const first = running.get(1)!;
    expect(await first.identifiers.pidOf(ssn('523-45-6789'))).toBe(await expected('523-45-6789'));
    await waitFor(() => first.blames.of(idOf(2)).length === 1, { what: 'the blame' });
    expect(first.blames.of(idOf(2))).toMatchObject([{ code: 'identifier.wrong-partial', blame: 'quarantine' }]);
    for (const honest of [3, 4]) expect(first.blames.of(idOf(honest))).toEqual([]);
  });

  it('evaluates for each clinic as much as a day allows, counts the uses apart, and says when there is more', async () => {
    const clock = new ManualClock();
    const deal = dealt(2);
    await start(1, deal);
    const other = await start(2, deal, { clock, perDay: 2 });
    await connected();
    const { identifiers, linkEvaluator } = running.get(1)!;
    await identifiers.pidsOf([ssn('523-45-6781'), ssn('523-45-6782')]);
    const until = (Math.floor(clock.now() / DAY) + 1) * DAY;
    await expect(identifiers.pidOf(ssn('523-45-6783'))).rejects.toMatchObject({
      type: { code: 'identifier.quota', until },
      message: expect.stringContaining(new Date(until).toISOString()),
    });
    expect(await linkEvaluator.evaluate([oprfBlind(Uint8Array.of(1)).blinded])).toHaveLength(1);
    expect(await other.quotas.list()).toEqual([
      { clinic: 1, use: 'identifier', today: 2, limit: 2, granted: 0, total: 2, refused: 1, until },
      { clinic: 1, use: 'link', today: 1, limit: 2, granted: 0, total: 1, refused: 0, until },
    ]);
    await other.quotas.grant(1, 'identifier', 1);
    await identifiers.pidOf(ssn('523-45-6783'));
    await expect(identifiers.pidOf(ssn('523-45-6784'))).rejects.toMatchObject({ code: 'identifier.quota' });
    clock.advance(until - clock.now());
    await identifiers.pidOf(ssn('523-45-6784'));
  });

  it('evaluates for members alone, and only what is an element', async () => {
    await start(1, dealt(2));
    const stranger = makeNode({ number: 9, protocols: [EVALUATE] }).network;
    const member = makeNode({ number: 3, protocols: [EVALUATE] }).network;
    const { network } = running.get(1)!;
    await stranger.start();
    await member.start();
    network.setMembers([addressOf(stranger), addressOf(member)]);
    for (const other of [stranger, member]) other.setMembers([addressOf(network)]);
    await waitFor(() => gossiping(network) === 2, { what: 'both connections' });
    const blinded = [oprfBlind(Uint8Array.of(1)).blinded];
    const ask = async (from: Network, elements: readonly Uint8Array[], generation = 1): Promise<unknown> => {
      const request = encodeEvaluationRequest({ use: 'identifier', generation, blinded: elements });
      try {
        let chunks = 0;
        for await (const _ of from.request(network.peerId, EVALUATE.protocol, request)) chunks++;
        return chunks;
      } catch (error) {
        return [codeOf(error), (error as { type: { reason?: string } }).type.reason];
      }
    };
    expect(await ask(stranger, blinded)).toEqual(['p2p.unavailable', 'not-admitted']);
    expect(await ask(member, blinded, 7)).toEqual(['p2p.unavailable', 'identifier.generation']);
    expect(await ask(member, [new Uint8Array(32)])).toEqual(['p2p.bad-request', 'identifier.element']);
    expect(await ask(member, blinded)).toBe(2);
  });
});

describe('quotas', () => {
  it('survive a restart, and a clock that is set back starts no new day', async () => {
    const clock = new ManualClock();
    const store = new MemoryKeyValues();
    const perDay = { identifier: 3, link: 1 };
    expect(await new Quotas({ perDay }, { store, clock }).take(5, 'identifier', 3)).toEqual({ ok: true });
    const again = new Quotas({ perDay }, { store, clock });
    expect(await again.take(5, 'identifier', 1)).toMatchObject({ ok: false });
    const earlier = new Quotas({ perDay }, { store, clock: { now: () => clock.now() - 3 * DAY } });
    expect(await earlier.take(5, 'identifier', 1)).toMatchObject({ ok: false });
    expect(await earlier.take(6, 'identifier', 3)).toEqual({ ok: true });
  });

  it('are never exceeded, however the asking is spread', async () => {
    const asked = fc.array(
      fc.record({ clinic: fc.integer({ min: 1, max: 3 }), count: fc.integer({ min: 1, max: 5 }) }),
      {
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(asked, async (list) => {
        const quotas = new Quotas(
          { perDay: { identifier: 10, link: 0 } },
          { store: new MemoryKeyValues(), clock: new ManualClock() },
        );
        const verdicts = await Promise.all(list.map(({ clinic, count }) => quotas.take(clinic, 'identifier', count)));
        for (const clinic of [1, 2, 3]) {
          const given = list.reduce(
            (sum, one, i) => sum + (one.clinic === clinic && verdicts[i].ok ? one.count : 0),
            0,
          );
          expect(given).toBeLessThanOrEqual(10);
          const counted = (await quotas.list()).find((count) => count.clinic === clinic);
          expect(counted?.total ?? 0).toBe(given);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('bytes of evaluations', () => {
  const element = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it('come back as they were, and every other byte string is refused by a code or is one of them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...USES),
        fc.nat(0xffff_ffff),
        fc.array(element, { minLength: 1, maxLength: 256, size: 'small' }),
        (use, generation, blinded) => {
          const request = { use, generation, blinded };
          expect(decodeEvaluationRequest(encodeEvaluationRequest(request))).toEqual(request);
        },
      ),
      { numRuns: 30 },
    );
    const chunk = fc.oneof(
      fc.array(element, { minLength: 1, maxLength: 32 }).map((elements) => ({ type: 'elements' as const, elements })),
      fc.uint8Array({ minLength: 64, maxLength: 64 }).map((proof) => ({ type: 'proof' as const, proof })),
      fc.nat(2 ** 50).map((until) => ({ type: 'quota' as const, until })),
    );
    fc.assert(
      fc.property(chunk, (one) => {
        expect(decodeEvaluationChunk(encodeEvaluationChunk(one))).toEqual(one);
      }),
      { numRuns: 30 },
    );
    for (const decode of [decodeEvaluationRequest, decodeEvaluationChunk] as const) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          try {
            decode(bytes);
          } catch (error) {
            expect(codeOf(error)).toMatch(/^codec\./);
          }
        }),
        { numRuns: 200 },
      );
    }
  });
});
