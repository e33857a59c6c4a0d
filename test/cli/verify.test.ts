// `wardmesh verify` as it is run: files of a real store, exit codes, no node while it verifies.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { randomBytes } from '#crypto';
import { run } from '../../cli/main.ts';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { genesisId as idOf } from '../../consensus/genesis.ts';
import { encodeAnchors } from '../../consensus/ledger/audit/types.ts';
import { AUDIT_ANCHOR } from '../../consensus/ledger/kinds.ts';
import { patientKey } from '../../consensus/ledger/tables.ts';
import { encodeChainFileStart } from '../../consensus/proofs/chain-file.ts';
import { encodeLightChain } from '../../consensus/proofs/light-chain.ts';
import { formatGenesisFile } from '../../node/genesis/genesis-file.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { type AccessEvent, encodeEvent, eventLeaf, signEvent } from '../../records/audit/event.ts';
import { encodeLeafProof, leafProof, rootOf } from '../../records/audit/leaf-proof.ts';
import { encodeAccessProof } from '../../records/audit/proof-file.ts';
import { type ErasureCertificate, encodeCertificate, signCertificate } from '../../records/erasure/answer.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';
import { handle, temporaryDirectory } from '../store/chain-fixture.ts';
import { FinalChain, keyOf, seedOf } from '../store/final-chain.ts';

const ACCESS: AccessEvent = {
  ...{ number: 7, time: 1_700_000_000_000, action: 'read', outcome: 'permitted', reason: 'consent' },
  ...{ account: new Uint8Array(32).fill(5), application: undefined, roles: ['doctor'], clinic: 1, writer: 1 },
  ...{ patient: new Uint8Array(16).fill(6), records: [], purpose: 'TREAT', grant: undefined, ticket: undefined },
};

describe('wardmesh verify', () => {
  let anchored: { leaf: string; chain: string; id: string };
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const at = (name: string): string => join(directory.path, name);

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const { genesis } = new FinalChain(undefined as never);
    const chain = await new FinalChain(new ChainDatabase({ path: at('chain'), genesis })).open();
    await chain.grow(5);
    const sealed = chain.registration(1, 2);
    const event = signEvent(encodeEvent(ACCESS), chain.genesisId, 1, { seed: seedOf(1, 1), publicKey: keyOf(1, 1) });
    const leaf = leafProof({ clinic: 1, first: 1, event }, [eventLeaf(event)], 0);
    const payload = encodeAnchors([{ first: 1, count: 1, root: rootOf([eventLeaf(event)]) }]);
    const anchor = chain.signed([chain.statement(AUDIT_ANCHOR, new Uint8Array(32), payload, 0)]);
    await chain.add([sealed, anchor]);
    await chain.grow(20, { finalise: true });
    const [id] = sealed.statementIds;
    await writeFile(at('genesis.json'), formatGenesisFile({ genesis, sharedKeys: {} }));
    const anchorProof = (await chain.store.prove({ type: 'statement', id: anchor.statementIds[0] })) as Uint8Array;
    await writeFile(at('access.proof'), encodeAccessProof(encodeLeafProof(leaf), anchorProof));
    const other = leafProof({ clinic: 2, first: 1, event }, [eventLeaf(event)], 0);
    await writeFile(at('other.proof'), encodeAccessProof(encodeLeafProof(other), anchorProof));
    const statement = (await chain.store.prove({ type: 'statement', id })) as Uint8Array;
    anchored = { leaf: toHex(encodeLeafProof(leaf)), chain: toHex(anchorProof), id: toHex(anchor.statementIds[0]) };
    await writeFile(at('statement.proof'), statement);
    await writeFile(
      at('absent.proof'),
      (await chain.store.prove({ type: 'state', key: patientKey(handle(9)) })) as Uint8Array,
    );
    const forged = statement.slice();
    forged[forged.length - 5] ^= 1;
    await writeFile(at('forged.proof'), forged);
    const start = encodeChainFileStart(chain.genesisId, encodeLightChain(await chain.store.lightChain()));
    await writeFile(at('chain.wm'), concatBytes(start, ...(await chain.store.headers(1, 1000))));
    await chain.store.close();
  });

  afterAll(() => directory.remove());

  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  async function verify(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
    const texts = { out: '', err: '' };
    const into = (name: 'out' | 'err') => (text: unknown) => {
      texts[name] += String(text);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
    process.exitCode = undefined;
    await run(['verify', ...args, '--genesis', at('genesis.json')]);
    return { code: process.exitCode ?? 0, ...texts };
  }

  test('takes what audit proof writes, readable by its owner alone, and no event that the anchor does not have', async () => {
    const { code, out } = await verify(at('access.proof'));
    expect(code, out).toBe(0);
    for (const words of ['The proof holds', 'read, permitted (consent)', 'event 7', 'doctor', 'audit.anchor']) {
      expect(out).toContain(words);
    }
    expect((await verify(at('other.proof'))).code).toBe(8);
    const whole = await readFile(at('access.proof'));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const altered = Uint8Array.from(whole);
        altered[place] ^= flip;
        await writeFile(at('altered.proof'), altered);
        expect((await verify(at('altered.proof'))).code).not.toBe(0);
      }),
      { numRuns: 25 },
    );
    const { leaf, chain, id } = anchored;
    const handlers = {
      audit_proof: async () => ({ clinic: 1, first: 1, count: 1, statement: id, proof: leaf }),
      chain_getProof: async () => ({ proof: chain, final: { height: 1, id } }),
    } as unknown as Partial<Handlers>;
    const door = await openDoor({ handlers });
    const asked = ['audit', 'proof', '7', '--out', at('written.proof'), '--node', door.url, '--token', TOKEN];
    await run(asked);
    expect((await stat(at('written.proof'))).mode & 0o777).toBe(0o600);
    expect(await readFile(at('written.proof'))).toEqual(whole);
    expect((await verify(at('written.proof'))).code).toBe(0);
    process.exitCode = undefined;
    await run(asked);
    expect(process.exitCode).toBe(2);
  });

  test('takes the certificate of an erasure that a founder signed, and names who has not answered', async () => {
    const { genesis } = new FinalChain(undefined as never);
    const made = {
      ...{ genesisId: idOf(genesis), erasure: randomBytes(32), clinic: 1, subjects: 4, approved: 1_700_000_000_000 },
      ...{ approvers: [randomBytes(32), randomBytes(32)], made: 1_700_000_100_000 },
      holders: [
        { clinic: 1, answered: { statement: randomBytes(32), removed: 9, time: 1_700_000_050_000 } },
        { clinic: 2, answered: undefined },
      ],
    };
    const file = (value: ErasureCertificate, seed: Uint8Array, changed = value): string => {
      const { key, signature } = signCertificate(value, seed);
      const parts = { certificate: encodeCertificate(changed), key, signature };
      return JSON.stringify(Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, toHex(bytes)])));
    };
    const checked = async (text: string) => {
      await writeFile(at('erasure.json'), text);
      return verify('--json', at('erasure.json'));
    };
    const { code, out } = await checked(file(made, seedOf(1, 1)));
    expect(code, out).toBe(0);
    const { erasure } = made;
    expect(JSON.parse(out)).toMatchObject({ erasure: toHex(erasure), signedBy: 1, unanswered: [2] });
    expect((await verify(at('erasure.json'))).out).toContain('clinic 2');
    // Who did not answer is left out; another network; nobody's key; no certificate.
    const polished = { ...made, holders: made.holders.slice(0, 1) };
    const elsewhere = { ...made, genesisId: randomBytes(32) };
    for (const text of [
      ...[file(made, seedOf(1, 1), polished), file(elsewhere, seedOf(1, 1)), file(made, randomBytes(32))],
      '{"certificate":"00","key":"","signature":""}',
    ]) {
      expect((await checked(text)).code, text).toBe(8);
    }
    for (const text of ['{}', '{', '{"certificate":1}']) expect((await checked(text)).code, text).toBe(2);
  });

  test('says in words what a proof shows, who made it final and what is trusted', async () => {
    const { code, out } = await verify(at('statement.proof'));
    expect(code).toBe(0);
    for (const words of [
      'The proof holds',
      'patients.register',
      'Clinic 1 (clinic 1)',
      'applied',
      'less than a third',
    ]) {
      expect(out).toContain(words);
    }
    const absent = await verify(at('absent.proof'));
    expect(absent.out).toContain('there was no such row');
    const json = await verify('--json', at('statement.proof'));
    expect(JSON.parse(json.out)).toMatchObject({ shown: { type: 'statement', statement: { outcome: 'applied' } } });
  });

  test('checks a whole chain of headers', async () => {
    const { code, out } = await verify(at('chain.wm'));
    expect(out).toContain('20, the last one 20 ');
    expect(out).toContain('The chain holds');
    expect(code).toBe(0);
  });

  test('ends with 8 when the proof does not hold, and with 2 for other files', async () => {
    const forged = await verify(at('forged.proof'));
    expect(forged.code).toBe(8);
    expect(forged.err).toContain('does not hold');
    const other = await verify(at('genesis.json'));
    expect(other.code).toBe(2);
    const bytes = await readFile(at('chain.wm'));
    await writeFile(at('short.wm'), bytes.subarray(0, bytes.length - 1));
    expect((await verify(at('short.wm'))).code).toBe(8);
  });
});
