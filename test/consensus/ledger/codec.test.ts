import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { attachmentCommitment, decodeAttachment, encodeAttachment } from '../../../consensus/ledger/attachment.ts';
import { signatureJobs } from '../../../consensus/ledger/signatures.ts';
import { decodeStatement, encodeStatement, statementId } from '../../../consensus/ledger/statement.ts';
import {
  decodeTransaction,
  encodeTransaction,
  sealTransaction,
  signTransaction,
  transactionLength,
} from '../../../consensus/ledger/transaction.ts';
import type { Author, Statement, Transaction } from '../../../consensus/ledger/types.ts';
import { named, RULES } from './fixture.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.maxSafeNat();

const author: fc.Arbitrary<Author> = fc.oneof(
  fc.record({ type: fc.constant('clinic' as const), clinic: fc.nat(0xffff) }),
  fc.record({ type: fc.constant('person' as const), key: bytes(32) }),
);

function statements(maxPayload: number): fc.Arbitrary<Statement> {
  return author.chain((who) =>
    fc.record({
      kind: fc.nat(0xffff),
      author: fc.constant(who),
      object: bytes(32),
      version: fc.nat(0xffff_ffff),
      issued: u64,
      payload: fc.uint8Array({ maxLength: maxPayload }),
      attachment: fc.option(bytes(32), { nil: undefined }),
      signature: who.type === 'person' ? bytes(64) : fc.constant(undefined),
    }),
  );
}

const transactions: fc.Arbitrary<Transaction> = fc.record({
  version: fc.constant(1),
  sender: bytes(32),
  sequence: u64,
  validUntil: u64,
  statements: fc.array(statements(200), { minLength: 1, maxLength: 64 }),
  signature: bytes(64),
});

const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

/** Bytes changed at some places and cut or prolonged: mostly near a valid message. */
function mutate(valid: Uint8Array, changes: readonly (readonly [number, number])[], cut: number): Uint8Array {
  const out = cut === 0 ? valid.slice() : new Uint8Array(Math.max(0, valid.length + cut));
  if (cut !== 0) out.set(valid.subarray(0, out.length));
  for (const [at, value] of changes) if (out.length > 0) out[at % out.length] = value;
  return out;
}

/** `encode(decode(b)) = b` for every accepted `b`; anything else is a CodecError. */
function acceptsOnlyItsOwn<T>(
  input: Uint8Array,
  decode: (b: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): boolean {
  let value: T;
  try {
    value = decode(input);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return false;
  }
  expect(toHex(encode(value))).toBe(toHex(input));
  return true;
}

const sample: Statement = {
  kind: 0x0401,
  author: { type: 'clinic', clinic: 3 },
  object: new Uint8Array(32),
  version: 0,
  issued: 1_760_000_000_000,
  payload: named('handle'),
  attachment: undefined,
  signature: undefined,
};
const byPerson: Statement = { ...sample, author: { type: 'person', key: named('key') }, signature: new Uint8Array(64) };
const unsigned = { sender: named('sender'), sequence: 1, validUntil: 9 };

describe('statement codec', () => {
  it('gives back every statement that it encoded', () => {
    fc.assert(
      fc.property(statements(16 * 1024), (value) => {
        expect(decodeStatement(encodeStatement(value))).toEqual(value);
      }),
    );
  });

  it('accepts no other bytes than it would write', () => {
    let accepted = 0;
    fc.assert(
      fc.property(statements(64), mutations, fc.constantFrom(0, 0, 0, -1, 1), (value, changes, cut) => {
        if (acceptsOnlyItsOwn(mutate(encodeStatement(value), changes, cut), decodeStatement, encodeStatement))
          accepted++;
      }),
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('refuses an author type, a flag and a scheme that are not defined', () => {
    const encoded = encodeStatement(byPerson);
    const flag = encoded.length - 66;
    for (const [at, value] of [
      [2, 0],
      [2, 3],
      [flag, 2],
      [flag + 1, 0],
      [flag + 1, 2],
    ]) {
      const bad = encoded.slice();
      bad[at] = value;
      expect(() => decodeStatement(bad)).toThrow(CodecError);
    }
  });

  it('refuses a payload above 16 KiB in both directions', () => {
    expect(() => encodeStatement({ ...sample, payload: new Uint8Array(16 * 1024 + 1) })).toThrow(CodecError);
    const encoded = encodeStatement({ ...sample, payload: new Uint8Array(16 * 1024) });
    expect(decodeStatement(encoded).payload.length).toBe(16 * 1024);
    const bad = new Uint8Array(encoded.length + 1);
    bad.set(encoded);
    bad[49 + 1] = 1;
    expect(() => decodeStatement(bad)).toThrow(CodecError);
  });

  it('refuses a person without a signature and a clinic with one', () => {
    expect(() => encodeStatement({ ...byPerson, signature: undefined })).toThrow(CodecError);
    expect(() => encodeStatement({ ...sample, signature: new Uint8Array(64) })).toThrow(CodecError);
  });

  it('keeps the signature and nothing else out of the id', () => {
    const id = toHex(statementId(RULES.genesisId, byPerson));
    expect(
      toHex(statementId(RULES.genesisId, { ...byPerson, signature: new Uint8Array(64).fill(1) } as Statement)),
    ).toBe(id);
    expect(toHex(statementId(named('other network'), byPerson))).not.toBe(id);
    for (const change of [
      { kind: 1 },
      { version: 7 },
      { issued: 5 },
      { attachment: named('a') },
      { object: named('o') },
    ]) {
      expect(toHex(statementId(RULES.genesisId, { ...byPerson, ...change }))).not.toBe(id);
    }
  });
});

describe('transaction codec', () => {
  it('gives back every transaction that it encoded, in the stated length', () => {
    fc.assert(
      fc.property(transactions, (value) => {
        const encoded = encodeTransaction(value);
        expect(encoded.length).toBe(transactionLength(value.statements));
        expect(decodeTransaction(encoded)).toEqual(value);
      }),
    );
  });

  it('accepts no other bytes than it would write', () => {
    let accepted = 0;
    fc.assert(
      fc.property(transactions, mutations, fc.constantFrom(0, 0, 0, -1, 1), (value, changes, cut) => {
        if (acceptsOnlyItsOwn(mutate(encodeTransaction(value), changes, cut), decodeTransaction, encodeTransaction)) {
          accepted++;
        }
      }),
    );
    expect(accepted).toBeGreaterThan(0);
  });

  it('answers random bytes with a codec error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (input) => {
        acceptsOnlyItsOwn(input, decodeTransaction, encodeTransaction);
        acceptsOnlyItsOwn(input, decodeStatement, encodeStatement);
      }),
    );
  });

  it('refuses a statement whose length field is not its length', () => {
    const encoded = encodeTransaction({
      version: 1,
      ...unsigned,
      statements: [sample, sample],
      signature: new Uint8Array(64),
    });
    for (const delta of [-1, 1]) {
      const bad = encoded.slice();
      bad[51] += delta;
      expect(() => decodeTransaction(bad)).toThrow(CodecError);
    }
  });

  it('refuses no statements and more than 64', () => {
    const make = (count: number) =>
      encodeTransaction({
        version: 1,
        ...unsigned,
        statements: Array(count).fill(sample),
        signature: new Uint8Array(64),
      });
    expect(decodeTransaction(make(64)).statements.length).toBe(64);
    expect(() => make(0)).toThrow(CodecError);
    expect(() => make(65)).toThrow(CodecError);
    for (const count of [0, 65]) {
      const bad = make(1);
      bad[49] = count;
      expect(() => decodeTransaction(bad)).toThrow(CodecError);
    }
  });

  it('refuses more than 24 KiB in both directions', () => {
    const long = { ...sample, payload: new Uint8Array(16 * 1024) };
    const value = { version: 1, ...unsigned, statements: [long, long], signature: new Uint8Array(64) };
    expect(() => encodeTransaction(value)).toThrow(CodecError);
    expect(() => decodeTransaction(new Uint8Array(24 * 1024 + 1).fill(1))).toThrow(CodecError);
  });

  it('does not spoil what it encoded before by encoding again', () => {
    const first = encodeTransaction({ version: 1, ...unsigned, statements: [sample], signature: new Uint8Array(64) });
    const before = toHex(first);
    encodeTransaction({ version: 1, ...unsigned, statements: [byPerson], signature: new Uint8Array(64).fill(9) });
    expect(toHex(first)).toBe(before);
  });
});

describe('sealed transactions', () => {
  const sealed = signTransaction(RULES.genesisId, { ...unsigned, statements: [sample, byPerson] }, (id) =>
    new Uint8Array(64).fill(id[0]),
  );

  it('carry the ids that their bytes lead to', () => {
    const again = sealTransaction(RULES.genesisId, sealed.bytes);
    expect(again).toEqual(sealed);
    expect(again.statementIds).toEqual([statementId(RULES.genesisId, sample), statementId(RULES.genesisId, byPerson)]);
    expect(sealed.transaction.signature[0]).toBe(sealed.id[0]);
  });

  it('have an id that leaves the sender signature out and a witness id that does not', () => {
    const bad = sealed.bytes.slice();
    bad[bad.length - 1] ^= 1;
    const other = sealTransaction(RULES.genesisId, bad);
    expect(toHex(other.id)).toBe(toHex(sealed.id));
    expect(toHex(other.witnessId)).not.toBe(toHex(sealed.witnessId));
  });

  it('list the signature of the sender and of each person', () => {
    const jobs = signatureJobs(RULES.genesisId, sealed);
    expect(jobs.map((job) => toHex(job.publicKey))).toEqual([toHex(unsigned.sender), toHex(named('key'))]);
    expect(jobs.map((job) => toHex(job.message))).toEqual([toHex(sealed.id), toHex(sealed.statementIds[1])]);
  });
});

describe('attachment codec', () => {
  it('gives back what it encoded and commits to salt and bytes', () => {
    fc.assert(
      fc.property(bytes(32), fc.uint8Array({ maxLength: 4096 }), (salt, content) => {
        const attachment = { salt, bytes: content };
        expect(decodeAttachment(encodeAttachment(attachment))).toEqual(attachment);
        const commitment = toHex(attachmentCommitment(attachment));
        expect(toHex(attachmentCommitment({ salt: salt.map((b) => b ^ 1), bytes: content }))).not.toBe(commitment);
      }),
    );
  });

  it('refuses a short salt and more than 4 KiB', () => {
    expect(() => decodeAttachment(new Uint8Array(31))).toThrow(CodecError);
    expect(() => decodeAttachment(new Uint8Array(32 + 4097))).toThrow(CodecError);
    expect(() => encodeAttachment({ salt: new Uint8Array(32), bytes: new Uint8Array(4097) })).toThrow(CodecError);
    expect(decodeAttachment(new Uint8Array(32 + 4096)).bytes.length).toBe(4096);
  });
});
