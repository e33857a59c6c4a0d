import fc from 'fast-check';
import { ROLES } from '../../../consensus/ledger/accounts/types.ts';
import { CATEGORIES } from '../../../records/category.ts';
import type { ContentFacts } from '../../../records/chart/content-facts.ts';
import type { KeyRowName } from '../../../records/chart/key-row.ts';
import { AMENDMENTS, type Manifest } from '../../../records/chart/manifest.ts';
import type { PacketName } from '../../../records/chart/packet.ts';
import { applicationId } from '../../../records/consent/application.ts';
import { TICKET_ACTIONS, TICKET_NONCE_BYTES, type Ticket } from '../../../records/ticket.ts';

export const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff >>> 1);
const time = fc.integer({ min: 0, max: 2 ** 45 });
const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', maxLength: Math.floor(maxLength / 16) }).map((value) => value.normalize('NFC'));
export const category = fc.constantFrom(...CATEGORIES);

export const manifest: fc.Arbitrary<Manifest> = fc.record({
  record: bytes(32),
  about: fc.option(bytes(32), { nil: undefined }),
  version: fc.integer({ min: 1, max: 1000 }),
  amendment: fc.constantFrom(...AMENDMENTS),
  category,
  kind: text(64),
  name: text(64),
  mediaType: text(128),
  title: text(1024),
  cid: text(128),
  size: time,
  author: fc.option(bytes(32), { nil: undefined }),
  role: fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
  clinic: u16,
  written: time,
  reason: text(2048),
  signed: fc.option(fc.record({ digest: bytes(32), key: bytes(32), at: time, signature: bytes(64) }), {
    nil: undefined,
  }),
});

const code = (maxLength: number) => fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,15}$/, { maxLength });
export const contentFacts: fc.Arbitrary<ContentFacts> = fc.record({
  kind: text(64),
  sections: fc.array(text(64), { maxLength: 16 }),
  labels: fc.array(code(16), { maxLength: 32 }),
  encounters: fc.array(bytes(32), { maxLength: 16 }),
  author: fc.option(fc.record({ account: bytes(32), role: fc.constantFrom(...ROLES) }), { nil: undefined }),
});

export const rowName: fc.Arbitrary<KeyRowName> = fc.record({
  clinic: u16,
  chart: bytes(32),
  handle: bytes(32),
  category,
  epoch: u32,
  record: bytes(32),
  version: fc.integer({ min: 1, max: 1000 }),
  revision: u32,
  written: time,
  cid: text(128),
  size: time,
});

export const packetName: fc.Arbitrary<PacketName> = fc.record({
  clinic: u16,
  chart: bytes(32),
  category,
  epoch: u32,
  grantee: u16,
  granteeKey: bytes(32),
  grant: bytes(32),
  purpose: fc.nat(255),
  ends: time,
});

const application = fc.record({
  id: fc.tuple(u16, bytes(8)).map(([clinic, key]) => applicationId(clinic, key)),
  scopes: fc.subarray(['patient/*.rs', 'patient/Observation.rs?category=laboratory', 'system/DiagnosticReport.cu']),
});
/** A person, a person who uses an application, an application by itself. */
const asking = fc.oneof(
  fc.record({
    account: bytes(32),
    role: fc.constantFrom(...ROLES),
    application: fc.option(application, { nil: undefined }),
  }),
  fc.record({ account: fc.constant(new Uint8Array(32)), role: fc.constant(undefined), application }),
);

export const ticket: fc.Arbitrary<Ticket> = fc
  .tuple(
    asking,
    fc.record({
      action: fc.constantFrom(...TICKET_ACTIONS),
      clinic: u16,
      handle: bytes(32),
      writer: u16,
      records: fc.array(bytes(32), { maxLength: 4 }),
      purpose: fc.nat(255),
      grant: bytes(32),
      serving: u16,
      peer: bytes(32),
      nonce: bytes(TICKET_NONCE_BYTES),
      ends: time,
    }),
  )
  .map(([who, about]) => ({ ...who, ...about }));
