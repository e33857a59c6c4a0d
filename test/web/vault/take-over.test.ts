// Which key of her vault a patient begins a take-over with, whatever lists of take-overs leave out.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { PATIENTS_TAKE_OVER_START } from '../../../consensus/ledger/kinds.ts';
import { encodeStart, takeOverObject } from '../../../consensus/ledger/patients/take-over/types.ts';
import { decodeStatement, unsignedStatementBytes } from '../../../consensus/ledger/statement.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import { beginTakeOver, ownTakeOvers } from '../../../web/shared/vault/take-over.ts';

const handle = '1a'.repeat(32);
const account = '2b'.repeat(32);
const genesis = '3c'.repeat(32);

/** A clinic whose list of the patient's take-overs is filled by others: it answers those alone that are asked for by name. */
class Clinic {
  readonly begun: { readonly takeOver: string; readonly key: string }[] = [];

  async call(method: string, params: Record<string, never>): Promise<unknown> {
    switch (method) {
      case 'node_health':
        return { genesis };
      case 'me_takeOvers': {
        const named: readonly string[] = params['takeOvers'] ?? [];
        return { takeOvers: this.begun.filter(({ takeOver }) => named.includes(takeOver)) };
      }
      case 'me_takeOverPrepare': {
        const key = fromHex(params['key']);
        const [encryptionKey, commitment] = [fromHex(params['encryptionKey']), fromHex(params['commitment'])];
        const bytes = unsignedStatementBytes({
          ...{ kind: PATIENTS_TAKE_OVER_START, object: takeOverObject(fromHex(handle), key), version: 1 },
          ...{ author: { type: 'person', key }, issued: 1, attachment: undefined },
          payload: encodeStart({ handle: fromHex(handle), encryptionKey, commitment }),
        });
        return { statement: toHex(bytes) };
      }
      default: {
        const [{ statement }] = params['statements'] as readonly { statement: string }[];
        const { object, author } = decodeStatement(fromHex(statement));
        if (author.type !== 'person') throw new Error('not by a key');
        this.begun.push({ takeOver: toHex(object), key: toHex(author.key) });
        return { statements: [{ status: 'queued' }] };
      }
    }
  }
}

it('a key is used once though no list shows that it was, and none is left after all of them', async () => {
  const device = { signing: randomBytes(32), encryption: randomBytes(32) };
  const file = { id: randomBytes(16), ways: [], contents: new Uint8Array(0) };
  const open: OpenVault = { file, key: randomBytes(32), contents: { device, locks: [] } };
  const clinic = new Clinic();
  const { keys, takeOvers } = ownTakeOvers(open, { handle });
  const begin = () => beginTakeOver(clinic as unknown as RpcClient, open, { handle, account }, 'patient');
  for (const _ of keys) expect(await begin()).toBe(true);
  expect(clinic.begun).toEqual(keys.map((key, n) => ({ key, takeOver: takeOvers[n] })));
  expect(await begin()).toBe(false);
});
