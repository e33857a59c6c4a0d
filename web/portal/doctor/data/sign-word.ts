// The author's word of what was written, by the device key of an open vault. Apart from the hook, since it brings the vault's code.
import { sha256 } from '#crypto';
import { deviceKeys, type OpenVault } from '../../../../identity/vault/vault.ts';
import { type AuthorSignature, NO_DIGEST } from '../../../../records/chart/author-signature.ts';
import { signAuthorWord, type Vouched } from '../../../../records/chart/author-word.ts';

export interface Written {
  /** Handle. */
  readonly patient: Uint8Array;
  readonly content: Uint8Array | undefined;
  readonly at: number;
  readonly genesisId: Uint8Array;
}

export function signedHere(
  open: OpenVault,
  said: Vouched,
  { patient, content, at, genesisId }: Written,
): AuthorSignature {
  const { seed } = deviceKeys(open).signing;
  const digest = content === undefined ? NO_DIGEST : sha256(content);
  return signAuthorWord(said, patient, { digest, at }, { genesisId, seed });
}
