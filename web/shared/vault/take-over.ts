// A patient's take-over in this page: keys made for it from her vault, and what they sign. What the clinic prepared is read before
// it is signed; the clinic sees no secret.
import { encryptionKeyPair, signingKeyPair } from '#crypto';
import { concatBytes, equalBytes, fromHex, toHex } from '../../../common/bytes.ts';
import { PATIENTS_TAKE_OVER_FINISH, PATIENTS_TAKE_OVER_START } from '../../../consensus/ledger/kinds.ts';
import { encodeStart, takeOverObject } from '../../../consensus/ledger/patients/take-over/types.ts';
import { decodeStatement, SCHEME_ED25519 } from '../../../consensus/ledger/statement.ts';
import { takeOverCommitment } from '../../../identity/patient/take-over-commitment.ts';
import { VaultError } from '../../../identity/vault/errors.ts';
import { derived } from '../../../identity/vault/kdf.ts';
import { signStatement } from '../../../identity/vault/sign.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import { submitSigned } from '../../../rpc/client/submit-signed.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { Result } from '../../../rpc/schema/methods.ts';

type Known = Result<'me_takeOvers'>;

/** Who was stopped begins again with another key: so many times. */
const MAX_KEYS = 8;

interface OwnKey {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly salt: Uint8Array;
}

export interface OwnTakeOvers {
  /** Of this vault, hex. */
  readonly keys: readonly string[];
  /** That they would begin or have begun, in their order, hex. */
  readonly takeOvers: readonly string[];
}

export function ownTakeOvers(open: OpenVault, { handle }: Pick<Known, 'handle'>): OwnTakeOvers {
  const own = Array.from({ length: MAX_KEYS }, (_, n) => ownKey(open, handle, n).key);
  return { keys: own.map(toHex), takeOvers: own.map((key) => toHex(takeOverObject(fromHex(handle), key))) };
}

/** What a word is signed with by whoever took over. */
export interface HeldKey {
  readonly takeOver: Uint8Array;
  readonly key: Uint8Array;
  readonly seed: Uint8Array;
}

/** Undefined while nobody took over, or where the key that decides is in another vault. */
export function heldKey(
  open: OpenVault,
  { handle, authority }: Pick<Result<'me_vault'>, 'handle' | 'authority'>,
): HeldKey | undefined {
  if (authority === null) return undefined;
  const place = ownTakeOvers(open, { handle }).keys.indexOf(authority.key);
  if (place < 0) return undefined;
  return { takeOver: fromHex(authority.takeOver), key: fromHex(authority.key), seed: ownKey(open, handle, place).seed };
}

/** False where every key was used. Throws RpcError, VaultError. */
export async function beginTakeOver(
  client: RpcClient,
  open: OpenVault,
  { handle, account }: Pick<Known, 'handle' | 'account'>,
  as: 'patient' | 'guardian',
): Promise<boolean> {
  // By name: a list that others fill may leave one of hers out, and its key would sign the same again.
  const { keys, takeOvers: named } = ownTakeOvers(open, { handle });
  const { takeOvers } = await client.call('me_takeOvers', { takeOvers: [...named] });
  const used = new Set(takeOvers.map((one) => one.key));
  const place = keys.findIndex((one) => !used.has(one));
  if (place === -1) return false;
  const { seed, key, encryptionKey, salt } = ownKey(open, handle, place);
  const commitment = takeOverCommitment(salt, { account: fromHex(account), as, ends: 0 });
  const prepared = await client.call('me_takeOverPrepare', {
    ...{ key: toHex(key), encryptionKey: toHex(encryptionKey), commitment: toHex(commitment) },
  });
  const start = { handle: fromHex(handle), encryptionKey, commitment };
  await signAndSend(client, seed, prepared.statement, {
    kind: PATIENTS_TAKE_OVER_START,
    object: takeOverObject(start.handle, key),
    payload: encodeStart(start),
  });
  return true;
}

/** Throws RpcError, VaultError. */
export async function finishTakeOver(
  client: RpcClient,
  open: OpenVault,
  { handle }: Known,
  { takeOver, key }: Pick<Known['takeOvers'][number], 'takeOver' | 'key'>,
): Promise<void> {
  const place = ownTakeOvers(open, { handle }).keys.indexOf(key);
  const prepared = await client.call('takeover_prepare', { action: 'finish', takeOver });
  await signAndSend(client, ownKey(open, handle, place).seed, prepared.statement, {
    kind: PATIENTS_TAKE_OVER_FINISH,
    object: fromHex(takeOver),
    payload: new Uint8Array(0),
  });
}

interface Meant {
  readonly kind: number;
  readonly object: Uint8Array;
  readonly payload: Uint8Array;
}

async function signAndSend(client: RpcClient, seed: Uint8Array, statement: string, meant: Meant): Promise<void> {
  const { genesis } = await client.call('node_health');
  const unsigned = fromHex(statement);
  const said = decodeStatement(concatBytes(unsigned, Uint8Array.of(SCHEME_ED25519), new Uint8Array(64)));
  const same = equalBytes(said.object, meant.object) && equalBytes(said.payload, meant.payload);
  if (said.kind !== meant.kind || !same) throw new VaultError({ code: 'vault.statement' });
  await submitSigned(client, signStatement(seed, fromHex(genesis), unsigned));
}

/** The same from every copy of the vault; made for one patient's take-over and nothing else, so that it names no account. */
function ownKey({ contents }: OpenVault, handle: string, n: number): OwnKey {
  const part = (what: string) =>
    derived(contents.device.signing, `wardmesh/take-over/1/${handle}/${n}/${what}` as const);
  const seed = part('signing');
  const { publicKey: encryptionKey } = encryptionKeyPair(part('encryption'));
  return { seed, key: signingKeyPair(seed).publicKey, encryptionKey, salt: part('salt') };
}
