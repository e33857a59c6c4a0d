// State rows of wallets and transfers (PROTOCOL 7.12).
import { Reader } from '../../../common/codec/reader.ts';
import { rowWriter } from '../row-writer.ts';
import { walletKey } from '../tables.ts';
import type { ClinicNumber, StateReader } from '../types.ts';

export const MAX_CREDITS = 0xffff_ffff_ffff_ffffn;

/** balance = mined + received - sent; each fits a u64. */
export interface WalletRow {
  readonly balance: bigint;
  readonly mined: bigint;
  readonly sent: bigint;
  readonly received: bigint;
}

const EMPTY: WalletRow = { balance: 0n, mined: 0n, sent: 0n, received: 0n };

export function encodeWalletRow(wallet: WalletRow): Uint8Array {
  const { balance, mined, sent, received } = wallet;
  return rowWriter().u64big(balance).u64big(mined).u64big(sent).u64big(received).finish();
}

export function decodeWalletRow(bytes: Uint8Array): WalletRow {
  const input = new Reader(bytes);
  const wallet = { balance: input.u64big(), mined: input.u64big(), sent: input.u64big(), received: input.u64big() };
  input.end();
  return wallet;
}

/** A clinic that was never credited has an empty wallet. */
export function walletOf(state: StateReader, clinic: ClinicNumber): WalletRow {
  const bytes = state.get(walletKey(clinic));
  return bytes === undefined ? EMPTY : decodeWalletRow(bytes);
}
