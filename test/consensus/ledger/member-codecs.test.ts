import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { type Change, decodeChange, encodeChange } from '../../../consensus/ledger/members/change.ts';
import {
  decodeApprovalRow,
  decodeProposalRow,
  encodeApprovalRow,
  encodeProposalRow,
} from '../../../consensus/ledger/members/proposal-rows.ts';
import type { ClinicRecord } from '../../../consensus/ledger/members/record.ts';
import { decodeClinicRow, encodeClinicRow } from '../../../consensus/ledger/members/rows.ts';
import {
  decodeChangeRow,
  decodeCheckpointRow,
  decodeFinalityRow,
  decodeSetRow,
  encodeChangeRow,
  encodeCheckpointRow,
  encodeFinalityRow,
  encodeSetRow,
} from '../../../consensus/ledger/members/set-rows.ts';
import {
  encodeApprove,
  encodeEvidence,
  encodeLeave,
  encodePropose,
  readApprove,
  readEvidence,
  readLeave,
  readPropose,
} from '../../../consensus/ledger/members/types.ts';
import { decodeActivations, encodeActivations } from '../../../consensus/ledger/params/rows.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.maxSafeNat();
const text = (most: number) => fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: most });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const record: fc.Arbitrary<ClinicRecord> = fc.record({
  name: text(40),
  governanceKey: bytes(32),
  nodeKey: bytes(32),
  gatewayKey: bytes(32),
  voteKey: bytes(32),
  encryptionKey: bytes(32),
  addresses: fc.array(text(40), { maxLength: 16 }),
  networks: fc.array(text(40), { maxLength: 64 }),
});
const fields = fc
  .tuple(
    record,
    fc.subarray(['name', 'governanceKey', 'nodeKey', 'voteKey', 'addresses', 'networks'] as const, { minLength: 1 }),
  )
  .map(([whole, names]) => Object.fromEntries(names.map((name) => [name, whole[name]])) as Partial<ClinicRecord>);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    type: fc.constant('admit' as const),
    organisation: fc.oneof(fc.integer({ min: 1, max: 0xffff }), text(40)),
    clinic: record,
  }),
  fc.record({ type: fc.constant('update' as const), clinic: u16, fields }),
  fc.record({
    type: fc.constantFrom('remove-clinic' as const, 'leave' as const, 'suspend-vote' as const),
    clinic: u16,
  }),
  fc.record({ type: fc.constant('remove-organisation' as const), organisation: u16 }),
);
const checkpoint = fc.record({ epoch: u64, id: bytes(32) });
const set = { id: u32, previous: optional(u32) };
const approval = fc.record({ clinic: u16, signature: bytes(64) });
const vote = fc
  .tuple(u32, checkpoint, checkpoint, fc.integer({ min: 1, max: 1000 }), approval)
  .map(([of, source, target, ahead, by]) => {
    const from = { ...source, epoch: Math.floor(source.epoch / 2) };
    return { link: { set: of, source: from, target: { ...target, epoch: from.epoch + ahead } }, ...by };
  });

function exactly<T>(read: (input: Reader) => T): (bytes: Uint8Array) => T {
  return (whole) => {
    const input = new Reader(whole);
    const value = read(input);
    input.end();
    return value;
  };
}

interface Codec<T> {
  readonly value: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

const codec = <T>(
  value: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): Codec<unknown> => ({ value, encode, decode }) as Codec<unknown>;

const CODECS: Readonly<Record<string, Codec<unknown>>> = {
  change: codec(change, encodeChange, decodeChange),
  'change row': codec(fc.record({ height: u64, change }), encodeChangeRow, decodeChangeRow),
  'clinic row': codec(
    fc
      .tuple(
        record,
        fc.record({
          organisation: u16,
          status: fc.constantFrom('active' as const, 'left' as const),
          voteSuspended: fc.boolean(),
        }),
      )
      .map(([one, rest]) => ({ ...one, ...rest, number: 7 })),
    encodeClinicRow,
    (row) => decodeClinicRow(7, row),
  ),
  'set row': codec(fc.record({ ...set, since: u64 }), encodeSetRow, decodeSetRow),
  'checkpoint row': codec(
    fc.record({ ...set, block: bytes(32), justified: fc.boolean() }),
    encodeCheckpointRow,
    decodeCheckpointRow,
  ),
  'finality row': codec(
    fc.record({
      justified: checkpoint,
      finalised: checkpoint,
      oldest: u64,
      ripe: optional(fc.record({ count: u32, bites: u64, waived: fc.boolean() })),
    }),
    encodeFinalityRow,
    decodeFinalityRow,
  ),
  'proposal row': codec(
    fc.record({
      version: u32,
      live: fc.boolean(),
      created: bytes(32),
      latest: bytes(32),
      subject: fc.constantFrom('members' as const, 'params' as const),
      height: u64,
      expiry: u64,
      content: fc.uint8Array({ maxLength: 300 }),
      approvals: fc.array(u16, { maxLength: 20 }),
    }),
    encodeProposalRow,
    decodeProposalRow,
  ),
  'approval row': codec(
    fc.record({ created: bytes(32), governanceKey: bytes(32) }),
    encodeApprovalRow,
    decodeApprovalRow,
  ),
  'features row': codec(
    fc.array(fc.record({ feature: u16, height: u64 }), { maxLength: 64 }),
    encodeActivations,
    decodeActivations,
  ),
  propose: codec(
    fc.record({ salt: bytes(16), expiry: u64, approval, content: fc.uint8Array({ maxLength: 300 }) }),
    encodePropose,
    exactly(readPropose),
  ),
  approve: codec(fc.record({ proposal: bytes(32), approval }), encodeApprove, exactly(readApprove)),
  leave: codec(fc.record({ salt: bytes(16), approval }), encodeLeave, exactly(readLeave)),
  evidence: codec(fc.record({ salt: bytes(16), votes: fc.tuple(vote, vote) }), encodeEvidence, exactly(readEvidence)),
};

it.each(Object.entries(CODECS))('%s: reads back what it writes, and every accepted form is the only one', (_, one) => {
  fc.assert(
    fc.property(
      one.value,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.integer({ min: -3, max: 3 }),
      (value, changes, cut) => {
        const valid = one.encode(value);
        expect(one.decode(valid)).toEqual(value);
        const near = new Uint8Array(Math.max(0, valid.length + cut));
        near.set(valid.subarray(0, near.length));
        for (const [at, byte] of changes) if (near.length > 0) near[at % near.length] = byte;
        let read: unknown;
        try {
          read = one.decode(near);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(one.encode(read)).toEqual(near);
      },
    ),
    { numRuns: 150 },
  );
});
