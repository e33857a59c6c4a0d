// A request for access, as the clinic that asks says it to the clinic whose chart it is: sealed to that clinic, committed to on
// the chain like every consent object. Owns bytes, sealing and commitment.
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import { hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { ROLES, type Role, roleByte } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category, categoryByte, categoryOfByte } from '../category.ts';
import { PURPOSES, type PurposeCode } from '../consent/terms.ts';

/** Tells it from terms, as the first byte of an attachment. */
export const REQUEST_FORM = 2;
const SALT_BYTES = 32;
const MAX_REASON = 2000;

export interface AccessRequestTerms {
  /** Whose chart is asked for. */
  readonly writer: ClinicNumber;
  readonly handle: Uint8Array;
  /** Who asks. */
  readonly clinic: ClinicNumber;
  readonly account: Uint8Array;
  readonly role: Role;
  readonly purpose: PurposeCode;
  readonly categories: readonly Category[];
  /** Until when access is wanted, ms. */
  readonly until: number;
  readonly reason: string;
  /** Account of the colleague to whom the asker's own grant is to be passed on; undefined for access of her own. */
  readonly delegate?: Uint8Array | undefined;
}

export interface SealedRequest {
  readonly commitment: Uint8Array;
  /** For the attachment. */
  readonly bytes: Uint8Array;
}

export async function sealRequest(
  request: AccessRequestTerms,
  salt: Uint8Array,
  to: { readonly genesisId: Uint8Array; readonly key: Uint8Array },
): Promise<SealedRequest> {
  const terms = encodeRequest(request);
  const sealed = await hpkeSeal(to.key, infoOf(to.genesisId), concatBytes(salt, terms));
  return { commitment: commitmentOf(salt, terms), bytes: concatBytes(Uint8Array.of(REQUEST_FORM), sealed) };
}

/** Undefined where it is of another form, or for another clinic. Throws CodecError. */
export async function openRequest(
  bytes: Uint8Array,
  genesisId: Uint8Array,
  secretKeys: readonly Uint8Array[],
): Promise<{ readonly request: AccessRequestTerms; readonly commitment: Uint8Array } | undefined> {
  if (bytes[0] !== REQUEST_FORM) return undefined;
  for (const secret of secretKeys) {
    try {
      const plain = await hpkeOpen(secret, infoOf(genesisId), bytes.subarray(1));
      const terms = plain.subarray(SALT_BYTES);
      return { request: decodeRequest(terms), commitment: commitmentOf(plain.subarray(0, SALT_BYTES), terms) };
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
    }
  }
  return undefined;
}

export function encodeRequest(request: AccessRequestTerms): Uint8Array {
  const { writer, handle, clinic, account, role, purpose, categories, until, reason, delegate } = request;
  const out = new Writer(256).u16(writer).fixed(handle, 32).u16(clinic).fixed(account, 32).u8(roleByte(role));
  out.u8(PURPOSES.indexOf(purpose) + 1).u8(categories.length);
  for (const category of categories) out.u8(categoryByte(category));
  out.u64(until).text16(reason, MAX_REASON);
  return (delegate === undefined ? out : out.fixed(delegate, 32)).finish();
}

/** Throws CodecError. */
export function decodeRequest(bytes: Uint8Array): AccessRequestTerms {
  const input = new Reader(bytes);
  const [writer, handle, clinic, account] = [input.u16(), input.fixed(32), input.u16(), input.fixed(32)];
  const role = ROLES[input.u8() - 1];
  const purpose = PURPOSES[input.u8() - 1];
  const count = input.u8();
  if (role === undefined || purpose === undefined || count > CATEGORIES.length) {
    throw new CodecError({ code: 'codec.value', field: 'request' });
  }
  const categories = Array.from({ length: count }, () => {
    const category = categoryOfByte(input.u8());
    if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'request.category' });
    return category;
  });
  const request = { writer, handle, clinic, account, role, purpose, categories, until: input.u64() };
  const reason = input.text16(MAX_REASON);
  const delegate = input.left === 0 ? {} : { delegate: input.fixed(32) };
  input.end();
  return { ...request, reason, ...delegate };
}

function commitmentOf(salt: Uint8Array, terms: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/access-request/1', salt, terms);
}

function infoOf(genesisId: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/access-request-seal/1', genesisId);
}
