import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { BlockError } from '../../../consensus/chain/errors.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { SHARE_BYTES } from '../../../consensus/ledger/check-transactions.ts';
import { genesisWrites } from '../../../consensus/ledger/genesis-state.ts';
import { PATIENTS_REGISTER, RECORDS_ADD } from '../../../consensus/ledger/kinds.ts';
import { decodeClinicRow, decodeOrganisationRow } from '../../../consensus/ledger/members/rows.ts';
import { clinicKey, organisationKey, senderKey, TABLES } from '../../../consensus/ledger/tables.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { unitsOf } from '../../../consensus/ledger/units.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_UNITS } from '../../../consensus/limits.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import {
  accountOf,
  addKey,
  byClinic,
  createAccount,
  GENESIS,
  named,
  person,
  RULES,
  type Send,
  START,
  statement,
  T,
  TestLedger,
} from './fixture.ts';
import { said } from './refusals.ts';
import { report } from './threat-statements.ts';

function register(clinic: number, name: string, fields: Partial<Statement> = {}): Statement {
  return statement({ kind: PATIENTS_REGISTER, author: byClinic(clinic), payload: named(name), ...fields });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BlockError) return error.code;
    throw error;
  }
  return 'valid';
}

function validity(ledger: TestLedger, ...sends: Send[]): string {
  return codeOf(() => ledger.try(sends));
}

describe('a block is invalid (5.10)', () => {
  const one = { clinic: 1, statements: [register(1, 'a')] };

  it('with a sender that is no key of the member set', () => {
    const rules = { ...RULES, members: Object.create(RULES.members, { sender: { value: () => undefined } }) };
    expect(codeOf(() => Object.assign(new TestLedger(), { rules }).try([one]))).toBe('block.sender');
  });

  it('with a sequence that is not the next of its sender, within the block too', () => {
    const ledger = new TestLedger();
    expect(validity(ledger, { ...one, sequence: 1 })).toBe('block.sequence');
    expect(validity(ledger, { ...one, sequence: 0 }, { ...one, sequence: 0 })).toBe('block.sequence');
    expect(validity(ledger, { ...one, sequence: 0 }, { ...one, sequence: 1 })).toBe('valid');
    ledger.block([one, one]);
    expect(validity(ledger, { ...one, sequence: 1 })).toBe('block.sequence');
    expect(validity(ledger, { ...one, sequence: 2 })).toBe('valid');
  });

  it('with a transaction that is over or lives too long', () => {
    const ledger = new TestLedger();
    ledger.height = 10;
    expect(validity(ledger, { ...one, validUntil: 10 })).toBe('block.expired');
    expect(validity(ledger, { ...one, validUntil: 11 })).toBe('valid');
    expect(validity(ledger, { ...one, validUntil: 11 + 2880 })).toBe('valid');
    expect(validity(ledger, { ...one, validUntil: 11 + 2881 })).toBe('block.lifetime');
  });

  it("with another clinic's statement, and with anything but threats from a gateway (4.5)", () => {
    const ledger = new TestLedger();
    expect(validity(ledger, { clinic: 2, statements: [register(1, 'a')] })).toBe('block.author');
    expect(validity(ledger, { ...one, role: 'gateway' })).toBe('block.gateway');
    expect(validity(ledger, { clinic: 1, role: 'gateway', statements: [report(1, 'r')] })).toBe('valid');
    expect(validity(ledger, { clinic: 1, role: 'gateway', statements: [createAccount(person('d'))] })).toBe(
      'block.gateway',
    );
    expect(validity(ledger, { clinic: 3, statements: [createAccount(person('d'))] })).toBe('valid');
  });

  it('above its budget of public-key work (4.9)', () => {
    const ledger = new TestLedger();
    const [sealed] = ledger.seal([{ clinic: 1, statements: [createAccount(person('d')), register(1, 'a')] }]);
    // A register list of one entry adds 8.
    expect(unitsOf(sealed)).toBe(10 + 10 + 160 + 8);
    const [adding] = ledger.seal([{ clinic: 1, statements: [addKey(named('x'), person('d'), person('e'))] }]);
    expect(unitsOf(adding)).toBe(10 + 10 + 90);
    const unknown = statement({ kind: 0x0fff, author: person('d').author });
    const full = Array.from({ length: 64 }, () => unknown);
    const send = (count: number): Send[] => Array.from({ length: count }, () => ({ clinic: 1, statements: full }));
    const fitting = Math.floor(MAX_BLOCK_UNITS / 650);
    expect(validity(ledger, ...send(fitting))).toBe('valid');
    expect(validity(ledger, ...send(fitting + 1))).toBe('block.units');
  });

  it('above the share of one clinic, once three clinics mine', () => {
    const ledger = new TestLedger();
    const big = register(1, 'a', { payload: new Uint8Array(16 * 1024) });
    const sends = Array.from({ length: Math.ceil(SHARE_BYTES / 16384) + 1 }, () => ({ clinic: 1, statements: [big] }));
    ledger.recentSigners = [1, 1, 2, 2, 1];
    expect(validity(ledger, ...sends)).toBe('valid');
    ledger.recentSigners = [1, 1, 2, 2, 3];
    expect(validity(ledger, ...sends)).toBe('block.share');
    expect(validity(ledger, ...sends.slice(3))).toBe('valid');
    // a third signer longer ago than 3 n blocks does not count
    ledger.recentSigners = [...Array(12).fill(1), 2, 3];
    expect(validity(ledger, ...sends)).toBe('valid');
    expect(SHARE_BYTES).toBe(Math.floor(MAX_BLOCK_BYTES / 3));
  });

  it('counts the gateway key of a clinic into its share', () => {
    const ledger = new TestLedger();
    ledger.recentSigners = [1, 2, 3];
    const node = { clinic: 1, statements: [register(1, 'a', { payload: new Uint8Array(16 * 1024) })] };
    const gateway = {
      ...node,
      role: 'gateway' as const,
      statements: [report(1, 'r', {}, { payload: new Uint8Array(16 * 1024) })],
    };
    const count = Math.ceil(SHARE_BYTES / 16384 / 2);
    const half = (send: Send) => Array.from({ length: count }, () => send);
    expect(validity(ledger, ...half(node), ...half(gateway))).toBe('block.share');
    expect(
      validity(
        ledger,
        ...half(node),
        ...half({ ...node, clinic: 2, statements: [register(2, 'b', { payload: new Uint8Array(16 * 1024) })] }),
      ),
    ).toBe('valid');
  });
});

describe('every statement (4.7, 4.10)', () => {
  it('is refused when its kind is unknown, known family or not', () => {
    const ledger = new TestLedger();
    for (const kind of [0, 0x0104 + 1, 0x04ff, 0x0dff, 0xffff]) {
      expect(said(ledger.apply(1, register(1, 'a', { kind })))).toBe('unknown-kind');
    }
  });

  it('is refused when issued too far ahead of its block or too long before', () => {
    const ledger = new TestLedger();
    const at = START + T;
    const run = (issued: number) =>
      said(ledger.try([{ clinic: 1, statements: [register(1, 'a', { issued })] }]).outcomes[0][0]);
    expect(run(at + 2 * T)).toBe('applied');
    expect(run(at + 2 * T + 1)).toBe('issued-ahead');
    expect(run(at - DEVELOPMENT.statementMaxAge)).toBe('applied');
    expect(run(at - DEVELOPMENT.statementMaxAge - 1)).toBe('issued-old');
  });

  it('is refused with an attachment that its kind does not allow', () => {
    expect(said(new TestLedger().apply(1, register(1, 'a', { attachment: named('x') })))).toBe('attachment');
  });

  it('is refused from a person whom no account knows, and from a type of author its kind excludes', () => {
    const ledger = new TestLedger();
    const { author } = person('nobody');
    expect(said(ledger.apply(1, statement({ kind: RECORDS_ADD, author, payload: new Uint8Array(80) })))).toBe(
      'unknown-key',
    );
    expect(said(ledger.apply(1, statement({ kind: PATIENTS_REGISTER, author, payload: named('a') })))).toBe('author');
  });

  it('takes a sequence and writes nothing else when it is refused (4.13)', () => {
    const ledger = new TestLedger();
    const { writes, events } = ledger.block([{ clinic: 1, statements: [register(1, 'a', { version: 1 })] }]);
    expect(writes.map(([key]) => toHex(key))).toEqual([toHex(senderKey(GENESIS.clinics[0].nodeKey))]);
    expect(events).toEqual([]);
  });

  it('sees what the statements before it in the block did', () => {
    const ledger = new TestLedger();
    const [outcomes] = ledger.block([
      { clinic: 1, statements: [register(1, 'a'), register(1, 'a', { issued: START + 1 })] },
    ]).outcomes;
    expect(outcomes.map(said)).toEqual(['applied', 'known']);
  });

  it('has one outcome, in the order of the block', () => {
    const ledger = new TestLedger();
    const { outcomes } = ledger.block([
      { clinic: 1, statements: [register(1, 'a'), register(1, 'b')] },
      { clinic: 2, statements: [register(2, 'a')] },
      { clinic: 3, statements: [createAccount(person('d'))] },
    ]);
    expect(outcomes.map((list) => list.map(said))).toEqual([['applied', 'applied'], ['attached'], ['applied']]);
  });
});

describe('the state of block 0 (3.3, 7.1)', () => {
  it('holds the founders, their organisations and keys, and block 0 as a final checkpoint', () => {
    const ledger = new TestLedger();
    for (const clinic of GENESIS.clinics) {
      expect(decodeClinicRow(clinic.number, ledger.state.get(clinicKey(clinic.number))!)).toEqual({
        ...clinic,
        status: 'active',
        voteSuspended: false,
      });
    }
    for (const organisation of GENESIS.organisations) {
      const row = ledger.state.get(organisationKey(organisation.number))!;
      expect(decodeOrganisationRow(organisation.number, row)).toEqual(organisation);
    }
    // a clinic has a row and five keys; set, finality, checkpoint and counters have one row each
    expect(genesisWrites(GENESIS).length).toBe(6 * GENESIS.clinics.length + GENESIS.organisations.length + 4);
  });

  it('does not depend on the order in which genesis lists them', () => {
    const turned = {
      ...GENESIS,
      clinics: [...GENESIS.clinics].reverse(),
      organisations: [...GENESIS.organisations].reverse(),
    };
    // but for the id of block 0, which is another network's
    const rows = (genesis: Genesis) => genesisWrites(genesis).filter(([key]) => key[0] >= TABLES.organisation);
    expect(rows(turned)).toEqual(rows(GENESIS));
  });
});

it('an account made in a block acts in the same block', () => {
  const dora = person('dora');
  const sends = [{ clinic: 1, statements: [createAccount(dora), addKey(accountOf(dora), dora, person('phone'))] }];
  expect(new TestLedger().block(sends).outcomes[0].map(said)).toEqual(['applied', 'applied']);
});
