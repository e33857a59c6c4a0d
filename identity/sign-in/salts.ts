// What `session_start` answers for a name: the browser's salt and cost. Names that nobody has get a salt too, always the same
// one at every clinic of the organisation, and a cost as often as persons have it, so that asking does not tell who is known.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import type { PasswordPart } from '../people/types.ts';
import { MAX_TYPED_NAME } from '../people/user-names.ts';
import { DEFAULT_KDF, type KdfParams, MAX_KDF_LANES } from '../vault/kdf.ts';

const utf8 = new TextEncoder();
const SALT_BYTES = 16;

/** A cost, and how many persons of the organisation have it. */
export interface KdfInUse {
  readonly kdf: KdfParams;
  readonly count: number;
}

export interface PasswordSalt {
  /** 16 bytes in hex. */
  readonly salt: string;
  readonly kdf: KdfParams;
}

export class Salts {
  private readonly key: Uint8Array;

  /** `organisationSecret`: 32 bytes that all clinics of the organisation have and nobody else. */
  constructor(options: { readonly organisationSecret: Uint8Array }) {
    this.key = hkdfSha256(options.organisationSecret, EMPTY_BYTES, utf8.encode('wardmesh/made-up-salt/1'), 32);
  }

  /** `name`: folded where it can be, else as it was typed. The same work with a password and without one. */
  answer(
    name: string,
    password: Pick<PasswordPart, 'salt' | 'kdf'> | undefined,
    inUse: readonly KdfInUse[],
  ): PasswordSalt {
    const drawn = hmacSha256(this.key, utf8.encode(name.slice(0, MAX_TYPED_NAME)));
    const madeUp = { salt: toHex(drawn.subarray(0, SALT_BYTES)), kdf: drawnKdf(drawn.subarray(SALT_BYTES), inUse) };
    const { salt, kdf } = password ?? madeUp;
    return { salt, kdf };
  }
}

/**
 * By the name's own bytes, from the cheapest cost on: as persons move to a dearer one, names that nobody has do so too, and
 * never back.
 */
function drawnKdf(bytes: Uint8Array, inUse: readonly KdfInUse[]): KdfParams {
  const total = inUse.reduce((sum, { count }) => sum + count, 0);
  let left = (new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32) * total;
  for (const { kdf, count } of [...inUse].sort((a, b) => workOf(a.kdf) - workOf(b.kdf))) {
    if (left < count) return kdf;
    left -= count;
  }
  return DEFAULT_KDF;
}

function workOf({ memoryKiB, passes, lanes }: KdfParams): number {
  return memoryKiB * passes * (MAX_KDF_LANES + 1) + lanes;
}
