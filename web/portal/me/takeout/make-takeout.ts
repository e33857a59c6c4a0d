// Makes a takeout in this browser: fetched, locked by age as it comes, then read back and checked as a verifier would. What cannot
// be read back is no takeout. The archive is never in memory as one piece.
import { fromHex } from '../../../../common/bytes.ts';
import {
  type AgeIdentity,
  type AgeRecipient,
  decryptAge,
  encryptAge,
  newAgeKey,
} from '../../../../common/crypto/age.ts';
import { decodeGenesis } from '../../../../consensus/genesis.ts';
import { verifyTakeout } from '../../../../records/takeout/verify.ts';
import type { RpcClient } from '../../../../rpc/client.ts';

export type Lock =
  | { readonly type: 'passphrase'; readonly passphrase: string }
  /** `age1...` */
  | { readonly type: 'key'; readonly recipient: string };

export interface MakingOptions {
  readonly signal: AbortSignal;
  /** Bytes of the locked file so far. */
  onFetched(bytes: number): void;
  onChecking(): void;
}

export interface MadeTakeout {
  readonly file: Blob;
  readonly records: number;
  readonly proven: number;
  /** Whose content was not at the clinic. */
  readonly missing: number;
  readonly elsewhere: readonly string[];
}

/** Pieces of this size may lie on the disk. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Throws RpcError, CryptoError, TakeoutError. */
export async function makeTakeout(client: RpcClient, lock: Lock, options: MakingOptions): Promise<MadeTakeout> {
  const { recipient, identity } = await sealing(lock);
  const genesis = decodeGenesis(fromHex((await client.call('chain_getGenesis', {}, options.signal)).genesis));
  const file = await collected(encryptAge(recipient, client.takeout('own', options.signal)), options);
  options.onChecking();
  const { listing, records } = await verifyTakeout(genesis, decryptAge(identity, bytesOf(file)));
  options.signal.throwIfAborted();
  return {
    file,
    records: records.length,
    proven: records.filter(({ block }) => block !== undefined).length,
    missing: records.filter(({ manifest, content }) => manifest.cid !== '' && content === undefined).length,
    elsewhere: listing.elsewhere.map(({ name }) => name),
  };
}

/** To a key of somebody's also to one of this moment, which is forgotten once the file was read back. */
async function sealing(lock: Lock): Promise<{ recipient: AgeRecipient; identity: AgeIdentity }> {
  if (lock.type === 'passphrase') return { recipient: lock, identity: lock };
  const own = await newAgeKey();
  const recipients = [lock.recipient, own.recipient];
  return { recipient: { type: 'key', recipients }, identity: { type: 'key', identity: own.identity } };
}

async function collected(source: AsyncIterable<Uint8Array>, { onFetched, signal }: MakingOptions): Promise<Blob> {
  const pieces: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let [all, here] = [0, 0];
  for await (const part of source) {
    signal.throwIfAborted();
    parts.push(part.slice());
    all += part.length;
    here += part.length;
    if (here >= PIECE_BYTES) {
      pieces.push(new Blob(parts));
      [parts, here] = [[], 0];
    }
    onFetched(all);
  }
  return new Blob([...pieces, ...parts], { type: 'application/octet-stream' });
}

/** Not every browser iterates over a stream. */
async function* bytesOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
