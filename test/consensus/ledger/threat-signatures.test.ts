// Attack signatures on the chain: who proposes, how many organisations confirm, who may end one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RETIRE_REASONS, type RetireReason } from '../../../common/threat-names.ts';
import { MAX_ORGANISATION_SIGNATURES, PROPOSAL_LIFE } from '../../../consensus/ledger/threats/signatures/quorum.ts';
import {
  countOf,
  decodeSignatureRow,
  encodeSignatureRow,
  findSignature,
  NETWORK,
} from '../../../consensus/ledger/threats/signatures/rows.ts';
import { signatureObject } from '../../../consensus/ledger/threats/signatures/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { named, T, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';
import * as statements from './signature-statements.ts';

const definition = (name: string) => new TextEncoder().encode(`a definition ${name}`);
const S = signatureObject(definition('s'));

const propose = (clinic: number, name = 's', fields: Partial<Statement> = {}): Statement =>
  statements.propose(clinic, definition(name), fields);
const confirm = (clinic: number, fields: Partial<Statement> = {}): Statement => statements.confirm(clinic, S, fields);
const retire = (clinic: number, reason: RetireReason = 'outdated', fields: Partial<Statement> = {}): Statement =>
  statements.retire(clinic, S, reason, fields);

const row = (ledger: TestLedger) => findSignature(ledger.state, S)!;
const MONTH = PROPOSAL_LIFE;
const DAY = 86_400_000;

describe('threats.signature-propose', () => {
  it('keeps the bytes with who proposed them, unconfirmed (7.10.40)', () => {
    const ledger = new TestLedger();
    const proposal = propose(1);
    expect(said(ledger.apply(1, proposal, 'gateway'))).toBe('applied');
    expect(said(ledger.apply(1, proposal))).toBe('already-applied');
    expect(row(ledger)).toMatchObject({
      live: true,
      clinic: 1,
      organisation: 1,
      proposed: ledger.time - T,
      supporters: [1],
    });
    expect(row(ledger)).toMatchObject({ confirmed: 0, retired: 0, definition: definition('s') });
  });

  it('makes one object of one definition, whoever proposes it', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, propose(1)))).toBe('applied');
    expect(said(ledger.apply(3, propose(3)))).toBe('exists');
    expect(said(ledger.apply(1, retire(1)))).toBe('applied');
    expect(said(ledger.apply(3, propose(3)))).toBe('exists');
  });

  it('refuses another object, version or size', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, propose(1, 's', { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, propose(1, 's', { version: 2 })))).toBe('version');
    expect(said(ledger.apply(1, propose(1, 's', { attachment: named('a') })))).toBe('attachment');
    for (const payload of [Uint8Array.of(0, 0), new Uint8Array(259).fill(1), Uint8Array.of(0, 1, 7, 7)]) {
      expect(said(ledger.apply(1, propose(1, 's', { payload })))).toBe('payload');
    }
  });

  it('takes so many of an organisation, and one more for each that is retired', () => {
    const ledger = new TestLedger();
    const names = Array.from({ length: MAX_ORGANISATION_SIGNATURES - 1 }, (_, i) => `n${i}`);
    for (const name of ['s', ...names]) expect(said(ledger.apply(1, propose(1, name)))).toBe('applied');
    expect(said(ledger.apply(2, propose(2, 'more')))).toBe('signatures-full');
    expect(said(ledger.apply(3, propose(3, 'other')))).toBe('applied');
    expect(countOf(ledger.state, NETWORK).live).toBe(MAX_ORGANISATION_SIGNATURES + 1);
    expect(said(ledger.apply(2, retire(2)))).toBe('applied');
    expect(said(ledger.apply(2, propose(2, 'more')))).toBe('applied');
  });
});

describe('threats.signature-confirm', () => {
  it('counts organisations, not clinics (7.10.44)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, propose(1));
    expect(said(ledger.apply(2, confirm(2)))).toBe('already-applied');
    expect(row(ledger).confirmed).toBe(0);
    expect(said(ledger.apply(3, confirm(3)))).toBe('applied');
    expect(row(ledger)).toMatchObject({ supporters: [1, 2], confirmed: ledger.time });
    expect(said(ledger.apply(4, confirm(4)))).toBe('already-applied');
    expect(row(ledger).supporters).toEqual([1, 2]);
  });

  it('is refused for what is unknown, retired or a month old', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(3, confirm(3)))).toBe('unknown-object');
    ledger.apply(1, propose(1));
    expect(said(ledger.apply(3, confirm(3, { version: 2 })))).toBe('version');
    expect(said(ledger.apply(3, confirm(3, { payload: Uint8Array.of(0) })))).toBe('payload');
    ledger.time += MONTH;
    expect(said(ledger.apply(3, confirm(3, { issued: ledger.time })))).toBe('signature-over');
    ledger.apply(1, retire(1, 'outdated', { issued: ledger.time }));
    expect(said(ledger.apply(3, confirm(3, { issued: ledger.time })))).toBe('ended');
  });
});

describe('threats.signature-retire', () => {
  it('ends it by the word of the proposing organisation alone', () => {
    const ledger = new TestLedger();
    ledger.apply(1, propose(1));
    ledger.apply(3, confirm(3));
    expect(said(ledger.apply(2, retire(2, 'mistake')))).toBe('applied');
    expect(row(ledger)).toMatchObject({ live: false, retired: ledger.time, reason: 'mistake' });
    expect(countOf(ledger.state, 1)).toEqual({ live: 0, rows: 1 });
    expect(said(ledger.apply(4, retire(4)))).toBe('already-applied');
  });

  it('takes two organisations that did not propose it', () => {
    const ledger = new TestLedger();
    ledger.apply(1, propose(1));
    expect(said(ledger.apply(3, retire(3, 'false-positives')))).toBe('applied');
    expect(said(ledger.apply(3, retire(3, 'false-positives')))).toBe('already-applied');
    expect(row(ledger)).toMatchObject({ live: true, opponents: [2] });
    expect(said(ledger.apply(4, retire(4, 'false-positives')))).toBe('applied');
    expect(row(ledger).live).toBe(false);
  });

  it('takes anybody once the proposal is over', () => {
    const ledger = new TestLedger();
    ledger.apply(1, propose(1));
    ledger.time += MONTH;
    expect(said(ledger.apply(4, retire(4, 'outdated', { issued: ledger.time })))).toBe('applied');
    expect(row(ledger).live).toBe(false);
    expect(countOf(ledger.state, NETWORK).live).toBe(0);
  });

  it('is refused for what is unknown or malformed', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, retire(1)))).toBe('unknown-object');
    ledger.apply(1, propose(1));
    expect(said(ledger.apply(1, retire(1, 'outdated', { payload: Uint8Array.of(9) })))).toBe('payload');
    expect(said(ledger.apply(1, retire(1, 'outdated', { version: 2 })))).toBe('version');
  });
});

describe('the row of a signature', () => {
  it('loses nothing', () => {
    const time = fc.nat({ max: 2 ** 45 });
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const organisations = fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 20 });
    const any = fc
      .record({
        ...{ version: fc.nat(9), live: fc.boolean(), created: bytes32, latest: bytes32 },
        ...{ clinic: fc.nat(0xffff), organisation: fc.nat(0xffff), proposed: time, confirmed: time, retired: time },
        ...{ supporters: organisations, opponents: organisations, reason: fc.constantFrom(...RETIRE_REASONS) },
        definition: fc.uint8Array({ minLength: 1, maxLength: 256 }),
      })
      .map((made) => ({ ...made, reason: made.opponents.length > 0 ? made.reason : undefined }));
    fc.assert(
      fc.property(any, (made) => {
        expect(decodeSignatureRow(encodeSignatureRow(made))).toEqual(made);
      }),
    );
  });
});

describe('rows of retired signatures', () => {
  const AGE = DEVELOPMENT.statementMaxAge;

  it('go thirty days later, in the order in which they were retired, a few with each block (7.10.43)', () => {
    const ledger = new TestLedger();
    const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
    for (const name of names) ledger.apply(1, propose(1, name));
    for (const name of names) ledger.apply(1, statements.retire(1, signatureObject(definition(name)), 'outdated'));
    expect(countOf(ledger.state, 1)).toEqual({ live: 0, rows: 20 });
    const first = findSignature(ledger.state, signatureObject(definition('n0')))!;
    ledger.time = first.retired + AGE + T;
    ledger.block([]);
    expect(countOf(ledger.state, 1)).toEqual({ live: 0, rows: 20 });
    // what proposed it is too old to be said again
    expect(said(ledger.apply(1, propose(1, 'n0')))).toBe('issued-old');
    ledger.wait(DAY);
    const left = [ledger.block([]), ledger.block([]), ledger.block([])].map(() => countOf(ledger.state, NETWORK).rows);
    expect(left.at(-1)).toBe(0);
    expect(names.every((name) => findSignature(ledger.state, signatureObject(definition(name))) === undefined)).toBe(
      true,
    );
    const tables = [...ledger.state.rows.keys()].map((key) => key.slice(0, 2));
    expect(tables.filter((table) => ['ac', 'ae', 'af'].includes(table))).toEqual([]);
    // the definition may be proposed anew
    expect(said(ledger.apply(3, propose(3, 'n0', { issued: ledger.time })))).toBe('applied');
  });

  it('are four for each that an organisation may have, so that proposing and retiring adds no more', () => {
    const ledger = new TestLedger();
    for (let i = 0; i < 4 * MAX_ORGANISATION_SIGNATURES; i++) {
      expect(said(ledger.apply(1, propose(1, `m${i}`)))).toBe('applied');
      ledger.apply(1, statements.retire(1, signatureObject(definition(`m${i}`)), 'mistake'));
    }
    expect(said(ledger.apply(1, propose(1, 'more')))).toBe('signatures-full');
    expect(said(ledger.apply(3, propose(3, 'more')))).toBe('applied');
  });
});
