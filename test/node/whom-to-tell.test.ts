// Whose mail says that a patient's records were opened in an emergency.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { encodeKeyRow } from '../../consensus/ledger/accounts/rows.ts';
import { encodeAuthorityRow } from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, personKey } from '../../consensus/ledger/tables.ts';
import { patientToTell } from '../../node/emergency/whom-to-tell.ts';

it('is that of her account as she took over, or as reception attached it, where the clinic knows its person', async () => {
  const [handle, device, taken, attached, id] = Array.from({ length: 5 }, () => randomBytes(32));
  const authority = { takeOver: id, key: device, encryptionKey: id, commitment: id, since: 1, first: 1 };
  const object = { version: 1, live: true, created: id, latest: id };
  const key = { ...object, account: taken, encryptionKey: id, status: 'live', revokedAt: 0, endsAt: 0 } as const;
  const rows = new Map([
    [toHex(authorityKey(handle)), encodeAuthorityRow(authority)],
    [toHex(personKey(device)), encodeKeyRow(key)],
  ]);
  const told = (known: readonly Uint8Array[], has = rows) =>
    patientToTell(handle, {
      store: { states: async (keys) => keys.map((one) => has.get(toHex(one))) },
      accountOf: async () => attached,
      isKnown: (account) => known.some((one) => toHex(one) === account),
    });
  expect(await told([taken, attached])).toBe(toHex(taken));
  expect(await told([attached])).toBe(toHex(attached));
  expect(await told([taken, attached], new Map())).toBe(toHex(attached));
  expect(await told([])).toBeUndefined();
});
