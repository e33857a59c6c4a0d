// Persons with device keys at real clinics: they prepare through `account_prepare`, sign here, and send through `tx_submit`.
import { encryptionKeyPair, randomBytes, signEd25519, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { ParamsIn, Result } from '../../rpc/schema/methods.ts';
import { waitFor } from './wait-for.ts';

export interface Device {
  readonly seed: Uint8Array;
  /** Hex. */
  readonly key: string;
  readonly encryptionKey: string;
}

export type Submitted = Result<'tx_submit'>['statements'][number];

export function newDevice(): Device {
  const seed = randomBytes(32);
  const encryptionKey = toHex(encryptionKeyPair(randomBytes(32)).publicKey);
  return { seed, key: toHex(signingKeyPair(seed).publicKey), encryptionKey };
}

/** The public part, as `account_prepare` takes it. */
export const shown = ({ key, encryptionKey }: Device) => ({ key, encryptionKey });

/** The signed bytes of what is prepared for `signer`; a device that is new shows that it holds its key. */
export async function signed(
  client: RpcClient,
  asked: ParamsIn<'account_prepare'>,
  signer: Uint8Array,
  added?: Device,
): Promise<{ account: string; statement: string; words: string }> {
  let prepared = await client.call('account_prepare', asked);
  if (added !== undefined && prepared.possession !== null) {
    const proof = toHex(signEd25519(added.seed, fromHex(prepared.possession)));
    prepared = await client.call('account_prepare', { ...asked, proof } as typeof asked);
  }
  const { account, statement, id, words } = prepared;
  if (statement === null || id === null) throw new Error('nothing to sign');
  return { account, words, statement: `${statement}01${toHex(signEd25519(signer, fromHex(id)))}` };
}

export async function send(client: RpcClient, statement: string): Promise<Submitted> {
  const { statements } = await client.call('tx_submit', { statements: [{ statement }] });
  return statements[0];
}

export async function applied(client: RpcClient, ...ids: readonly (string | null)[]): Promise<string[]> {
  const asked = { statements: ids.map(String), until: 'applied' as const, timeoutMs: 5_000 };
  const answer = await waitFor(
    async () => {
      const waited = await client.call('tx_wait', asked);
      return waited.reached && waited;
    },
    { timeoutMs: 240_000, what: `${ids.length} statements of persons in blocks` },
  );
  // Finality may come while the caller is answered: what is final was applied.
  return answer.statements.map(({ status, code }) => code ?? (status === 'final' ? 'applied' : status));
}

/** An account with one device, applied. */
export async function newPerson(
  client: RpcClient,
  recoveryKey: string | null = null,
): Promise<{ account: string; device: Device }> {
  const device = newDevice();
  const asked = { action: 'create', ...shown(device), profile: toHex(randomBytes(32)), recoveryKey } as const;
  const { account, statement } = await signed(client, asked, device.seed);
  await applied(client, (await send(client, statement)).id);
  return { account, device };
}
