import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { patientKey } from '../../consensus/ledger/tables.ts';
import { encodeLightChain, type LightState, verifyLightChain } from '../../consensus/proofs/light-chain.ts';
import { summaryOf } from '../../consensus/proofs/summary.ts';
import { verifyProof } from '../../consensus/proofs/verify-proof.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { handle, temporaryDirectory } from './chain-fixture.ts';
import { FinalChain } from './final-chain.ts';

describe('proofs from the chain database', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let chain: FinalChain;

  beforeEach(async () => {
    directory = await temporaryDirectory();
    chain = await reopened();
  });

  afterEach(async () => {
    await chain.store.close();
    await directory.remove();
  });

  async function reopened(): Promise<FinalChain> {
    const next = new FinalChain(
      new ChainDatabase({ path: directory.path, genesis: new FinalChain(chain?.store).genesis }),
    );
    return next.open();
  }

  const light = async (): Promise<LightState> =>
    verifyLightChain(chain.genesis, encodeLightChain(await chain.store.lightChain()));

  test('verify for a statement, its block, and state rows that are there and that are not', async () => {
    await chain.grow(5);
    const other = chain.registration(50);
    const sealed = chain.registration(1, 3);
    await chain.add([other, sealed]);
    const { height } = chain.tip.header;
    await chain.grow(20, { finalise: true });
    // Written after the final block: no part of what is proven.
    await chain.add([chain.registration(70)]);
    expect((await light()).epoch).toBe(3);

    const [statement] = sealed.statementIds;
    const about = async (what: Parameters<typeof chain.store.prove>[0]) => {
      const bytes = await chain.store.prove(what);
      return summaryOf(await verifyProof(chain.genesis, bytes as Uint8Array));
    };
    const shown = await about({ type: 'statement', id: statement });
    expect(shown).toMatchObject({
      final: { height: 12 },
      finalisedBy: [{ number: 1 }, { number: 2 }],
      shown: {
        type: 'statement',
        block: { height },
        statement: { id: toHex(statement), outcome: 'applied', kind: 'patients.register', entries: 3 },
      },
    });
    const block = await about({ type: 'block', id: (await chain.store.entryAt(height))!.id });
    expect(block.shown).toMatchObject({ type: 'block', block: { height } });
    for (const [n, present] of [
      [1, true],
      [3, true],
      [50, true],
      [70, false],
      [99, false],
    ] as const) {
      const row = await about({ type: 'state', key: patientKey(handle(n)) });
      expect(row.shown).toMatchObject({ type: 'state', height: 11 });
      expect(row.shown.type === 'state' && row.shown.value !== null).toBe(present);
    }
    expect(chain.tip.header.height).toBe(21);
    await chain.grow(23);
  });

  test('are not made before what they are about is final', async () => {
    await chain.grow(9);
    const sealed = chain.registration(1);
    await chain.add([sealed]);
    const [id] = sealed.statementIds;
    const refused = (what: Parameters<typeof chain.store.prove>[0]) => chain.store.prove(what).catch(codeOf);
    expect(await refused({ type: 'statement', id })).toBe('store.not-final');
    expect(await refused({ type: 'state', key: patientKey(handle(1)) })).toBe('store.not-final');
    await chain.grow(16, { finalise: true });
    // Final with block 8 only.
    expect(await refused({ type: 'statement', id })).toBe('store.not-final');
    expect(await refused({ type: 'statement', id: handle(1) })).toBeUndefined();
    await chain.grow(20, { finalise: true });
    expect(await refused({ type: 'statement', id })).toBeInstanceOf(Uint8Array);
  });

  test('follow the members through changes of them, a restart and undone blocks', async () => {
    await chain.grow(6);
    const voteKey = signingKeyPair(sha256(Uint8Array.of(2, 9))).publicKey;
    await chain.add([chain.governed({ type: 'update', clinic: 2, fields: { voteKey } })]);
    expect(chain.view.changes).toBe(1);
    await chain.grow(15, { finalise: true });
    await chain.store.close();
    chain = Object.assign(await reopened(), { headers: chain.headers });
    await chain.grow(16, { finalise: true });
    expect(chain.view.ripe).toMatchObject({ count: 1 });
    // The certificate's block is undone; the branch that takes over has it later, from another checkpoint.
    await chain.undo(1);
    expect(chain.view.ripe).toBeUndefined();
    await chain.add();
    await chain.grow(24, { finalise: true });
    const bites = chain.view.ripe?.bites as number;
    await chain.grow(bites - 1, { finalise: true });
    expect(chain.view.set).toEqual({ id: 1, previous: 0 });
    await chain.grow(bites + 3, { finalise: true });
    // Both sign with the keys that they have in the new set.
    chain.voters.set(2, 9);
    await chain.grow(bites + 24, { finalise: true });
    expect(chain.view.set).toEqual({ id: 1, previous: undefined });
    const state = await light();
    expect(state).toMatchObject({ current: { id: 1 }, previous: undefined, epoch: chain.view.finalised.epoch });
    expect(state.current.clinic(2)?.voteKey).toEqual(voteKey);
    // Steps for the change and its end, and the last one: however many epochs there were.
    expect((await chain.store.lightChain()).length).toBe(3);
    await chain.store.close();
    chain = Object.assign(await reopened(), { headers: chain.headers });
    expect((await light()).id).toEqual(state.id);
  });
});
