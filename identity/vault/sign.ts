// Signs statements with a person's device key. What the statement means is checked before, by who shows it to the person.
import { signEd25519, signingKeyPair } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { decodeStatement, SCHEME_ED25519, statementIdOf } from '../../consensus/ledger/statement.ts';
import { VaultError } from './errors.ts';

/** The signed statement from its unsigned bytes, whose author must be this key. Throws VaultError `vault.statement`. */
export function signStatement(seed: Uint8Array, genesisId: Uint8Array, unsigned: Uint8Array): Uint8Array {
  const signature = signEd25519(seed, statementIdOf(genesisId, unsigned));
  const signed = concatBytes(unsigned, Uint8Array.of(SCHEME_ED25519), signature);
  const { publicKey } = signingKeyPair(seed);
  let author: ReturnType<typeof decodeStatement>['author'];
  try {
    author = decodeStatement(signed).author;
  } catch {
    throw new VaultError({ code: 'vault.statement' });
  }
  if (author.type !== 'person' || !equalBytes(author.key, publicKey)) throw new VaultError({ code: 'vault.statement' });
  return signed;
}
