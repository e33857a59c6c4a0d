// `wardmesh verify` as it is run: files of a real store, exit codes, no node while it verifies.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../cli/main.ts';
import { concatBytes } from '../../common/bytes.ts';
import { patientKey } from '../../consensus/ledger/tables.ts';
import { encodeChainFileStart } from '../../consensus/proofs/chain-file.ts';
import { encodeLightChain } from '../../consensus/proofs/light-chain.ts';
import { formatGenesisFile } from '../../node/genesis/genesis-file.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { handle, temporaryDirectory } from '../store/chain-fixture.ts';
import { FinalChain } from '../store/final-chain.ts';

describe('wardmesh verify', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  const at = (name: string): string => join(directory.path, name);

  beforeAll(async () => {
    directory = await temporaryDirectory();
    const { genesis } = new FinalChain(undefined as never);
    const chain = await new FinalChain(new ChainDatabase({ path: at('chain'), genesis })).open();
    await chain.grow(5);
    const sealed = chain.registration(1, 2);
    await chain.add([sealed]);
    await chain.grow(20, { finalise: true });
    const [id] = sealed.statementIds;
    await writeFile(at('genesis.json'), formatGenesisFile({ genesis, sharedKeys: {} }));
    const statement = (await chain.store.prove({ type: 'statement', id })) as Uint8Array;
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
