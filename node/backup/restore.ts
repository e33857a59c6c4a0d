// A data directory from a backup. Everything is checked beside the target first; the target exists whole or not at all. What
// a restored clinic must not do is in the directory too: there is no vote file, so that its voter is careful, and there is
// the mark that keeps its outbox from sending until it has the others' chain.
import { appendFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { workOf } from '../../consensus/chain/work.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { writeCatchUpMark } from '../catch-up.ts';
import { type DataPaths, dataPaths, makePrivateDirectory, writePrivateFile } from '../data-directory.ts';
import { readGenesisFile } from '../genesis/genesis-file.ts';
import { ChainDatabase } from '../store/chain-database.ts';
import { CHAIN_PARTS } from './backup-source.ts';
import { BackupError } from './errors.ts';
import { MANIFEST_NAME, type Manifest, parseManifest } from './manifest.ts';
import { readTar } from './tar.ts';

export interface Restored {
  readonly manifest: Manifest;
  /** Highest block that was executed from the backup; 0 when the chain comes from the peers. */
  readonly height: number;
}

/** Name, then the number of a part of it. */
const PART = /^(.*)\.(\d{6})$/;

/** `source` is the decrypted archive. Throws BackupError; `backup.exists` for a directory that holds anything. */
export async function restoreBackup(source: AsyncIterable<Uint8Array>, directory: string): Promise<Restored> {
  await refuseUsed(directory);
  const draft = `${directory}.restoring`;
  await rm(draft, { recursive: true, force: true });
  try {
    await makePrivateDirectory(draft);
    const manifest = await unpack(source, draft);
    const paths = dataPaths(draft);
    const { genesis } = await readGenesisFile(paths.genesis);
    if (toHex(genesisId(genesis)) !== manifest.genesis) throw malformed('its genesis is another');
    const height = manifest.chain === null ? 0 : await executeBlocks(paths, genesis, join(draft, CHAIN_PARTS));
    await rm(join(draft, CHAIN_PARTS), { force: true });
    await writeCatchUpMark(paths.catchUp, `restored from a backup of ${new Date(manifest.made).toISOString()}`);
    await rm(directory, { recursive: true, force: true });
    await mkdir(dirname(directory), { recursive: true });
    await rename(draft, directory);
    return { manifest, height };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Reads a backup to its end; throws BackupError when anything is not as its list of contents says. */
export async function checkBackup(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly manifest: Manifest; readonly keystore: Uint8Array | undefined }> {
  const keystoreName = basename(dataPaths('').keystore);
  let keystore: Uint8Array | undefined;
  const manifest = await takeEntries(source, async (name, bytes) => {
    if (name === keystoreName) keystore = bytes;
  });
  return { manifest, keystore };
}

async function unpack(source: AsyncIterable<Uint8Array>, draft: string): Promise<Manifest> {
  return takeEntries(source, async (name, bytes) => {
    const part = PART.exec(name);
    const path = join(draft, part === null ? name : part[1]);
    await makePrivateDirectory(dirname(path));
    if (part === null) await writePrivateFile(path, bytes);
    else await appendFile(path, bytes, { mode: 0o600, flush: true });
  });
}

async function takeEntries(
  source: AsyncIterable<Uint8Array>,
  take: (name: string, bytes: Uint8Array) => Promise<void>,
): Promise<Manifest> {
  const found: Manifest['entries'] = [];
  let manifest: Manifest | undefined;
  for await (const { name, bytes } of readTar(source)) {
    if (manifest !== undefined) throw malformed('something follows its list of contents');
    if (name === MANIFEST_NAME) {
      manifest = parseManifest(bytes);
      continue;
    }
    found.push({ name, bytes: bytes.length, sha256: toHex(sha256(bytes)) });
    await take(name, bytes);
  }
  if (manifest === undefined) throw malformed('its list of contents is missing');
  if (JSON.stringify(found) !== JSON.stringify(manifest.entries)) throw malformed('it holds other files than it lists');
  return manifest;
}

/** Blocks of this clinic's own backup were checked when they came in; executing them checks every root again. */
async function executeBlocks(paths: DataPaths, genesis: Genesis, file: string): Promise<number> {
  const database = new ChainDatabase({ path: paths.chain, genesis });
  try {
    let { tip } = await database.open();
    for await (const bytes of readBlocks(file)) {
      const { header } = signedHeaderOf(bytes);
      const id = blockId(header);
      await database.putBlock(id, bytes, tip.work + workOf(header.target));
      tip = (await database.connect(id)).entry;
    }
    return tip.header.height;
  } catch (error) {
    // A reorganisation while the backup was made, before anything was final: the peers have the rest.
    if (codeOf(error) !== 'store.not-child') throw error;
    return (await database.open()).tip.header.height;
  } finally {
    await database.close();
  }
}

async function* readBlocks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const head = new Uint8Array(4);
    for (;;) {
      const { bytesRead } = await file.read(head, 0, 4, null);
      if (bytesRead === 0) return;
      const block = new Uint8Array(new DataView(head.buffer).getUint32(0));
      const read = await file.read(block, 0, block.length, null);
      if (bytesRead !== 4 || read.bytesRead !== block.length) throw malformed('a block of it is cut short');
      yield block;
    }
  } finally {
    await file.close();
  }
}

async function refuseUsed(directory: string): Promise<void> {
  try {
    if ((await readdir(directory)).length > 0) throw new BackupError({ code: 'backup.exists', path: directory });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function malformed(reason: string): BackupError {
  return new BackupError({ code: 'backup.format', reason });
}
