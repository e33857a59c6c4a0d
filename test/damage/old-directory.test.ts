// The data directory that version 0.1.0 left (test/fixtures), under the present code: what opens, and what is said of the rest.
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from '../../cli/output/explain.ts';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { Node } from '../../node/node.ts';
import { journalPath, LocalDatabase } from '../../node/store/local-database.ts';
import { createClient } from '../../rpc/client.ts';
import { freePorts } from '../helpers/devnet.ts';
import { waitFor } from '../helpers/wait-for.ts';

const ARCHIVE = fileURLToPath(new URL('../fixtures/data-directory-0.1.0.tar.gz', import.meta.url));

interface About {
  readonly passphrase: string;
  readonly genesis: string;
  readonly head: { readonly height: number; readonly id: string };
  readonly patient: { readonly number: string; readonly pid: string };
  readonly applied: string;
  readonly waiting: string;
}

let root: string;
let directory: string;
let about: About;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wardmesh-old-'));
  execFileSync('tar', ['-xzf', ARCHIVE, '-C', root]);
  directory = join(root, 'clinic');
  about = JSON.parse(await readFile(join(root, 'about.json'), 'utf8')) as About;
});

afterEach(() => rm(root, { recursive: true, force: true }));

describe('a data directory of version 0.1.0', () => {
  it('has a keystore and a genesis that open, the genesis with its id', async () => {
    const { genesis, clinic } = await openClinic(directory, about.passphrase);
    expect(toHex(genesisId(genesis))).toBe(about.genesis);
    expect(clinic.number).toBe(1);
  });

  it('has local databases that open with all their rows, and have a journal copy from then on', async () => {
    const { keys } = await openClinic(directory, about.passphrase);
    const paths = dataPaths(directory);
    const lines: string[] = [];
    const logger = createLogger({ destination: { write: (line: string) => void lines.push(line) } });
    for (const [path, name] of [
      [paths.outbox, 'outbox'],
      [paths.clinical, 'clinical data'],
    ]) {
      const rows = async (at: string): Promise<number> => {
        const database = new LocalDatabase({ path: at, name, key: keys.storageKey }, { logger });
        await database.open();
        let count = 0;
        for await (const _ of database.range({ prefix: new Uint8Array(0) })) count++;
        await database.close();
        return count;
      };
      const count = await rows(path);
      expect(count).toBeGreaterThan(0);
      expect((await readdir(journalPath(path))).length).toBe(2);
      await rm(path, { recursive: true });
      expect(await rows(path)).toBe(count);
    }
    expect(lines.filter((line) => line.includes('brought to the present layout'))).toHaveLength(2);
  });

  it('is refused by an older program than the one that brought it to a later layout, with both numbers', async () => {
    const { keys } = await openClinic(directory, about.passphrase);
    const { outbox } = dataPaths(directory);
    const database = new LocalDatabase({ path: outbox, name: 'outbox', key: keys.storageKey });
    await database.open();
    await database.close();
    const copy = join(root, 'later');
    await cp(outbox, copy, { recursive: true });
    const { RowSeal } = await import('../../node/store/row-seal.ts');
    const { versionRow } = await import('../../node/store/local-rows.ts');
    const { openLevel, writeLevel } = await import('../../node/store/kv.ts');
    const level = await openLevel(copy, { writeBuffer: 1 << 16, cache: 1 << 16 });
    await writeLevel(level, [versionRow(new RowSeal(keys.storageKey), 3)], true);
    await level.close();
    const later = new LocalDatabase({ path: copy, name: 'outbox', key: keys.storageKey });
    await expect(later.open()).rejects.toMatchObject({ code: 'store.version', type: { found: 3, expected: 2 } });
  });

  it('has a chain of other rules: the start says so and what to do, and after that the clinic goes on', async () => {
    const { genesis, clinic, keys, keystore } = await openClinic(directory, about.passphrase);
    const [http, p2p] = await freePorts(2);
    const flags = { 'http-port': String(http), 'p2p-listen': `/ip4/127.0.0.1/tcp/${p2p}` };
    const config = loadConfig({ file: await readConfigFile(directory), flags });
    const logger = createLogger({ level: 'silent' });
    const paths = dataPaths(directory);
    const make = (): Node =>
      new Node({ genesis, clinic, keys, paths, config, webRoot: undefined }, { logger, keystore });
    const refusal = await make()
      .start()
      .catch((error) => error);
    expect(refusal).toMatchObject({ code: 'store.version', type: { what: 'chain', found: 1, expected: 2 } });
    expect(explain(refusal)).toMatch(/rules of version 0\.1\.0.*move chain\/ and attachments\//s);

    for (const path of [paths.chain, paths.attachments]) await rename(path, `${path}.0.1.0`);
    const node = make();
    await node.start();
    const token = (await readFile(paths.operatorToken, 'utf8')).trim();
    const client = createClient({ url: `http://127.0.0.1:${http}`, token });
    try {
      // What the old chain held of this clinic is sent again, by the outbox that remembers it.
      for (const id of [about.waiting, about.applied]) {
        await waitFor(async () => /applied|final/.test((await client.call('chain_statement', { id })).status), {
          timeoutMs: 60_000,
          what: `statement ${id}`,
        });
      }
      const found = await client.call('patient_get', { patient: about.patient.number });
      expect(found).toMatchObject({ pid: about.patient.pid, registered: true });
    } finally {
      client.close();
      await node.stop();
    }
  }, 60_000);
});
