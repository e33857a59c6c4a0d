// Shares of a key, dealt by one hand, for tests of what stands on shares. Real ones come from a ceremony.
import { newPolynomial, shareFor } from '../../common/crypto/feldman.ts';
import { decodeScalar, encodeScalar } from '../../common/crypto/group.ts';
import { oprfPublicKey } from '../../common/crypto/oprf.ts';

export interface DealtShare {
  readonly index: number;
  readonly share: Uint8Array;
  readonly verificationShare: Uint8Array;
}

/** Each time another polynomial: dealing one key again is a resharing. */
export function dealShares(secretKey: Uint8Array, threshold: number, indexes: readonly number[]): DealtShare[] {
  const polynomial = newPolynomial(decodeScalar(secretKey), threshold);
  return indexes.map((index) => {
    const share = encodeScalar(shareFor(polynomial, index));
    return { index, share, verificationShare: oprfPublicKey(share) };
  });
}
