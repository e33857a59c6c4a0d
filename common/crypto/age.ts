// The age format, version 1 (age-encryption.org/v1), for files that people must be able to open without Wardmesh: written
// and read as a stream. The library owns the format; here are our bounds on files that we did not write, and our errors.
import type { Identity } from 'age-encryption';
import { concatBytes, EMPTY_BYTES } from '../bytes.ts';
import { CryptoError } from './errors.ts';

export type AgeRecipient =
  | { readonly type: 'passphrase'; readonly passphrase: string; readonly log2N?: number }
  /** `age1...` */
  | { readonly type: 'key'; readonly recipients: readonly string[] };

export type AgeIdentity =
  | { readonly type: 'passphrase'; readonly passphrase: string }
  /** `AGE-SECRET-KEY-1...` */
  | { readonly type: 'key'; readonly identity: string };

/** 128 MiB. */
const STANDARD_LOG2_N = 17;
/** A file may not ask for more: 256 MiB. */
const MAX_LOG2_N = 18;
const MAX_HEADER_BYTES = 16 * 1024;
const latin1 = new TextDecoder('latin1');

/** Loaded with the first file: most starts write and read none. */
const library = () => import('age-encryption');

export async function* encryptAge(
  recipient: AgeRecipient,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { Encrypter } = await library();
  const encrypter = new Encrypter();
  if (recipient.type === 'passphrase') {
    encrypter.setPassphrase(spelled(recipient.passphrase));
    encrypter.setScryptWorkFactor(recipient.log2N ?? STANDARD_LOG2_N);
  } else {
    for (const name of recipient.recipients) checked('recipient', () => encrypter.addRecipient(name));
  }
  yield* bytesOf(await encrypter.encrypt(streamOf(source)));
}

/** Throws CryptoError `crypto.open` for a wrong key and for anything altered, cut short or added. */
export async function* decryptAge(
  identity: AgeIdentity,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await library();
  const decrypter = new Decrypter();
  if (identity.type === 'passphrase') {
    // Asked in this order: the work is bounded before it is done.
    decrypter.addIdentity(BOUNDED_WORK);
    decrypter.addPassphrase(spelled(identity.passphrase));
  } else {
    checked('identity', () => decrypter.addIdentity(identity.identity));
  }
  let broken: { readonly error: unknown } | undefined;
  const watched = async function* () {
    try {
      yield* withBoundedHeader(source);
    } catch (error) {
      broken = { error };
      throw error;
    }
  };
  try {
    yield* bytesOf(await decrypter.decrypt(streamOf(watched())));
  } catch {
    // What the source itself failed with is no statement about the file.
    throw broken === undefined ? refused() : broken.error;
  }
}

/** A new key pair in age's own spelling. */
export async function newAgeKey(): Promise<{ readonly identity: string; readonly recipient: string }> {
  const { generateX25519Identity, identityToRecipient } = await library();
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** Opens nothing, and lets nobody after it do more work than we allow. */
const BOUNDED_WORK: Identity = {
  unwrapFileKey(stanzas) {
    if (stanzas.some(({ args: [type, , log2N] }) => type === 'scrypt' && !(Number(log2N) <= MAX_LOG2_N))) {
      throw refused();
    }
    return null;
  },
};

/** The library reads a header of any length into memory. */
async function* withBoundedHeader(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = EMPTY_BYTES;
  for await (const part of source) {
    if (head === undefined) {
      yield part;
      continue;
    }
    head = concatBytes(head, part);
    if (latin1.decode(head.subarray(0, MAX_HEADER_BYTES)).includes('\n--- ')) {
      yield head;
      head = undefined;
    } else if (head.length > MAX_HEADER_BYTES) throw refused();
  }
  if (head !== undefined) throw refused();
}

/** Pulled piece by piece; not every browser makes a stream of an iterable by itself. */
function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const parts = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => {
        await parts.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What a stream gives: not every browser iterates over one. */
async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** One spelling of a passphrase, as for a keystore. */
function spelled(passphrase: string): string {
  return passphrase.normalize('NFKC');
}

function checked(field: string, add: () => void): void {
  try {
    add();
  } catch {
    throw new CryptoError({ code: 'crypto.input', field });
  }
}

function refused(): CryptoError {
  return new CryptoError({ code: 'crypto.open' });
}
