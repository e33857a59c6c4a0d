// What a device key, or the recovery words, say about the account. The clinic prepares the bytes; before anything is
// signed they are read here, and must say what the person asked for and nothing else.
import { signEd25519 } from '#crypto';
import { concatBytes, equalBytes, fromHex } from '../../common/bytes.ts';
import { keyPossessionMessage } from '../../consensus/ledger/accounts/types.ts';
import { decodeStatement, SCHEME_ED25519 } from '../../consensus/ledger/statement.ts';
import { VaultError } from './errors.ts';
import { signStatement } from './sign.ts';

/** What `account_prepare` answers with, as far as it is signed. */
export interface Prepared {
  readonly statement: string | null;
}

export interface Expected {
  readonly genesisId: Uint8Array;
  readonly kind: number;
  /** What the payload must begin with: the account, or the key that it is about. */
  readonly about: Uint8Array;
}

/** The signed bytes for `tx_submit`. Throws VaultError `vault.statement`. */
export function signPrepared(seed: Uint8Array, prepared: Prepared, expected: Expected): Uint8Array {
  if (prepared.statement === null) throw new VaultError({ code: 'vault.statement' });
  const unsigned = fromHex(prepared.statement);
  const { kind, payload } = decodeStatement(concatBytes(unsigned, Uint8Array.of(SCHEME_ED25519), new Uint8Array(64)));
  const begins = equalBytes(payload.subarray(0, expected.about.length), expected.about);
  if (kind !== expected.kind || !begins) throw new VaultError({ code: 'vault.statement' });
  return signStatement(seed, expected.genesisId, unsigned);
}

/** A new device's signature that shows that its key is held. */
export function possessionProof(
  seed: Uint8Array,
  genesisId: Uint8Array,
  account: Uint8Array,
  key: Uint8Array,
): Uint8Array {
  return signEd25519(seed, keyPossessionMessage(genesisId, account, key));
}
