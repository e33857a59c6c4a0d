import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import { decodeGenesis, encodeGenesis, genesisId } from '../../consensus/genesis.ts';
import { RECOVERY_DELAY } from '../../consensus/params.ts';
import { encodeLightChain } from '../../consensus/proofs/light-chain.ts';
import { encodeProof } from '../../consensus/proofs/proof-file.ts';
import { proofService } from '../../node/services/proof-service.ts';
import { StoreError } from '../../node/store/errors.ts';
import { callContext } from '../helpers/call-context.ts';
import { handle, testGenesis } from '../store/chain-fixture.ts';

const genesis = testGenesis();
const CONTEXT = callContext();

/** A store whose proofs are ready when the test says so. */
function slowStore() {
  const open: ((proof: Uint8Array) => void)[] = [];
  const store = {
    prove: () => new Promise<Uint8Array>((resolve) => open.push(resolve)),
    headers: async () => [],
    lightChain: async () => [],
  };
  const shown = { type: 'state', key: handle(1), value: undefined, proof: Uint8Array.of(0, 0, 0) } as const;
  const proof = encodeProof({ genesisId: genesisId(genesis), lightChain: encodeLightChain([]), shown });
  const finish = (): void => {
    for (const resolve of open.splice(0)) resolve(proof);
  };
  return { store, finish };
}

describe('proofs at the door', () => {
  test('are made a few at a time, of the state one by one', async () => {
    const { store, finish } = slowStore();
    const { chain_getProof: prove } = proofService({ genesis }, { store });
    const id = toHex(handle(1));
    const first = prove({ key: id }, CONTEXT);
    expect(await prove({ key: id }, CONTEXT).catch(codeOf)).toBe('rpc.busy');
    const others = [1, 2, 3].map(() => prove({ block: id }, CONTEXT));
    expect(await prove({ block: id }, CONTEXT).catch(codeOf)).toBe('rpc.busy');
    finish();
    expect((await first).final.height).toBe(0);
    await Promise.all(others);
    const again = prove({ key: id }, CONTEXT);
    finish();
    await again;
  });

  test('are refused with the reason when they cannot be made', async () => {
    const failing = (error: unknown) => ({ ...slowStore().store, prove: () => Promise.reject(error) });
    const id = toHex(handle(1));
    const codeFor = (type: ConstructorParameters<typeof StoreError>[0]) =>
      proofService({ genesis }, { store: failing(new StoreError(type)) })
        .chain_getProof({ statement: id }, CONTEXT)
        .catch(codeOf);
    expect(await codeFor({ code: 'store.not-final', height: 9, final: 4 })).toBe('chain.not-final');
    expect(await codeFor({ code: 'store.not-kept', height: 9 })).toBe('chain.not-kept');
    expect(await codeFor({ code: 'store.too-far', limit: 9 })).toBe('chain.too-far');
    const nothing = { ...slowStore().store, prove: async () => undefined };
    const { chain_getProof: prove } = proofService({ genesis }, { store: nothing });
    expect(await prove({ statement: id }, CONTEXT).catch(codeOf)).toBe('chain.unknown-statement');
    expect(await prove({ block: id }, CONTEXT).catch(codeOf)).toBe('chain.unknown-block');
  });

  test('come with the genesis document, which reads back as itself', async () => {
    const { store } = slowStore();
    const { genesis: bytes } = await proofService({ genesis }, { store }).chain_getGenesis({}, CONTEXT);
    expect(bytes).toBe(toHex(encodeGenesis(genesis)));
    for (const recoveryDelay of [1, RECOVERY_DELAY]) {
      const own = { ...genesis, params: { ...genesis.params, recoveryDelay } };
      for (const each of [own, { ...own, governance: 'organisation' as const }]) {
        expect(decodeGenesis(encodeGenesis(each))).toEqual(each);
      }
    }
    const whole = encodeGenesis(genesis);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(40), (at, value, cut) => {
        const changed = whole.slice(0, whole.length - Math.max(0, cut - 30));
        changed[at % changed.length] = value;
        try {
          expect(encodeGenesis(decodeGenesis(changed))).toEqual(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });
});
