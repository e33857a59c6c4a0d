// The way back by people whom the owner trusts: a secret that opens the vault, split among them (PROTOCOL 9.10). Runs in the
// browsers of the owner, of those people, and of who asks; no clinic sees a share. Guardians who act for a child are another thing.
import { encryptionKeyPair, equalSecret, sha256 } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HPKE_OVERHEAD, hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { joinSecret, splitSecret } from '../../common/crypto/shamir.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { VaultError } from './errors.ts';
import { derived } from './kdf.ts';

export const MIN_RECOVERY_GUARDIANS = 2;
export const MAX_RECOVERY_GUARDIANS = 7;
const SHARE_BYTES = 32;
const ID_BYTES = 16;
/** HPKE of a share and the commitment that it belongs to. */
export const SEALED_SHARE_BYTES: number = 2 * SHARE_BYTES + HPKE_OVERHEAD;

/** Whose vault: both 32 bytes. */
export interface GuardedAccount {
  readonly genesisId: Uint8Array;
  readonly account: Uint8Array;
}

/** What the clinic keeps beside the sealed shares, and the commitment is over. */
export interface Guarding extends GuardedAccount {
  /** 1 the first time, one more whenever others take its place. */
  readonly version: number;
  readonly threshold: number;
  /** Of the shares of 1, 2, ... in their order. */
  readonly hashes: readonly Uint8Array[];
}

export interface NewGuarding {
  /** Opens the vault: the way of kind `guardians`. */
  readonly secret: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  readonly commitment: Uint8Array;
  /** Hash of what only who has the secret can show. */
  readonly proof: Uint8Array;
  /** For each holder, to the key given for it. */
  readonly sealed: readonly Uint8Array[];
}

/** Who asks for the shares: public parts of a key that was made for this alone. */
export interface Asking {
  /** 16 bytes that follow from the key. */
  readonly id: Uint8Array;
  /** X25519. */
  readonly key: Uint8Array;
}

export interface OwnAsking extends Asking {
  readonly secretKey: Uint8Array;
  /** 32 bytes that the clinic knows the asker by. */
  readonly token: Uint8Array;
}

/** 32 bytes. */
export function commitmentOf({ genesisId, account, version, threshold, hashes }: Guarding): Uint8Array {
  const numbers = new Writer(6).u32(version).u8(threshold).u8(hashes.length).finish();
  return taggedHash('wardmesh/recovery-commitment/1', genesisId, account, numbers, ...hashes);
}

/** `keys`: X25519 of the holders 1, 2, ... in their order. */
export async function newGuarding(
  of: GuardedAccount & Pick<Guarding, 'version' | 'threshold'>,
  keys: readonly Uint8Array[],
): Promise<NewGuarding> {
  const { secret, shares } = splitSecret(of.threshold, keys.length);
  const hashes = shares.map((share, at) => shareHash(of, of.version, at + 1, share));
  const commitment = commitmentOf({ ...of, hashes });
  const sealed = await Promise.all(
    keys.map((key, at) => hpkeSeal(key, heldInfo(of, of.version, at + 1), concatBytes(shares[at], commitment))),
  );
  return { secret, hashes, commitment, proof: sha256(proofOf(secret)), sealed };
}

/** What shows the clinic that the shares were joined; its SHA-256 is what the clinic keeps. */
export function proofOf(secret: Uint8Array): Uint8Array {
  return derived(secret, 'wardmesh/recovery-proof/1');
}

/** From 32 random bytes, which stay where they were made. */
export function askingOf(seed: Uint8Array): OwnAsking {
  const { publicKey: key, secretKey } = encryptionKeyPair(derived(seed, 'wardmesh/recovery-asking/1/key'));
  return { id: askingId(key), key, secretKey, token: derived(seed, 'wardmesh/recovery-asking/1/token') };
}

export function askingId(key: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/recovery-asking/1', key).slice(0, ID_BYTES);
}

/**
 * A holder's share for who asks, as bytes that only that one opens. Throws VaultError `vault.share` for one that was sealed for
 * another, or that is not of the commitment that the clinic shows.
 */
export async function releaseShare(
  guarding: Guarding,
  held: { readonly index: number; readonly sealed: Uint8Array; readonly secretKey: Uint8Array },
  asking: Asking,
): Promise<Uint8Array> {
  const { index, sealed, secretKey } = held;
  const plain = await hpkeOpen(secretKey, heldInfo(guarding, guarding.version, index), sealed).catch(() => undefined);
  if (plain === undefined || !isTrueShare(guarding, index, plain)) {
    throw new VaultError({ code: 'vault.share', holders: [index] });
  }
  if (!equalBytes(askingId(asking.key), asking.id)) throw new VaultError({ code: 'vault.share', holders: [] });
  return hpkeSeal(asking.key, releasedInfo(guarding, guarding.version, index, asking.id), plain);
}

export interface JoinedShares {
  readonly secret: Uint8Array;
  /** Indices of the holders who gave something else than their share. */
  readonly falseHolders: readonly number[];
}

/** Throws VaultError `vault.share`, naming the false ones, where too few true ones are left. */
export async function joinShares(
  guarding: Guarding,
  released: readonly { readonly index: number; readonly sealed: Uint8Array }[],
  asking: OwnAsking,
): Promise<JoinedShares> {
  const opened = await Promise.all(
    released.map(async ({ index, sealed }) => {
      const info = releasedInfo(guarding, guarding.version, index, asking.id);
      const plain = await hpkeOpen(asking.secretKey, info, sealed).catch(() => undefined);
      const isTrue = plain !== undefined && isTrueShare(guarding, index, plain);
      return { index, share: isTrue ? plain.slice(0, SHARE_BYTES) : undefined };
    }),
  );
  const shares = opened.flatMap(({ index, share }) => (share === undefined ? [] : [{ index, share }]));
  const falseHolders = opened.flatMap(({ index, share }) => (share === undefined ? [index] : []));
  if (shares.length < guarding.threshold) throw new VaultError({ code: 'vault.share', holders: falseHolders });
  return { secret: joinSecret(shares.slice(0, guarding.threshold)), falseHolders };
}

function isTrueShare(guarding: Guarding, index: number, plain: Uint8Array): boolean {
  const hash = guarding.hashes[index - 1];
  if (hash === undefined || plain.length !== 2 * SHARE_BYTES) return false;
  const own = shareHash(guarding, guarding.version, index, plain.subarray(0, SHARE_BYTES));
  return equalSecret(own, hash) && equalBytes(plain.subarray(SHARE_BYTES), commitmentOf(guarding));
}

function shareHash(of: GuardedAccount, version: number, index: number, share: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/recovery-share/1', bound(of, version, index), share);
}

function heldInfo(of: GuardedAccount, version: number, index: number): Uint8Array {
  return taggedHash('wardmesh/recovery-held/1', bound(of, version, index));
}

function releasedInfo(of: GuardedAccount, version: number, index: number, id: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/recovery-released/1', bound(of, version, index), id);
}

function bound({ genesisId, account }: GuardedAccount, version: number, index: number): Uint8Array {
  return new Writer(69).fixed(genesisId, 32).fixed(account, 32).u32(version).u8(index).finish();
}
