// Which account is told that somebody opened a patient's records in an emergency: the one that she took over with, or else the one
// that reception attached to her here; of these, one whose person this clinic knows.
import { toHex } from '../../common/bytes.ts';
import { decodeKeyRow } from '../../consensus/ledger/accounts/rows.ts';
import { decodeAuthorityRow } from '../../consensus/ledger/patients/take-over/rows.ts';
import { authorityKey, personKey } from '../../consensus/ledger/tables.ts';
import type { ChainStore } from '../store/ports.ts';

export interface WhomToTellModules {
  readonly store: Pick<ChainStore, 'states'>;
  /** As reception said. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  /** Hex. */
  isKnown(account: string): boolean;
}

/** Hex. */
export async function patientToTell(handle: Uint8Array, modules: WhomToTellModules): Promise<string | undefined> {
  const accounts = [await takenOverBy(handle, modules.store), await modules.accountOf(handle)];
  return accounts.flatMap((one) => (one === undefined ? [] : toHex(one))).find((one) => modules.isKnown(one));
}

async function takenOverBy(handle: Uint8Array, store: WhomToTellModules['store']): Promise<Uint8Array | undefined> {
  const [authority] = await store.states([authorityKey(handle)]);
  if (authority === undefined) return undefined;
  const [key] = await store.states([personKey(decodeAuthorityRow(authority).key)]);
  return key === undefined ? undefined : decodeKeyRow(key).account;
}
