import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeWalletRow, MAX_CREDITS, walletOf } from '../../../consensus/ledger/credits/rows.ts';
import { encodeTransfer } from '../../../consensus/ledger/credits/types.ts';
import { CREDITS_TRANSFER } from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { walletKey } from '../../../consensus/ledger/tables.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { targetFor } from '../../../consensus/params.ts';
import { byClinic, named, salt, statement, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';

function transfer(from: number, to: number, amount: bigint, name = 'a', fields: Partial<Statement> = {}): Statement {
  const payload = encodeTransfer({ salt: salt(name), to, amount });
  const object = objectId(CREDITS_TRANSFER, byClinic(from), salt(name));
  return statement({ kind: CREDITS_TRANSFER, author: byClinic(from), object, version: 1, payload, ...fields });
}

/** Clinic 1 has mined one block worth `credits`; later blocks give nothing. */
function withCredits(credits: bigint): TestLedger {
  const ledger = new TestLedger();
  ledger.target = targetFor(credits << 10n);
  ledger.block([]);
  ledger.target = targetFor(1n);
  return ledger;
}

describe('the reward', () => {
  it("is the block's work divided by 1024, for its signer (7.12.1)", () => {
    const ledger = new TestLedger();
    ledger.target = targetFor(1_100_000n);
    const { events } = ledger.block([], 3);
    expect(walletOf(ledger.state, 3)).toEqual({ balance: 1074n, mined: 1074n, sent: 0n, received: 0n });
    expect(events).toMatchObject([
      { family: 'credits', type: 'rewarded', data: { clinic: 3, amount: '1074', height: 1 } },
    ]);
    ledger.target = targetFor(1023n);
    expect(ledger.block([], 3).writes).toEqual([]);
  });

  it('stops where a u64 is full', () => {
    const ledger = new TestLedger();
    const full = { balance: 1n, mined: MAX_CREDITS - 5n, sent: MAX_CREDITS - 6n, received: 0n };
    ledger.state.write([[walletKey(1), encodeWalletRow(full)]]);
    ledger.target = 0n;
    ledger.block([]);
    expect(walletOf(ledger.state, 1)).toMatchObject({ balance: 6n, mined: MAX_CREDITS });
    expect(ledger.block([]).events).toEqual([]);
  });
});

describe('credits.transfer', () => {
  it('moves credits once (7.12.2)', () => {
    const ledger = withCredits(100n);
    const once = transfer(1, 4, 60n);
    expect(said(ledger.apply(1, once))).toBe('applied');
    expect(said(ledger.apply(1, once))).toBe('already-applied');
    expect(said(ledger.apply(1, transfer(1, 4, 10n)))).toBe('exists');
    expect(walletOf(ledger.state, 1)).toEqual({ balance: 40n, mined: 100n, sent: 60n, received: 0n });
    expect(walletOf(ledger.state, 4)).toEqual({ balance: 60n, mined: 0n, sent: 0n, received: 60n });
  });

  it('refuses nothing, itself, strangers, more than there is and what does not fit', () => {
    const ledger = withCredits(100n);
    expect(said(ledger.apply(1, transfer(1, 2, 0n)))).toBe('zero-amount');
    expect(said(ledger.apply(1, transfer(1, 1, 1n)))).toBe('to-itself');
    expect(said(ledger.apply(1, transfer(1, 5, 1n)))).toBe('unknown-clinic');
    expect(said(ledger.apply(1, transfer(1, 2, 101n)))).toBe('short-balance');
    expect(said(ledger.apply(2, transfer(2, 1, 1n)))).toBe('short-balance');
    expect(said(ledger.apply(1, transfer(1, 2, 1n, 'a', { version: 2 })))).toBe('version');
    expect(said(ledger.apply(1, transfer(1, 2, 1n, 'a', { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, transfer(1, 2, 1n, 'a', { payload: new Uint8Array(25) })))).toBe('payload');
    const full = { balance: MAX_CREDITS, mined: MAX_CREDITS, sent: 0n, received: 0n };
    ledger.state.write([[walletKey(2), encodeWalletRow(full)]]);
    expect(said(ledger.apply(1, transfer(1, 2, 1n)))).toBe('full-wallet');
    expect(said(ledger.apply(1, transfer(1, 3, 100n)))).toBe('applied');
  });

  it('conserves credits: what was mined is what wallets hold, whatever is transferred', () => {
    const move = fc.record({
      from: fc.integer({ min: 1, max: 4 }),
      to: fc.integer({ min: 1, max: 5 }),
      amount: fc.bigInt({ min: 0n, max: 60n }),
      salt: fc.nat(5),
      signer: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 25 }), (moves) => {
        const ledger = withCredits(100n);
        ledger.target = targetFor(20n << 10n);
        let mined = 100n;
        for (const { from, to, amount, salt: name, signer } of moves) {
          ledger.block([{ clinic: from, statements: [transfer(from, to, amount, String(name))] }], signer);
          mined += 20n;
          const wallets = [1, 2, 3, 4].map((clinic) => walletOf(ledger.state, clinic));
          expect(wallets.reduce((sum, wallet) => sum + wallet.balance, 0n)).toBe(mined);
          for (const wallet of wallets) expect(wallet.balance + wallet.sent).toBe(wallet.mined + wallet.received);
        }
      }),
      { numRuns: 50 },
    );
  });
});
