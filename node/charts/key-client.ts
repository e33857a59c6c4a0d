// Asks other clinics for key rows of a chart, for one of this clinic's people or applications: the clinic whose chart it is first, then
// those that keep its rows, until one decides. What comes is held against its signatures. Owns no plaintext.
import { randomBytes } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ticketHash } from '../../records/audit/event.ts';
import { custodyOrder } from '../../records/chart/custodians.ts';
import { type KeyRow, verifyKeyRow } from '../../records/chart/key-row.ts';
import { type Packet, verifyPacket } from '../../records/chart/packet.ts';
import type { Application } from '../../records/consent/application.ts';
import {
  encodeTicket,
  signTicket,
  TICKET_NONCE_BYTES,
  TICKET_TTL_MS,
  type Ticket,
  type TicketAction,
} from '../../records/ticket.ts';
import type { ServedTickets } from '../audit/ports.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { decodeKeyAnswer, KEYS, MAX_INLINE_BYTES } from './key-wire.ts';

/** Clinics that are asked about one chart. */
const ASKED = 8;
const REQUEST_MS = 20_000;

export interface KeyClientOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly node: { readonly seed: Uint8Array; readonly publicKey: Uint8Array };
}

export interface KeyClientModules {
  readonly network: Network;
  readonly members: MemberSets;
  /** Whoever serves is held to what it logs. */
  readonly tickets: ServedTickets;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Wanted {
  readonly account: Uint8Array;
  readonly role: Role | undefined;
  readonly application: Application | undefined;
  readonly handle: Uint8Array;
  readonly writer: ClinicNumber;
  readonly records: readonly Uint8Array[];
  readonly purpose: number;
  readonly grant: Uint8Array;
}

export type Obtained =
  | {
      readonly state: 'served';
      readonly by: ClinicNumber;
      readonly rows: readonly KeyRow[];
      readonly packets: readonly Packet[];
      /** Envelopes that came along, by CID. */
      readonly ciphertexts: ReadonlyMap<string, readonly Uint8Array[]>;
    }
  | { readonly state: 'refused'; readonly by: ClinicNumber; readonly reason: string }
  /** Nobody who keeps it is in reach, or none of them may decide now. */
  | { readonly state: 'unreachable'; readonly reason: string };

export class KeyClient {
  private readonly options: KeyClientOptions;
  private readonly modules: KeyClientModules;

  constructor(options: KeyClientOptions, modules: KeyClientModules) {
    this.options = options;
    this.modules = modules;
  }

  async obtain(action: 'list' | 'read', wanted: Wanted, signal: AbortSignal): Promise<Obtained> {
    const { members, logger } = this.modules;
    const numbers = members.current.clinics.map(({ number }) => number);
    const order = [wanted.writer, ...custodyOrder(wanted.handle, wanted.writer, numbers)];
    let reason = 'no clinic in reach';
    for (const clinic of order.filter((one) => one !== this.options.clinic).slice(0, ASKED)) {
      const peerId = this.connected(clinic);
      if (peerId === undefined) continue;
      try {
        const answer = await this.ask(clinic, peerId, action, wanted, signal);
        // Who keeps part of a chart cannot say that the rest is not there.
        const partial = clinic !== wanted.writer && answer.state === 'refused' && answer.reason === 'no-record';
        if (answer.state === 'served' || (answer.state === 'refused' && !partial)) return answer;
        reason = answer.reason;
      } catch (error) {
        signal.throwIfAborted();
        logger.debug({ clinic, code: codeOf(error) }, 'asked a clinic for key rows in vain');
      }
    }
    return { state: 'unreachable', reason };
  }

  /** For one fetch of ciphertext, or its parts, within the minute. */
  ticket(action: TicketAction, serving: ClinicNumber, wanted: Wanted): Uint8Array {
    const { clinic, node, genesisId } = this.options;
    const ticket: Ticket = {
      ...wanted,
      ...{ action, clinic, serving, peer: node.publicKey },
      nonce: randomBytes(TICKET_NONCE_BYTES),
      ends: this.modules.clock.now() + TICKET_TTL_MS,
    };
    return encodeTicket(signTicket(ticket, genesisId, node.seed));
  }

  /** The PeerId of a clinic while it is connected. */
  connected(clinic: ClinicNumber): string | undefined {
    const member = this.modules.members.current.clinic(clinic);
    const peerId = member && peerIdOf(member.nodeKey);
    return this.modules.network.peers().some((peer) => peer.peerId === peerId) ? peerId : undefined;
  }

  private async ask(
    by: ClinicNumber,
    peerId: string,
    action: 'list' | 'read',
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<Obtained> {
    const rows: KeyRow[] = [];
    const packets: Packet[] = [];
    const ciphertexts = new Map<string, Uint8Array[]>();
    let served = false;
    let inline = 0;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
    const request = this.ticket(action, by, wanted);
    for await (const chunk of this.modules.network.request(peerId, KEYS.protocol, request, limit)) {
      const answer = decodeKeyAnswer(chunk);
      if (answer.type === 'refused') {
        return answer.here
          ? { state: 'refused', by, reason: answer.reason }
          : { state: 'unreachable', reason: answer.reason };
      }
      if (answer.type === 'served') {
        served = true;
        await this.modules.tickets.served(ticketHash(request), by);
      } else if (answer.type === 'packets') packets.push(...(await this.theirs(wanted, answer.packets, verifyPacket)));
      else if (answer.type === 'ciphertext') {
        inline += answer.bytes.length;
        if (inline > MAX_INLINE_BYTES * Math.max(1, rows.length)) throw new RangeError('more ciphertext than rows say');
        ciphertexts.set(answer.cid, [...(ciphertexts.get(answer.cid) ?? []), answer.bytes]);
      } else rows.push(...(await this.theirs(wanted, answer.rows.filter(isAbout(wanted)), verifyKeyRow)));
    }
    return served ? { state: 'served', by, rows, packets, ciphertexts } : { state: 'unreachable', reason: 'no answer' };
  }

  /** Those that the clinic of the chart made. */
  private async theirs<T extends Pick<KeyRow | Packet, 'clinic' | 'signer'>>(
    { writer }: Wanted,
    made: readonly T[],
    verify: (made: T, genesisId: Uint8Array) => Promise<boolean>,
  ): Promise<T[]> {
    const { members } = this.modules;
    const good: T[] = [];
    for (const one of made) {
      const known = one.clinic === writer && members.senderEver(one.signer)?.clinic === writer;
      if (known && (await verify(one, this.options.genesisId))) good.push(one);
    }
    return good;
  }
}

/** A row of the patient, and of what was asked for where that was named: another one's would be shown as hers. */
function isAbout({ handle, records }: Wanted): (row: KeyRow) => boolean {
  return (row) =>
    equalBytes(row.handle, handle) && (records.length === 0 || records.some((one) => equalBytes(one, row.record)));
}
