// What a vault promises, as plain functions that throw: run on Node and, bundled, in Chromium (test/browser/vault.test.ts).
import { verifyEd25519 } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { codeOf } from '../../../common/errors.ts';
import { PATIENTS_REGISTER } from '../../../consensus/ledger/kinds.ts';
import { decodeStatement, statementId, unsignedStatementBytes } from '../../../consensus/ledger/statement.ts';
import { exportVaultFile, parseVaultFile } from '../../../identity/vault/file.ts';
import { authOf, DEFAULT_KDF, passwordBytes, stretch, wrapOf } from '../../../identity/vault/kdf.ts';
import { signStatement } from '../../../identity/vault/sign.ts';
import {
  addWay,
  createVault,
  deviceKeys,
  type OpenVault,
  openVault,
  removeWay,
  replaceWay,
} from '../../../identity/vault/vault.ts';
import type { Way } from '../../../identity/vault/ways.ts';
import { newWords, recoveryKeyOf } from '../../../identity/vault/words.ts';

const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);
const kdf = DEFAULT_KDF;

type Typed = Extract<Way, { master: Uint8Array }>;

export const password = (value = 1): Typed => ({ kind: 'password', salt: bytes(value, 16), kdf, master: bytes(value) });
export const passphrase = (value = 2): Typed => ({
  kind: 'passphrase',
  salt: bytes(value, 16),
  kdf,
  master: bytes(value),
});
export const passkey = (value = 3): Extract<Way, { kind: 'passkey' }> => ({
  kind: 'passkey',
  credential: bytes(value, 20),
  prf: bytes(value),
});
export const words = (value = 4): Way => ({ kind: 'words', words: newWords(bytes(value)) });

function same(actual: unknown, expected: unknown): void {
  const text = (value: unknown) => (value instanceof Uint8Array ? toHex(value) : JSON.stringify(value));
  if (text(actual) !== text(expected)) throw new Error(`${text(actual)} is not ${text(expected)}`);
}

async function refuses(attempt: Promise<unknown>, code: string): Promise<void> {
  const outcome = await attempt.then(
    () => 'nothing refused',
    (error: unknown) => codeOf(error) ?? String(error),
  );
  same(outcome, code);
}

/** As after saving and reading it back. */
const reread = (open: OpenVault) => parseVaultFile(exportVaultFile(open.file));
const seedsOf = (open: OpenVault) => toHex(open.contents.device.signing) + toHex(open.contents.device.encryption);

export const CASES: readonly (readonly [claim: string, run: () => Promise<void>])[] = [
  [
    'every way opens the vault and finds the same device keys',
    async () => {
      const ways = [password(), passkey(), passkey(5), words(), passphrase()];
      const made = await createVault(ways);
      for (const way of ways) same(seedsOf(await openVault(reread(made), way)), seedsOf(made));
    },
  ],
  [
    'a wrong secret opens nothing, whichever way it is for',
    async () => {
      const made = await createVault([password(), passkey(), words(), passphrase()]);
      const wrong: Way[] = [
        { ...password(), master: bytes(9) },
        { ...passkey(), prf: bytes(9) },
        words(9),
        { ...passphrase(), master: bytes(1) },
      ];
      for (const way of wrong) await refuses(openVault(made.file, way), 'vault.secret');
      await refuses(openVault(made.file, passkey(9)), 'vault.no-way');
    },
  ],
  [
    'a way that was added opens, and the ways before it still do',
    async () => {
      const before = await createVault([password()]);
      const after = await addWay(await addWay(before, words()), passkey());
      for (const way of [password(), words(), passkey()])
        same(seedsOf(await openVault(reread(after), way)), seedsOf(before));
      await refuses(addWay(after, words(7)), 'vault.taken');
    },
  ],
  [
    'a way that was taken away no longer opens, not even with the key and the locks it once saw',
    async () => {
      const before = await createVault([password(), passkey(), words()]);
      const after = await removeWay(await openVault(reread(before), password()), passkey());
      await refuses(openVault(reread(after), passkey()), 'vault.no-way');
      const [first, last] = after.file.ways;
      const forged = { ...after.file, ways: [first, before.file.ways[1], last] } as typeof after.file;
      await refuses(openVault(forged, passkey()), 'vault.format');
      same(toHex(after.key) === toHex(before.key), false);
      for (const way of [password(), words()]) same(seedsOf(await openVault(reread(after), way)), seedsOf(before));
      await refuses(removeWay(await createVault([words()]), { kind: 'words' }), 'vault.last-way');
    },
  ],
  [
    'a new password replaces the old one and leaves the other ways',
    async () => {
      const before = await createVault([password(1), words()]);
      const after = await replaceWay(await openVault(reread(before), words()), password(6));
      same(seedsOf(await openVault(reread(after), password(6))), seedsOf(before));
      same(seedsOf(await openVault(reread(after), words())), seedsOf(before));
      await refuses(openVault(reread(after), password(1)), 'vault.secret');
    },
  ],
  [
    'parts of another vault or of an older copy do not fit',
    async () => {
      const one = await createVault([password(), words()]);
      const other = await createVault([password(), words()]);
      await refuses(openVault({ ...one.file, contents: other.file.contents }, words()), 'vault.format');
      await refuses(openVault({ ...one.file, id: other.file.id }, words()), 'vault.secret');
      await refuses(openVault({ ...one.file, ways: one.file.ways.slice(0, 1) }, password()), 'vault.format');
      const [first, second] = one.file.ways;
      await refuses(openVault({ ...one.file, ways: [second, first] as never }, words()), 'vault.format');
    },
  ],
  [
    'words give one recovery key, however they are typed, and mistyped ones none',
    async () => {
      const text = newWords(bytes(4));
      const typed = text.split(' ').map((word, place) => `${place + 1}. ${word.toUpperCase()}`);
      same(recoveryKeyOf(typed.join('\n')).publicKey, recoveryKeyOf(text).publicKey);
      const swapped = text.split(' ').toReversed().join(' ');
      await refuses((async () => recoveryKeyOf(swapped))(), 'vault.words');
      await refuses((async () => recoveryKeyOf(text.split(' ').slice(1).join(' ')))(), 'vault.words');
      same(recoveryKeyOf(newWords(bytes(0))).publicKey, fromHex(RECOVERY_OF_ZEROS));
    },
  ],
  [
    'a password stretches to one key that splits into what the clinic sees and what it does not',
    async () => {
      const master = await stretch(passwordBytes('correct horse'), bytes(7, 16), kdf);
      same(master, fromHex(MASTER));
      same(authOf(master), fromHex(AUTH));
      same(wrapOf(master), fromHex(WRAP));
      same(passwordBytes('e\u0301'), passwordBytes('\u00e9'));
      for (const weak of [{ memoryKiB: 1024 }, { passes: 1 }, { memoryKiB: 1 << 20 }, { lanes: 64 }]) {
        await refuses(stretch(bytes(1), bytes(7, 16), { ...kdf, ...weak }), 'vault.kdf');
      }
    },
  ],
  [
    'a statement is signed by its author alone, and the signature holds',
    async () => {
      const genesis = bytes(8);
      const { signing } = deviceKeys(await createVault([words()]));
      const author = { type: 'person', key: signing.publicKey } as const;
      const statement = { kind: PATIENTS_REGISTER, author, object: bytes(0), version: 0, issued: 1, payload: bytes(1) };
      const unsigned = { ...statement, attachment: undefined };
      const signed = decodeStatement(signStatement(signing.seed, genesis, unsignedStatementBytes(unsigned)));
      const id = statementId(genesis, unsigned);
      same(await verifyEd25519(signing.publicKey, id, signed.signature as Uint8Array), true);
      const foreign = unsignedStatementBytes({ ...unsigned, author: { type: 'person', key: bytes(1) } });
      const clinic = unsignedStatementBytes({ ...unsigned, author: { type: 'clinic', clinic: 1 } });
      for (const other of [foreign, clinic, bytes(3)]) {
        await refuses((async () => signStatement(signing.seed, genesis, other))(), 'vault.statement');
      }
    },
  ],
];

// Kept from this code and, for Argon2id, equal to OpenSSL's.
const RECOVERY_OF_ZEROS = 'f07a9061b04b8c6ecac049efbaf5677f7c0f281294c991ede1175d7ee45cea91';
const MASTER = '4eefbc72409f5b6ab79e1a1f41e8a4702e6c5807734ff0c4239677fde4c3c222';
const AUTH = '524151da885d7fd867a73f13ebd58516347aed19fd6cb38c7248da013011a159';
const WRAP = '813575fb7c7e4c836c35bb11794eec10192acbc11be6e630e2e3e4c58a044280';
