// Rules of the credits family (PROTOCOL 7.12): the reward of a block's signer, and transfers. No consensus effect.
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { Header } from '../../chain/types.ts';
import { workOf } from '../../chain/work.ts';
import { ZERO_HASH } from '../../merkle.ts';
import type { StatementContext } from '../context.ts';
import { CREDITS_TRANSFER } from '../kinds.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import type { Overlay } from '../overlay.ts';
import { decodePayload } from '../payload.ts';
import { transferKey, walletKey } from '../tables.ts';
import type { LedgerEvent, Outcome } from '../types.ts';
import { encodeWalletRow, MAX_CREDITS, walletOf } from './rows.ts';
import { readTransfer } from './types.ts';

/** One credit is this many expected hashes, as a power of two. */
const HASHES_PER_CREDIT_LOG2 = 10n;

/** Credits the signer and gives the event, or undefined when nothing is left to give (PROTOCOL 7.12.1). */
export function applyReward(state: Overlay, header: Header): LedgerEvent | undefined {
  const wallet = walletOf(state, header.signer);
  const reward = workOf(header.target) >> HASHES_PER_CREDIT_LOG2;
  // transfers make either count the fuller one
  const amount = [reward, MAX_CREDITS - wallet.mined, MAX_CREDITS - wallet.balance].reduce((a, b) => (a < b ? a : b));
  if (amount === 0n) return undefined;
  const next = { ...wallet, balance: wallet.balance + amount, mined: wallet.mined + amount };
  state.set(walletKey(header.signer), encodeWalletRow(next));
  const data = { clinic: header.signer, amount: amount.toString(), height: header.height };
  return { family: 'credits', type: 'rewarded', statement: ZERO_HASH, data };
}

export function applyTransfer(context: StatementContext): Outcome {
  const { state, statement, id, sender, rules } = context;
  const payload = decodePayload(statement.payload, readTransfer);
  if (payload === undefined) return refused('payload');
  const transfer = objectId(CREDITS_TRANSFER, statement.author, payload.salt);
  if (!equalBytes(statement.object, transfer)) return refused('object');
  // the row of a transfer is the id of its statement: enough to apply it once
  const done = state.get(transferKey(transfer));
  if (done !== undefined) return equalBytes(done, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  const { to, amount } = payload;
  const { clinic } = sender;
  if (amount === 0n) return refused('zero-amount');
  if (to === clinic) return refused('to-itself');
  if (rules.members.clinic(to) === undefined) return refused('unknown-clinic');
  const from = walletOf(state, clinic);
  const into = walletOf(state, to);
  if (from.balance < amount) return refused('short-balance');
  if (into.balance + amount > MAX_CREDITS || into.received + amount > MAX_CREDITS) return refused('full-wallet');
  if (from.sent + amount > MAX_CREDITS) return refused('full-wallet');
  state.set(transferKey(transfer), id);
  state.set(walletKey(clinic), encodeWalletRow({ ...from, balance: from.balance - amount, sent: from.sent + amount }));
  state.set(
    walletKey(to),
    encodeWalletRow({ ...into, balance: into.balance + amount, received: into.received + amount }),
  );
  context.emit('transferred', { transfer: toHex(transfer), from: clinic, to, amount: amount.toString() });
  return APPLIED;
}
