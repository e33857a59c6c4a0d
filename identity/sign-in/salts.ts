// What `session_start` answers for a name: the browser's salt and cost. Names that nobody has get a salt too, always the same
// one at every clinic of the organisation, so that asking does not tell who is known.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import type { PasswordPart } from '../people/types.ts';
import { MAX_TYPED_NAME } from '../people/user-names.ts';
import { DEFAULT_KDF, type KdfParams } from '../vault/kdf.ts';

const utf8 = new TextEncoder();
const SALT_BYTES = 16;

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
  answer(name: string, password: Pick<PasswordPart, 'salt' | 'kdf'> | undefined): PasswordSalt {
    const madeUp = toHex(hmacSha256(this.key, utf8.encode(name.slice(0, MAX_TYPED_NAME))).subarray(0, SALT_BYTES));
    const { salt, kdf } = password ?? { salt: madeUp, kdf: DEFAULT_KDF };
    return { salt, kdf };
  }
}
