import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256, signEd25519 } from '#crypto';
import { CodecError } from '../../../common/codec/errors.ts';
import { bodyLeaves } from '../../../consensus/chain/block.ts';
import { APPLIED, encodeOutcome, KNOWN, outcomeLeaf, refused } from '../../../consensus/ledger/outcome.ts';
import { patientKey } from '../../../consensus/ledger/tables.ts';
import { signTransaction } from '../../../consensus/ledger/transaction.ts';
import type { Outcome, SealedTransaction } from '../../../consensus/ledger/types.ts';
import { merkleProof, merkleRoot } from '../../../consensus/merkle.ts';
import { ProofError } from '../../../consensus/proofs/errors.ts';
import { encodeLightChain } from '../../../consensus/proofs/light-chain.ts';
import { pathOf } from '../../../consensus/proofs/merkle-path.ts';
import { decodeProof, encodeProof, type Proof, type Shown } from '../../../consensus/proofs/proof-file.ts';
import { verifyProof } from '../../../consensus/proofs/verify-proof.ts';
import { encodeStateProof } from '../../../consensus/tree/proof.ts';
import { seedOf } from '../chain/samples.ts';
import { encodeSteps, WORLD_GENESIS, World } from './world.ts';

const CERTIFICATE = Uint8Array.of(1, 2, 3);
/** The block with the transactions, and the final one. */
const HEIGHT = 6;
const FINAL_EPOCH = 3;
const FINAL = 4 * FINAL_EPOCH;

const handle = (n: number): Uint8Array => sha256(Uint8Array.of(n));
const rowOf = (n: number): Uint8Array => Uint8Array.of(n, 7, 7);
const key = (n: number): Uint8Array => patientKey(handle(n));

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof ProofError || error instanceof CodecError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('a proof', () => {
  let world: World;
  let lightChain: Uint8Array;
  let transactions: SealedTransaction[];
  const outcomes: Outcome[] = [APPLIED, refused('exists'), KNOWN, APPLIED, APPLIED];

  const ids = () => transactions.flatMap(({ statementIds }) => statementIds);
  const leaves = () => ids().map((id, i) => outcomeLeaf(id, outcomes[i]));
  const witnesses = () => transactions.map(({ witnessId }) => witnessId);
  const history = (height: number) =>
    merkleProof(
      world.headers.slice(0, FINAL).map((_, at) => world.idAt(at)),
      height,
    );
  const child = () => ({ header: world.headers[HEIGHT + 1], history: history(HEIGHT + 1) });
  const file = (shown: Shown): Uint8Array => encodeProof({ genesisId: world.genesisId, lightChain, shown });
  const verify = (shown: Shown) => verifyProof(WORLD_GENESIS, file(shown));

  /** Of the nth statement of the block. */
  function statementProof(n: number): Extract<Shown, { type: 'statement' }> {
    const transaction = Math.floor(n / 2);
    return {
      type: 'statement',
      header: world.headers[HEIGHT],
      child: child(),
      transaction: transactions[transaction].bytes,
      transactionPath: pathOf(bodyLeaves(CERTIFICATE, witnesses()), transaction + 1),
      statement: n % 2,
      outcome: encodeOutcome(outcomes[n]),
      outcomePath: pathOf(leaves(), n),
    };
  }

  function stateProof(n: number, value: Uint8Array | undefined): Extract<Shown, { type: 'state' }> {
    return { type: 'state', key: key(n), value, proof: encodeStateProof(world.proofAt(FINAL, key(n))) };
  }

  beforeAll(async () => {
    world = new World();
    transactions = [2, 2, 1].map((count, sequence) => {
      const statements = Array.from({ length: count }, (_, n) => ({
        kind: 0x0401,
        author: { type: 'clinic', clinic: 1 } as const,
        object: new Uint8Array(32),
        version: 0,
        issued: 1000 * sequence + n,
        payload: handle(10 * sequence + n),
        attachment: undefined,
        signature: undefined,
      }));
      const unsigned = { sender: WORLD_GENESIS.clinics[0].nodeKey, sequence, validUntil: 100, statements };
      return signTransaction(world.genesisId, unsigned, (id) => signEd25519(seedOf(1), id));
    });
    await world.grow(HEIGHT - 1);
    const txRoot = merkleRoot(bodyLeaves(CERTIFICATE, witnesses()));
    const writes = Array.from({ length: 40 }, (_, n) => [key(n), rowOf(n)] as const);
    await world.add({ txRoot, outcomeRoot: merkleRoot(leaves()), writes });
    await world.grow(FINAL - 1);
    await world.add({ writes: [[key(100), rowOf(100)]] });
    await world.grow(FINAL + 8);
    const sets = { current: world.setAt(0), previous: undefined };
    const step = world.step(FINAL_EPOCH, world.certificate(FINAL_EPOCH, sets));
    lightChain = encodeLightChain(encodeSteps([step]));
  });

  test('shows which statement stood in which transaction of which final block, and how it ended', async () => {
    for (let n = 0; n < outcomes.length; n++) {
      const { light, conclusion } = await verify(statementProof(n));
      if (conclusion.type !== 'statement') throw new Error('another conclusion');
      expect(light.header.height).toBe(FINAL);
      expect(conclusion.block.id).toEqual(world.idAt(HEIGHT));
      expect(conclusion.transaction.statementIds[conclusion.statement]).toEqual(ids()[n]);
      expect(conclusion.outcome).toEqual(outcomes[n]);
    }
  });

  test('shows that a block is final: the final one, and every one before it', async () => {
    for (let height = 0; height < FINAL; height++) {
      const shown = { type: 'block', header: world.headers[height], history: history(height) } as const;
      expect((await verify(shown)).conclusion).toMatchObject({ type: 'block', id: world.idAt(height) });
    }
    const last = { type: 'block', header: world.headers[FINAL], history: undefined } as const;
    expect((await verify(last)).conclusion).toMatchObject({ type: 'block', id: world.idAt(FINAL) });
  });

  test('shows no block after the final one, and none at another height than its own', async () => {
    const shown = (header: number, height: number) =>
      ({ type: 'block', header: world.headers[header], history: history(height) }) as const;
    expect(await codeOf(verify(shown(FINAL + 1, FINAL - 1)))).toBe('proof.history');
    expect(await codeOf(verify(shown(4, 5)))).toBe('proof.history');
    const bare = { type: 'block', header: world.headers[FINAL + 1], history: undefined } as const;
    expect(await codeOf(verify(bare))).toBe('proof.history');
  });

  test('shows the rows of the state before the final block, and the absence of all others', async () => {
    for (let n = 0; n < 60; n++) {
      const value = n < 40 ? rowOf(n) : undefined;
      const { conclusion } = await verify(stateProof(n, value));
      expect(conclusion).toEqual({ type: 'state', key: key(n), value, height: FINAL - 1 });
    }
    // Written by the final block itself: its header stands for the state before it.
    expect(await codeOf(verify(stateProof(100, rowOf(100))))).toBe('proof.state');
    expect(await codeOf(verify(stateProof(100, undefined)))).toBe('accepted');
  });

  test('never shows an absent row as present, a present one as absent, or another value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(79), fc.nat(79), fc.option(fc.nat(79)), async (n, other, claimed) => {
        const value = claimed === null ? undefined : rowOf(claimed);
        const shown = { ...stateProof(other, value), key: key(n) };
        const truth = n < 40 ? claimed === n : claimed === null;
        const code = await codeOf(verify(shown));
        if (code === 'accepted') expect(truth).toBe(true);
        else if (other === n) expect(truth).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('of one statement is no proof of another, nor of another outcome', async () => {
    const parts = fc.nat(outcomes.length - 1);
    await fc.assert(
      fc.asyncProperty(parts, parts, parts, parts, async (a, b, c, d) => {
        const [body, path, end, endPath] = [a, b, c, d].map(statementProof);
        const shown = {
          ...body,
          transactionPath: path.transactionPath,
          outcome: end.outcome,
          outcomePath: endPath.outcomePath,
        };
        const code = await codeOf(verify(shown));
        const same = Math.floor(a / 2) === Math.floor(b / 2) && outcomes[a] === outcomes[c] && a === d;
        expect(code === 'accepted').toBe(same);
      }),
      { numRuns: 300 },
    );
    const foreign = { ...statementProof(0), header: world.headers[HEIGHT + 1] };
    expect(await codeOf(verify(foreign))).toBe('proof.history');
    expect(await codeOf(verify({ ...statementProof(4), statement: 1 }))).toBe('proof.transaction');
  });

  test('is refused with any bit changed anywhere', async () => {
    const samples = [statementProof(2), stateProof(3, rowOf(3))].map(file);
    const block = file({ type: 'block', header: world.headers[5], history: history(5) });
    for (const bytes of [...samples, block]) {
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
          const forged = bytes.slice();
          forged[at] ^= 1 << bit;
          expect(await codeOf(verifyProof(WORLD_GENESIS, forged))).not.toBe('accepted');
        }),
        { numRuns: 150 },
      );
    }
  });

  test('of absence with any bit changed is refused, or shows the same of another row that is absent', async () => {
    const bytes = file(stateProof(50, undefined));
    const present = new Set(Array.from({ length: 40 }, (_, n) => String(key(n))));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const forged = bytes.slice();
        forged[at] ^= 1 << bit;
        if ((await codeOf(verifyProof(WORLD_GENESIS, forged))) !== 'accepted') return;
        const { conclusion } = await verifyProof(WORLD_GENESIS, forged);
        if (conclusion.type !== 'state') throw new Error('another conclusion');
        expect(conclusion.value).toBeUndefined();
        expect(conclusion.key).not.toEqual(key(50));
        expect(present.has(String(conclusion.key))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test('is of its own network only', async () => {
    const other = { ...WORLD_GENESIS, network: 'other' };
    expect(await codeOf(verifyProof(other, file(stateProof(1, rowOf(1)))))).toBe('proof.signature');
    const forged = encodeProof({ genesisId: handle(0), lightChain, shown: stateProof(1, rowOf(1)) });
    expect(await codeOf(verifyProof(WORLD_GENESIS, forged))).toBe('proof.network');
  });

  test('shows nothing of the state while nothing is final', async () => {
    const bytes = encodeProof({
      genesisId: world.genesisId,
      lightChain: encodeLightChain([]),
      shown: { type: 'state', key: key(1), value: undefined, proof: Uint8Array.of(0, 0, 0) },
    });
    expect(await codeOf(verifyProof(WORLD_GENESIS, bytes))).toBe('proof.state');
  });

  test('has one encoding, and its decoder takes any bytes', () => {
    const samples = [
      statementProof(3),
      stateProof(3, rowOf(3)),
      stateProof(50, undefined),
      { type: 'block', header: world.headers[5], history: undefined } as const,
    ].map(file);
    for (const bytes of samples) expect(encodeProof(decodeProof(bytes))).toEqual(bytes);
    fc.assert(
      fc.property(fc.nat(samples.length - 1), fc.nat(), fc.nat(255), fc.nat(2000), (which, at, value, cut) => {
        const whole = samples[which];
        const bytes = whole.slice(0, Math.max(60, whole.length - Math.max(0, cut - 1000)));
        bytes[at % bytes.length] = value;
        let proof: Proof;
        try {
          proof = decodeProof(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encodeProof(proof)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        const bytes = Uint8Array.from([...samples[0].subarray(0, 49), ...noise]);
        try {
          decodeProof(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});
