// What a patient's page does with her records in the vault: seals and opens them here, and makes the keys for whom she shares with.
// The clinic sees ciphertext, sealed keys and packets alone.
import { randomBytes } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../../common/bytes.ts';
import { CONSENT_COMMIT, RECORDS_ADD } from '../../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../../consensus/ledger/objects.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import {
  DATA_KEY_BYTES,
  decodeKeyRow,
  encodeKeyRow,
  makeKeyRow,
  openDataKey,
  openManifest,
  rewrapKeyRow,
} from '../../../records/chart/key-row.ts';
import {
  encodeManifest,
  MANIFEST_SALT_BYTES,
  type Manifest,
  manifestCommitment,
} from '../../../records/chart/manifest.ts';
import { actorOf, recipientOf } from '../../../records/consent/actor.ts';
import { openEnvelope } from '../../../records/envelope/open.ts';
import { sealEnvelope } from '../../../records/envelope/seal.ts';
import {
  delegateOf,
  encodeWord,
  NOTHING_ASKED,
  type PatientWord,
  type SharedTerms,
  signWord,
  wishHash,
} from '../../../records/vault/word.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { MyRecord, MyRequest, MyShare, ShareTo } from '../../../rpc/schema/me.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { bytesOf } from '../text/base64.ts';
import { OwnKeys } from './own-keys.ts';

type OwnCategory = Exclude<MyRecord['category'], 'consent'>;

/** Rows in one call of me_rekey. */
const ROWS_AT_ONCE = 256;

/** Sends an envelope to the clinic: `PUT /api/v1/me/uploads`. */
export type UploadEnvelope = (
  envelope: Blob,
  options: {
    readonly onProgress?: ((done: number, of: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
) => Promise<{ readonly cid: string; readonly size: number }>;

export interface NewDocument {
  readonly file: Blob;
  readonly title: string;
  readonly mediaType: string;
  readonly category: OwnCategory;
}

export interface UploadOptions {
  readonly upload: UploadEnvelope;
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface NewShare {
  readonly to: ShareTo;
  readonly categories: readonly OwnCategory[];
  readonly purposes: SharedTerms['purposes'];
  /** ms. */
  readonly until: number;
  /** `deny` keeps them from reading: whoever took over says it. */
  readonly effect?: 'permit' | 'deny';
}

/** The same records with what stands in the rows of the vault; one that does not open stays as it came. */
export async function openItems(client: RpcClient, open: OpenVault, items: readonly MyRecord[]): Promise<MyRecord[]> {
  if (!items.some(({ row }) => row !== null)) return [...items];
  const keys = await OwnKeys.load(client, open);
  return items.map((item) => {
    const manifest = manifestOf(keys, item);
    if (manifest === undefined) return item;
    const { kind, title, mediaType, size } = manifest;
    return { ...item, kind, title, mediaType, size };
  });
}

/** The content of a record in the vault. Throws EnvelopeError and CryptoError for what was tampered with, RpcError. */
export async function readVault(
  client: RpcClient,
  open: OpenVault,
  item: MyRecord,
  onProgress?: (done: number, of: number) => void,
): Promise<{ readonly mediaType: string; readonly title: string; readonly bytes: Uint8Array }> {
  const keys = await OwnKeys.load(client, open);
  const row = decodeKeyRow(fromHex(item.row ?? ''));
  const key = keys.key(row.category, row.epoch);
  if (key === undefined) throw new Error('the vault has no key of this record');
  const { mediaType, title } = openManifest(row, key).manifest;
  const source = envelopeParts(client, item, onProgress);
  const { content } = await openEnvelope(openDataKey(row, key), source);
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return { mediaType, title, bytes: concatBytes(...parts) };
}

/** Seals a document here, sends it, and files it under the key of its category. Throws RpcError. */
export async function addToVault(
  client: RpcClient,
  open: OpenVault,
  { file, title, mediaType, category }: NewDocument,
  { upload, onProgress, signal }: UploadOptions,
): Promise<{ readonly record: string }> {
  let keys = await OwnKeys.load(client, open);
  if (keys.isDue(category)) {
    await rekeyCategory(client, open, category);
    keys = await OwnKeys.load(client, open);
  }
  const dataKey = randomBytes(DATA_KEY_BYTES);
  const info = { mediaType, kind: 'document', size: file.size };
  const parts: BlobPart[] = [];
  for await (const part of sealEnvelope(dataKey, info, chunksOf(file))) {
    signal?.throwIfAborted();
    parts.push(part as Uint8Array<ArrayBuffer>);
  }
  const { cid, size } = await upload(new Blob(parts), { onProgress, signal });
  const salt = randomBytes(SALT_BYTES);
  const { clinic, chart, handle, account, signer } = keys;
  const record = objectId(RECORDS_ADD, { type: 'clinic', clinic }, salt);
  const { now: written } = keys;
  const manifest: Manifest = {
    ...{ record, about: undefined, version: 1, amendment: 'original', category, kind: 'document', name: '' },
    ...{ mediaType, title: title.normalize('NFC'), cid, size: file.size, author: account, role: 'patient' },
    ...{ clinic, written, reason: '' },
  };
  const known = keys.newest(category);
  const made = known === undefined ? keys.make(category, 1) : undefined;
  const inForce = known ?? made;
  if (inForce === undefined) throw new Error('no key of the category');
  const grants = made === undefined ? [] : keys.grants(category);
  const packets = await Promise.all(grants.map((grant) => keys.packets(category, inForce, grant)));
  const manifestSalt = randomBytes(MANIFEST_SALT_BYTES);
  const name = { clinic, chart, handle, category, epoch: inForce.epoch, record, version: 1, revision: 1 };
  const row = makeKeyRow(
    { ...name, written, cid, size },
    inForce.key,
    { manifest, salt: manifestSalt, dataKey },
    signer,
  );
  const added = await client.call('me_recordAdd', {
    ...{ salt: toHex(salt), row: toHex(encodeKeyRow(row)), packets: packets.flat() },
    commitment: toHex(manifestCommitment(manifestSalt, encodeManifest(manifest))),
    ...(made === undefined ? {} : { newKey: made.sealed }),
  });
  return { record: added.record };
}

/** Throws RpcError. */
export async function answerRequest(
  client: RpcClient,
  open: OpenVault,
  request: MyRequest,
  allow: boolean,
  actingFor?: string,
): Promise<{ readonly share: string | null }> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const { from, categories, purpose, until } = request;
  const terms: SharedTerms = { actor: actorOf({ account: from.account }), categories, purposes: [purpose], until };
  const about = fromHex(request.request);
  if (!allow) {
    const word = wordOf(keys, { act: 'refuse', about, terms: undefined });
    return client.call('me_answer', { actingFor, request: request.request, allow, word });
  }
  const vault = await vaultPart(client, keys, { account: from.account }, terms);
  const word = wordOf(keys, { act: 'allow', about, terms });
  return client.call('me_answer', { actingFor, request: request.request, allow, word, vault });
}

/** Throws RpcError. */
export async function shareWith(
  client: RpcClient,
  open: OpenVault,
  { to, categories, purposes, until, effect = 'permit' }: NewShare,
  actingFor?: string,
): Promise<{ readonly share: string }> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const terms: SharedTerms = { actor: recipientOf(to), categories, purposes, until };
  const vault = effect === 'permit' ? await vaultPart(client, keys, to, terms) : undefined;
  const act = effect === 'permit' ? 'share' : 'deny';
  const word = wordOf(keys, { act, about: NOTHING_ASKED, terms });
  return client.call('me_share', {
    ...{ actingFor, effect, to, until, word, vault },
    categories: [...categories],
    purposes: [...purposes],
  });
}

/** Whether branches of the organisation read by being branches. Throws RpcError. */
export async function letBranches(
  client: RpcClient,
  open: OpenVault,
  read: boolean,
  actingFor?: string,
): Promise<void> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const act = read ? 'branches-on' : 'branches-off';
  const word = wordOf(keys, { act, about: NOTHING_ASKED, terms: undefined });
  await client.call('me_branches', { actingFor, read, word });
}

/**
 * Ends it at the clinic first, then makes new keys for what is in the vault. Of what shuts somebody out whoever took over says that it
 * has ended. Whether nothing of it goes on. Throws RpcError.
 */
export async function stopSharing(
  client: RpcClient,
  open: OpenVault,
  share: Pick<MyShare, 'share'> & Partial<Pick<MyShare, 'effect'>>,
  actingFor?: string,
): Promise<boolean> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const act = share.effect === 'deny' ? 'lift' : 'stop';
  const word = wordOf(keys, { act, about: fromHex(share.share), terms: undefined });
  const { stopped, rekey } = await client.call('me_stop', { actingFor, share: share.share, word });
  for (const category of rekey) if (category !== 'consent') await rekeyCategory(client, open, category);
  return stopped;
}

/** Lets somebody act for the owner of the vault, or for whom she acts, until a day within a year. Throws RpcError. */
export async function nameDelegate(
  client: RpcClient,
  open: OpenVault,
  { user, until }: { readonly user: string; readonly until: number },
  actingFor?: string,
): Promise<Result<'me_delegate'>> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const word = wordOf(keys, { act: 'delegate', about: delegateOf(user, until), terms: undefined });
  return client.call('me_delegate', { actingFor, user, until, word });
}

/** Ends that somebody acts for the owner of the vault; a guardian too, with the key of a take-over. Throws RpcError. */
export async function endActing(
  client: RpcClient,
  open: OpenVault,
  representative: string,
  actingFor?: string,
): Promise<void> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const word = wordOf(keys, { act: 'end-acting', about: fromHex(representative), terms: undefined });
  await client.call('me_representativeEnd', { actingFor, representative, word });
}

/** Asks to be erased, with the key of a take-over. Throws RpcError. */
export async function askErasure(client: RpcClient, open: OpenVault, text: string, actingFor?: string): Promise<void> {
  const keys = await OwnKeys.load(client, open, actingFor);
  const word = wordOf(keys, { act: 'erase', about: wishHash(text), terms: undefined });
  await client.call('me_erasureAsk', { actingFor, text, word });
}

/** A new key for a category: for her and those who may still read. */
async function rekeyCategory(client: RpcClient, open: OpenVault, category: OwnCategory): Promise<void> {
  const keys = await OwnKeys.load(client, open);
  const newest = keys.newest(category);
  if (newest === undefined) return;
  const next = keys.make(category, newest.epoch + 1);
  const { records } = await client.call('me_records', { category, mode: 'vault' });
  const rows = records.flatMap(({ row }) => {
    const held = row === null ? undefined : decodeKeyRow(fromHex(row));
    const key = held && keys.key(category, held.epoch);
    if (held === undefined || key === undefined) return [];
    return [toHex(encodeKeyRow(rewrapKeyRow(held, key, { epoch: next.epoch, categoryKey: next.key }, keys.signer)))];
  });
  const grants = await Promise.all(keys.grants(category).map((grant) => keys.packets(category, next, grant)));
  const about = { category, epoch: next.epoch, newKey: next.sealed };
  for (let at = 0; at === 0 || at < rows.length; at += ROWS_AT_ONCE) {
    const packets = at === 0 ? grants.flat() : [];
    await client.call('me_rekey', { ...about, rows: rows.slice(at, at + ROWS_AT_ONCE), packets });
  }
}

/** Undefined where nothing opens that could be shared. */
async function vaultPart(client: RpcClient, keys: OwnKeys, to: ShareTo, terms: SharedTerms) {
  if (!keys.own) return undefined;
  const { clinics } = await client.call('me_recipients', { to });
  const salt = randomBytes(SALT_BYTES);
  const grant = objectId(CONSENT_COMMIT, { type: 'clinic', clinic: keys.clinic }, salt);
  const { purposes, until: ends } = terms;
  const packets: string[] = [];
  for (const category of terms.categories) {
    const newest = keys.newest(category);
    if (newest === undefined) continue;
    packets.push(...(await keys.packets(category, newest, { grant, purposes, ends, clinics })));
  }
  return { salt: toHex(salt), packets };
}

function wordOf(
  { own, clinic, account, handle, signer, device, held, now: at }: OwnKeys,
  about: Pick<PatientWord, 'act' | 'about' | 'terms'>,
): { key: string; at: number; signature: string } {
  const by = held === undefined ? { patient: own ? undefined : handle } : { patient: handle, takeOver: held.takeOver };
  const word = encodeWord({ ...about, clinic, account, at, ...by });
  const { key, seed } = held ?? { key: device, seed: signer.seed };
  return { key: toHex(key), at, signature: toHex(signWord(word, signer.genesisId, seed)) };
}

function manifestOf(keys: OwnKeys, { row }: MyRecord): Manifest | undefined {
  if (row === null) return undefined;
  try {
    const held = decodeKeyRow(fromHex(row));
    const key = keys.key(held.category, held.epoch);
    return key && openManifest(held, key).manifest;
  } catch {
    return undefined;
  }
}

async function* envelopeParts(
  client: RpcClient,
  { record, version }: MyRecord,
  onProgress: ((done: number, of: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  for (let offset = 0; ; ) {
    const { bytes, size } = await client.call('me_envelope', { record, version, offset });
    const part = bytesOf(bytes);
    offset += part.length;
    onProgress?.(offset, size);
    if (part.length > 0) yield part;
    if (offset >= size || part.length === 0) return;
  }
}

async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const step = 1024 * 1024;
  for (let at = 0; at < file.size; at += step) {
    yield new Uint8Array(await file.slice(at, at + step).arrayBuffer());
  }
}
