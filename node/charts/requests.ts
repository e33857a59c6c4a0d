// Requests for access between clinics: made here for somebody who reads here, or taken in from the chain for a chart of this
// clinic. They travel as consent objects, so they wait in the outbox and arrive once. Owns the list; granting.ts answers.
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { attachmentCommitment } from '../../consensus/ledger/attachment.ts';
import { decodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { encodeCommit, readCommit } from '../../consensus/ledger/consent/types.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { consentKey } from '../../consensus/ledger/tables.ts';
import type { Attachment, ClinicNumber } from '../../consensus/ledger/types.ts';
import {
  type AccessRequestTerms,
  decodeRequest,
  encodeRequest,
  openRequest,
  sealRequest,
} from '../../records/chart/access-request.ts';
import type { Attachments } from '../attachments.ts';
import type { TipChange } from '../chain/chain.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Received } from '../intake.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import { ChartError } from './errors.ts';
import { CHART_TABLES, requestKey } from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';
import { REQUEST_TTL_MS, roomFor } from './request-room.ts';

/** After its end others may still ask for what was attached. */
const GRACE_MS = 86_400_000;
/** Attachments of commits that are asked for. */
const WANTED = 10_000;

export const REQUEST_STATES = ['open', 'granted', 'denied'] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

export interface KnownRequest {
  readonly object: Uint8Array;
  readonly request: AccessRequestTerms;
  readonly state: RequestState;
  /** ms, when it came to this clinic. */
  readonly at: number;
  /** The consent that answered it; undefined while nothing did. */
  readonly answer: Uint8Array | undefined;
}

export interface RequestsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly encryptionSecrets: readonly Uint8Array[];
}

export interface RequestsModules {
  readonly database: KeyRowsDatabase;
  readonly members: MemberSets;
  readonly attachments: Pick<Attachments, 'get' | 'want' | 'keep' | 'onFetched'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Requests {
  private readonly options: RequestsOptions;
  private readonly modules: RequestsModules;
  /** Objects by the attachment that was asked for. */
  private readonly wanted = new BoundedMap<string, Uint8Array>({ maxEntries: WANTED });
  private readonly listeners = new Set<(request: KnownRequest) => void>();

  constructor(options: RequestsOptions, modules: RequestsModules) {
    this.options = options;
    this.modules = modules;
    modules.attachments.onFetched((commitment, attachment) => {
      const object = this.wanted.get(toHex(commitment));
      if (object !== undefined && this.wanted.delete(toHex(commitment))) this.look(object, attachment);
    });
  }

  /** Of requests that came from other clinics. */
  onRequest(listener: (request: KnownRequest) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks the clinic whose chart it is; on the disk when it resolves. */
  async make(request: AccessRequestTerms): Promise<{ request: Uint8Array; statement: Uint8Array }> {
    const { members, author, outbox, clock, database } = this.modules;
    const { genesisId, clinic } = this.options;
    const member = members.current.clinic(request.writer);
    if (member === undefined || request.writer === clinic) throw new ChartError({ code: 'consent.actor' });
    const to = { genesisId, key: member.encryptionKey };
    const { commitment, bytes } = await sealRequest(request, randomBytes(32), to);
    const salt = randomBytes(SALT_BYTES);
    const object = objectId(CONSENT_COMMIT, { type: 'clinic', clinic }, salt);
    const attachment = { salt: randomBytes(32), bytes };
    const payload = encodeCommit({ salt, commitment, ends: clock.now() + REQUEST_TTL_MS });
    const made = author.make({ kind: CONSENT_COMMIT, object, version: 1, payload, attachment });
    const known: KnownRequest = { object, request, state: 'open', at: clock.now(), answer: undefined };
    await database.batch([{ type: 'put', key: requestKey(object), value: encodeKnown(known) }]);
    await outbox.submit([made]);
    await this.keep(attachment, clock.now() + REQUEST_TTL_MS);
    return { request: object, statement: made.id };
  }

  async get(object: Uint8Array): Promise<KnownRequest | undefined> {
    const bytes = await this.modules.database.get(requestKey(object));
    return bytes === undefined ? undefined : decodeKnown(object, bytes);
  }

  /** Own and others', newest first. */
  async list(): Promise<KnownRequest[]> {
    const found: KnownRequest[] = [];
    const prefix = Uint8Array.of(CHART_TABLES.request);
    for await (const [key, bytes] of this.modules.database.range({ prefix })) {
      found.push(decodeKnown(key.slice(1), bytes));
    }
    return found.sort((a, b) => b.at - a.at);
  }

  /** Notes what this clinic answered. Throws ChartError `consent.unknown`, `consent.ended`. */
  async answered(object: Uint8Array, state: Exclude<RequestState, 'open'>, answer: Uint8Array): Promise<void> {
    const known = await this.open(object);
    const value = encodeKnown({ ...known, state, answer });
    await this.modules.database.batch([{ type: 'put', key: requestKey(object), value }]);
  }

  /** A request to this clinic that waits for an answer. Throws ChartError `consent.unknown`, `consent.ended`. */
  async open(object: Uint8Array): Promise<KnownRequest> {
    const known = await this.get(object);
    if (known === undefined || known.request.writer !== this.options.clinic) {
      throw new ChartError({ code: 'consent.unknown' });
    }
    if (known.state !== 'open') throw new ChartError({ code: 'consent.ended' });
    return known;
  }

  /** Requests come with their transaction; their attachments stay for those who ask for them later. */
  async onReceived({ sealed, attachments }: Received): Promise<void> {
    for (const { kind, object, attachment: commitment, payload } of sealed.transaction.statements) {
      if (kind !== CONSENT_COMMIT || commitment === undefined) continue;
      const given = decodePayload(payload, readCommit);
      const attachment = attachments.find((one) => equalBytes(attachmentCommitment(one), commitment));
      if (given === undefined || attachment === undefined) continue;
      await this.keep(attachment, Math.min(given.ends, this.modules.clock.now() + REQUEST_TTL_MS));
      this.look(object.slice(), attachment);
    }
  }

  /** Commits whose attachment did not come with them. */
  follow({ connected }: TipChange): void {
    for (const { events } of connected) {
      for (const { family, type, data } of events) {
        if (family === 'consent' && type === 'committed') this.want(data);
      }
    }
  }

  private want(data: Readonly<Record<string, unknown>>): void {
    const { attachments, clock, logger } = this.modules;
    const { consent, terms, clinic } = data;
    if (typeof consent !== 'string' || typeof terms !== 'string' || clinic === this.options.clinic) return;
    const [object, commitment] = [Buffer.from(consent, 'hex'), Buffer.from(terms, 'hex')].map((b) => new Uint8Array(b));
    attachments
      .get(commitment)
      .then((held) => {
        if (held !== undefined) return this.look(object, held);
        this.wanted.set(terms, object);
        attachments.want(commitment, clock.now() + REQUEST_TTL_MS);
      })
      .catch((error) => logger.debug({ code: codeOf(error) }, 'a request was not looked at'));
  }

  private look(object: Uint8Array, attachment: Attachment): void {
    this.take(object, attachment).catch((error) => {
      this.modules.logger.debug({ code: codeOf(error) }, 'a request could not be read');
    });
  }

  private async take(object: Uint8Array, { bytes }: Attachment): Promise<void> {
    const { genesisId, encryptionSecrets, clinic } = this.options;
    const opened = await openRequest(bytes, genesisId, encryptionSecrets);
    if (opened === undefined || opened.request.writer !== clinic || (await this.get(object)) !== undefined) return;
    const { database, chain, clock } = this.modules;
    const [row] = await chain.states([consentKey(object)]);
    // It comes again with its block.
    if (row === undefined) return;
    const { author, commitment } = decodeConsentRow(row);
    // Whoever sends it says who asks; what it says must be what it committed to.
    const sender = author.type === 'clinic' ? author.clinic : undefined;
    if (sender !== opened.request.clinic || !equalBytes(commitment, opened.commitment)) return;
    const others = (await this.list()).filter(({ request }) => request.writer === clinic);
    const going = roomFor(others, opened.request.clinic, clock.now());
    if (going === undefined) return;
    const known: KnownRequest = { object, request: opened.request, state: 'open', at: clock.now(), answer: undefined };
    await database.batch([
      ...going.map((one) => ({ type: 'del' as const, key: requestKey(one.object) })),
      { type: 'put', key: requestKey(object), value: encodeKnown(known) },
    ]);
    for (const listener of this.listeners) listener(known);
  }

  private async keep(attachment: Attachment, ends: number): Promise<void> {
    await this.modules.attachments.keep(attachment, ends + GRACE_MS).catch((error) => {
      this.modules.logger.warn({ code: codeOf(error) }, 'an attachment is not kept for others');
    });
  }
}

/** The row of a request. */
export function encodeKnown({ request, state, at, answer }: KnownRequest): Uint8Array {
  const bytes = encodeRequest(request);
  const out = new Writer(bytes.length + 64).u8(REQUEST_STATES.indexOf(state)).u64(at);
  out.u8(answer === undefined ? 0 : 1);
  if (answer !== undefined) out.fixed(answer, 32);
  return out.fixed(bytes, bytes.length).finish();
}

/** Of the table of requests. */
export function decodeKnown(object: Uint8Array, bytes: Uint8Array): KnownRequest {
  const input = new Reader(bytes);
  const state = REQUEST_STATES[input.u8()];
  const at = input.u64();
  const answer = input.u8() === 1 ? input.fixed(32) : undefined;
  return { object, state, at, answer, request: decodeRequest(input.fixed(input.left)) };
}
