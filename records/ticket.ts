// A ticket: what a clinic signs for one of its own to be served with somebody's records, by one clinic, within a minute, over
// its own connection. Whoever receives it can do nothing with it elsewhere. Owns bytes, signature and what binds it; whether
// it is granted is decided by the custodian.
import { signEd25519, verifyEd25519 } from '#crypto';
import { equalBytes } from '../common/bytes.ts';
import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import { taggedHash } from '../common/crypto/tagged-hash.ts';
import { ROLES, type Role } from '../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../consensus/ledger/types.ts';
import { type Application, MAX_APPLICATION_BYTES, readApplication, writeApplication } from './consent/application.ts';

/** How long a ticket lives, ms. */
export const TICKET_TTL_MS = 60_000;
/** Records that one ticket names. */
export const MAX_TICKET_RECORDS = 256;
export const TICKET_NONCE_BYTES = 16;
export const MAX_TICKET_BYTES = 512 + 32 * MAX_TICKET_RECORDS + MAX_APPLICATION_BYTES;

const NO_ROLE = 0;

/** A list says what there is; a read hands over keys; a blob is ciphertext. */
export const TICKET_ACTIONS = ['list', 'read', 'blob'] as const;
export type TicketAction = (typeof TICKET_ACTIONS)[number];

export interface Ticket {
  readonly action: TicketAction;
  /** Account of the person who reads; zeros: an application by itself. */
  readonly account: Uint8Array;
  /** Undefined: an application by itself. */
  readonly role: Role | undefined;
  readonly application: Application | undefined;
  /** The clinic that the person or the application reads at, which signs. */
  readonly clinic: ClinicNumber;
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  /** Whose chart. */
  readonly writer: ClinicNumber;
  /** Record ids; none: all, for a list. */
  readonly records: readonly Uint8Array[];
  /** Code of the purpose. */
  readonly purpose: number;
  /** The consent object that the reader stands on; zeros: whichever permits. */
  readonly grant: Uint8Array;
  /** Who is to serve it. */
  readonly serving: ClinicNumber;
  /** Node key of the connection that it comes over: its PeerId. */
  readonly peer: Uint8Array;
  readonly nonce: Uint8Array;
  /** ms. */
  readonly ends: number;
}

export interface SignedTicket {
  readonly ticket: Ticket;
  readonly signature: Uint8Array;
}

/** By the node key whose connection it names. */
export function signTicket(ticket: Ticket, genesisId: Uint8Array, seed: Uint8Array): SignedTicket {
  return { ticket, signature: signEd25519(seed, signedBytes(genesisId, ticketBytes(ticket))) };
}

export function encodeTicket({ ticket, signature }: SignedTicket): Uint8Array {
  const bytes = ticketBytes(ticket);
  return new Writer(bytes.length + 64).fixed(bytes, bytes.length).fixed(signature, 64).finish();
}

/** Throws CodecError. Nothing is checked but its form. */
export function decodeTicket(bytes: Uint8Array): SignedTicket {
  const input = new Reader(bytes);
  const signed = readTicket(input);
  input.end();
  return signed;
}

export function readTicket(input: Reader): SignedTicket {
  const action = TICKET_ACTIONS[input.u8() - 1];
  const account = input.fixed(32);
  const roleByte = input.u8();
  const role = ROLES[roleByte - 1];
  if (action === undefined || (role === undefined && roleByte !== NO_ROLE)) throw wrong();
  const clinic = input.u16();
  const handle = input.fixed(32);
  const writer = input.u16();
  const count = input.u16();
  if (count > MAX_TICKET_RECORDS) {
    throw new CodecError({ code: 'codec.length', field: 'ticket.records', length: count, limit: MAX_TICKET_RECORDS });
  }
  const records = Array.from({ length: count }, () => input.fixed(32));
  const purpose = input.u8();
  const grant = input.fixed(32);
  const serving = input.u16();
  const peer = input.fixed(32);
  const nonce = input.fixed(TICKET_NONCE_BYTES);
  const ends = input.u64();
  const flag = input.u8();
  if (flag > 1) throw wrong();
  const application = flag === 1 ? readApplication(input) : undefined;
  if (!isSomebody({ account, role, application })) throw wrong();
  const who = { account, role, application, clinic };
  const ticket = { action, ...who, handle, writer, records, purpose, grant, serving, peer, nonce, ends };
  return { ticket, signature: input.fixed(64) };
}

/** A person has a role; who has none is an application, and no account stands behind it. */
function isSomebody({ account, role, application }: Pick<Ticket, 'account' | 'role' | 'application'>): boolean {
  return role !== undefined || (application !== undefined && account.every((byte) => byte === 0));
}

function wrong(): CodecError {
  return new CodecError({ code: 'codec.value', field: 'ticket' });
}

export type TicketFault = 'expired' | 'serving' | 'connection' | 'clinic' | 'signature';

export interface TicketFacts {
  readonly genesisId: Uint8Array;
  /** Who is asked. */
  readonly own: ClinicNumber;
  /** Node key of the member whose connection it came over, and its number. */
  readonly connection: { readonly clinic: ClinicNumber; readonly nodeKey: Uint8Array };
  readonly now: number;
}

/**
 * Undefined: signed by the clinic of this very connection, for this clinic, for now. Whether it came before is for who keeps
 * the nonces.
 */
export async function checkTicket(
  { ticket, signature }: SignedTicket,
  facts: TicketFacts,
): Promise<TicketFault | undefined> {
  const { genesisId, own, connection, now } = facts;
  if (ticket.serving !== own) return 'serving';
  if (!equalBytes(ticket.peer, connection.nodeKey)) return 'connection';
  if (ticket.clinic !== connection.clinic) return 'clinic';
  // One that lives longer than any may was not made as they are made.
  if (ticket.ends <= now || ticket.ends > now + 2 * TICKET_TTL_MS) return 'expired';
  const signed = signedBytes(genesisId, ticketBytes(ticket));
  return (await verifyEd25519(connection.nodeKey, signed, signature)) ? undefined : 'signature';
}

function ticketBytes(ticket: Ticket): Uint8Array {
  const out = new Writer(256).u8(TICKET_ACTIONS.indexOf(ticket.action) + 1).fixed(ticket.account, 32);
  out
    .u8(ticket.role === undefined ? NO_ROLE : ROLES.indexOf(ticket.role) + 1)
    .u16(ticket.clinic)
    .fixed(ticket.handle, 32)
    .u16(ticket.writer);
  if (ticket.records.length > MAX_TICKET_RECORDS)
    throw new CodecError({ code: 'codec.range', field: 'ticket.records' });
  out.u16(ticket.records.length);
  for (const record of ticket.records) out.fixed(record, 32);
  out.u8(ticket.purpose).fixed(ticket.grant, 32).u16(ticket.serving).fixed(ticket.peer, 32);
  out.fixed(ticket.nonce, TICKET_NONCE_BYTES).u64(ticket.ends);
  if (!isSomebody(ticket)) throw wrong();
  return (ticket.application === undefined ? out.u8(0) : writeApplication(out.u8(1), ticket.application)).finish();
}

function signedBytes(genesisId: Uint8Array, ticket: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/ticket/1', genesisId, ticket);
}
