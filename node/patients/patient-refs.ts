// What stands for a patient in addresses of pages: the identifier sealed under a key of this clinic. It says nothing to anybody
// else, is the same for a patient each time, and needs no list to be read again.
import { aeadOpen, aeadSeal, hkdfSha256, hmacSha256 } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import { IdentifierError } from '../../identity/patient/errors.ts';
import { type Pid, parsePid } from '../../identity/patient/pid.ts';

const PREFIX = 'ref.';
const NONCE_BYTES = 12;
const MAX_REF = 160;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function looksLikeRef(text: string): boolean {
  return text.startsWith(PREFIX);
}

export class PatientRefs {
  private readonly names: Uint8Array;
  private readonly seal: Uint8Array;

  constructor({ storageKey }: { readonly storageKey: Uint8Array }) {
    const derive = (info: string) => hkdfSha256(storageKey, EMPTY_BYTES, encoder.encode(info), 32);
    this.names = derive('wardmesh/patient-ref-nonces/1');
    this.seal = derive('wardmesh/patient-refs/1');
  }

  of(pid: Pid): string {
    const plain = encoder.encode(pid);
    // From the identifier itself, so that one nonce never seals two of them.
    const nonce = hmacSha256(this.names, plain).subarray(0, NONCE_BYTES);
    const sealed = concatBytes(nonce, aeadSeal(this.seal, nonce, plain, EMPTY_BYTES));
    return `${PREFIX}${Buffer.from(sealed).toString('base64url')}`;
  }

  /** Throws IdentifierError `identifier.ref` for what this clinic did not make. */
  pidOf(ref: string): Pid {
    const bytes = ref.length > MAX_REF ? EMPTY_BYTES : Buffer.from(ref.slice(PREFIX.length), 'base64url');
    try {
      const sealed = new Uint8Array(bytes);
      const opened = aeadOpen(this.seal, sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES), EMPTY_BYTES);
      return parsePid(decoder.decode(opened));
    } catch (error) {
      if (!(error instanceof CryptoError)) throw error;
      throw new IdentifierError({ code: 'identifier.ref' });
    }
  }
}
