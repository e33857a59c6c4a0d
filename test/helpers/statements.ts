// Statements of made-up persons, as other programs would send them through `tx_submit`.
import { randomBytes, signEd25519, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { encodeCreate } from '../../consensus/ledger/accounts/types.ts';
import { ACCOUNTS_CREATE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeStatement, statementId } from '../../consensus/ledger/statement.ts';

export interface SignedStatement {
  readonly id: string;
  readonly statement: string;
}

/** A new person's account: applied wherever it lands, by nobody else and once. */
export function newAccount(genesis: Genesis, issued = Date.now()): SignedStatement {
  return accountOf(genesis, randomBytes(32), issued);
}

/** One person, two accounts with one key: only one of them can stand. */
export function rivals(genesis: Genesis): [SignedStatement, SignedStatement] {
  const seed = randomBytes(32);
  return [accountOf(genesis, seed, Date.now() - 1), accountOf(genesis, seed, Date.now() - 2)];
}

function accountOf(genesis: Genesis, seed: Uint8Array, issued: number): SignedStatement {
  const author = { type: 'person', key: signingKeyPair(seed).publicKey } as const;
  const salt = randomBytes(SALT_BYTES);
  const unsigned = {
    kind: ACCOUNTS_CREATE,
    author,
    object: objectId(ACCOUNTS_CREATE, author, salt),
    version: 1,
    issued,
    payload: encodeCreate({ salt, encryptionKey: randomBytes(32), profile: randomBytes(32), recoveryKey: undefined }),
    attachment: undefined,
    signature: new Uint8Array(64),
  };
  const id = statementId(genesisId(genesis), unsigned);
  const statement = { ...unsigned, signature: signEd25519(seed, id) };
  return { id: toHex(id), statement: toHex(encodeStatement(statement)) };
}
