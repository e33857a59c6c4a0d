// Emergency access (break-glass) at this clinic: opening for one patient and two hours, closing, reviewing, and what follows
// for others and for charts. Keys that were opened are in memory alone: after a restart the same emergency is asked for again.
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { hpkeSeal } from '../../common/crypto/hpke.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { encodeCommit } from '../../consensus/ledger/consent/types.ts';
import { CONSENT_COMMIT, CONSENT_REVOKE } from '../../consensus/ledger/kinds.ts';
import { SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import {
  type EmergencyReason,
  type EmergencyRequest,
  emergencyCommitment,
  emergencyObject,
  encodeEmergency,
  type SignedEmergency,
  signEmergency,
} from '../../records/emergency/request.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { Rounds } from '../rounds.ts';
import { tellClinics } from '../telling.ts';
import type { EmergencyAsking, OpenedKey } from './asking.ts';
import type { EmergencyBook, KnownEmergency } from './book.ts';
import { EmergencyError, type EmergencyErrorType } from './errors.ts';
import type { Escrows } from './escrows.ts';
import { type EmergencyTimes, MIN_EMERGENCY_TEXT } from './helper.ts';
import { EMERGENCY_ROLES, type EmergencyPorts } from './ports.ts';
import {
  decodeEmergencyAnswer,
  EMERGENCY,
  type EmergencyEnd,
  type EmergencyFault,
  encodeEmergencyMessage,
  type Verdict,
} from './wire.ts';

/** How often it is looked what has ended and who is behind, ms. */
const LOOK_EVERY_MS = 15_000;
/** Of the other clinics that are told how an emergency stands. */
const TELL_TIMEOUT_MS = 10_000;
/** After it, who was never told is told no more. */
const TELL_FOR_MS = 90 * 86_400_000;

const OPEN: EmergencyEnd = { closed: 0, review: undefined };

export interface EmergenciesOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly nodeSeed: Uint8Array;
  readonly times: EmergencyTimes;
}

export interface EmergenciesModules {
  readonly book: EmergencyBook;
  readonly asking: EmergencyAsking;
  readonly escrows: Escrows;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request' | 'peers'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly ports: EmergencyPorts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenEmergency {
  readonly account: Uint8Array;
  readonly handle: Uint8Array;
  readonly reason: EmergencyReason;
  readonly text: string;
  /** When the person showed a second factor last, ms; null: not in this session. */
  readonly factorAt: number | null;
}

export interface Opened {
  readonly emergency: KnownEmergency;
  readonly keys: readonly OpenedKey[];
}

export class Emergencies {
  private readonly options: EmergenciesOptions;
  private readonly modules: EmergenciesModules;
  private readonly opened = new Map<string, readonly OpenedKey[]>();
  private readonly rounds: Rounds;
  private readonly opening = new Serial();
  private readonly telling = new Serial();

  constructor(options: EmergenciesOptions, modules: EmergenciesModules) {
    this.options = options;
    this.modules = modules;
    const { clock, logger } = modules;
    this.rounds = new Rounds(
      { everyMs: LOOK_EVERY_MS, failed: 'emergencies are not followed; it is tried again' },
      { clock, logger, round: (signal) => this.lookAll(signal) },
    );
  }

  /** Of this network. */
  get times(): EmergencyTimes {
    return this.options.times;
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.telling.idle();
    for (const keys of this.opened.values()) for (const { key } of keys) key.fill(0);
    this.opened.clear();
  }

  /** For the same person and patient again while one is open: it is that one, with nothing new to review. */
  async open(wanted: OpenEmergency): Promise<Opened> {
    const { book, asking } = this.modules;
    const { object, signed } = await this.opening.run(() => this.begun(wanted));
    // Beside it: the keys are needed now, and a round tells whom this does not.
    void this.tellPeople(object);
    const keys = await asking.gather(signed);
    this.opened.set(toHex(object), keys);
    return { emergency: book.get(object) as KnownEmergency, keys };
  }

  /** Its open one, or a new one: that is in the book only once it is audited and on its way to the chain. */
  private async begun(wanted: OpenEmergency): Promise<KnownEmergency> {
    const { book, ports, clock } = this.modules;
    const { reason, account, handle } = wanted;
    const role = await this.mayOpen(wanted);
    const now = clock.now();
    const before = this.openHere(account, handle);
    if (before !== undefined) return before;
    const signed = this.sign(wanted, role, now);
    const { request } = signed;
    const object = emergencyObject(request);
    const behind = this.others().map(({ number }) => number);
    await ports.audit({ action: 'emergency-open', outcome: 'permitted', reason, object, request });
    await this.commit(signed);
    return book.put(signed, now, (known) => ({ ...known, untold: true, behind }));
  }

  /** Throws EmergencyError. */
  async close(object: Uint8Array): Promise<KnownEmergency> {
    const { book, ports, clock, outbox, author } = this.modules;
    const known = this.own(object);
    const now = clock.now();
    if (!book.isOpen(known, now)) throw new EmergencyError({ code: 'emergency.ended' });
    const { signed } = known;
    const { request } = signed;
    await ports.audit({ action: 'emergency-close', outcome: 'permitted', reason: request.reason, object, request });
    await outbox.submit([author.make({ kind: CONSENT_REVOKE, object, version: 1, payload: new Uint8Array(0) })]);
    const closed = await this.change(signed, (one) => ({ ...one, closed: now }));
    this.look();
    return closed;
  }

  /** By a privacy officer of this clinic, who did not open it. Throws EmergencyError. */
  async review(object: Uint8Array, by: Uint8Array, verdict: Verdict, text: string): Promise<KnownEmergency> {
    const { book, ports, clock } = this.modules;
    const known = this.own(object);
    const now = clock.now();
    const { signed, review } = known;
    const { request } = signed;
    if (equalBytes(by, request.account)) throw new EmergencyError({ code: 'emergency.own' });
    if (review !== undefined || book.isOpen(known, now)) throw new EmergencyError({ code: 'emergency.ended' });
    await ports.audit({ action: 'emergency-review', outcome: 'permitted', reason: verdict, object, request });
    const reviewed = await this.change(signed, (one) => ({
      ...one,
      ...{ review: { verdict, at: now }, reviewer: by, reviewText: text },
    }));
    this.look();
    return reviewed;
  }

  /** Every one that this clinic knows of, newest first. */
  list(): KnownEmergency[] {
    return this.modules.book.all();
  }

  isOpen(known: KnownEmergency): boolean {
    return this.modules.book.isOpen(known, this.modules.clock.now());
  }

  /** ms. */
  reviewDue({ signed: { request } }: KnownEmergency): number {
    return request.opened + this.options.times.reviewMs;
  }

  /** The open one of this person for this patient, at whatever clinic: what custodians ask before they serve rows for it. */
  find(account: Uint8Array, handle: Uint8Array): KnownEmergency | undefined {
    return this.modules.book.openOf(account, handle, this.modules.clock.now());
  }

  /** Category keys that this person has for this patient by an open emergency of this clinic. */
  keysFor(account: Uint8Array, handle: Uint8Array): readonly OpenedKey[] {
    const known = this.openHere(account, handle);
    return (known && this.opened.get(toHex(known.object))) ?? [];
  }

  /** A clinic knows that it stood so; of what changed since it is still to be told. */
  async told(object: Uint8Array, clinic: ClinicNumber, as: EmergencyEnd = OPEN): Promise<void> {
    const known = this.modules.book.get(object);
    if (known === undefined) return;
    await this.modules.book.put(known.signed, known.seen, (one) => {
      const newest = one.closed === as.closed && one.review?.verdict === as.review?.verdict;
      if (!newest || !one.behind.includes(clinic)) return undefined;
      return { ...one, behind: one.behind.filter((number) => number !== clinic) };
    });
  }

  /** Looks now: something ended, or a clinic came. */
  look(): void {
    this.rounds.look();
  }

  private async lookAll(signal: AbortSignal): Promise<void> {
    const { book, escrows, ports, clock } = this.modules;
    escrows.send();
    const now = clock.now();
    // Before others are asked anything: the own people wait for nobody.
    for (const known of book.all()) if (known.untold) await this.tellPeople(known.object);
    for (const known of book.all()) {
      if (signal.aborted) return;
      if (!book.isOpen(known, now)) await this.afterEnd(known, ports);
      if (known.behind.length > 0 && now < known.seen + TELL_FOR_MS) await this.tellThoseBehind(known, signal);
    }
  }

  private openHere(account: Uint8Array, handle: Uint8Array): KnownEmergency | undefined {
    const { book, clock } = this.modules;
    return book.openOf(account, handle, clock.now(), this.options.clinic);
  }

  private tellPeople(object: Uint8Array): Promise<void> {
    const { book, ports, logger } = this.modules;
    return this.telling.run(async () => {
      const known = book.get(object);
      if (!known?.untold) return;
      const { signed, seen } = known;
      const { request } = signed;
      const place = request.clinic === this.options.clinic ? 'opened-here' : 'own-chart';
      try {
        await ports.tell({ request, place });
        await book.put(signed, seen, (one) => ({ ...one, untold: false }));
      } catch (error) {
        logger.warn({ err: error }, 'nobody here is told of an emergency yet; it is tried again');
      }
    });
  }

  private async afterEnd(known: KnownEmergency, ports: EmergencyPorts): Promise<void> {
    const name = toHex(known.object);
    for (const { key } of this.opened.get(name) ?? []) key.fill(0);
    this.opened.delete(name);
    if (known.rotated) return;
    await ports.rotate(known.signed.request.handle);
    await this.modules.book.put(known.signed, known.seen, (one) => ({ ...one, rotated: true }));
  }

  private async tellThoseBehind(known: KnownEmergency, signal: AbortSignal): Promise<void> {
    const { book, clock } = this.modules;
    const { object, signed: emergency, closed, review } = known;
    const message = book.isOpen(known, clock.now())
      ? ({ type: 'help', emergency } as const)
      : ({ type: 'notice', emergency, closed, review } as const);
    const telling = {
      ...{ protocol: EMERGENCY.protocol, message: encodeEmergencyMessage(message), timeoutMs: TELL_TIMEOUT_MS, signal },
      failed: 'a clinic does not know of an emergency yet',
    };
    await tellClinics(this.modules, telling, known.behind, async (bytes, clinic) => {
      if (decodeEmergencyAnswer(bytes).type !== 'refused') await this.told(object, clinic, known);
    });
  }

  /** Throws EmergencyError; the role in which it is opened. */
  private async mayOpen({ account, handle, text, factorAt }: OpenEmergency): Promise<Role> {
    const { book, ports, clock } = this.modules;
    const { clinic, times } = this.options;
    const now = clock.now();
    const held = await ports.roles(account, clinic);
    const role = EMERGENCY_ROLES.find((one) => held.includes(one));
    const overdue = book.overdue(account, clinic, now, times.reviewMs);
    const refuse = async (reason: EmergencyFault, error: EmergencyErrorType): Promise<never> => {
      const request = { account, role, clinic, handle };
      await ports.audit({ action: 'emergency-open', outcome: 'refused', reason, object: undefined, request });
      throw new EmergencyError(error);
    };
    if (role === undefined) return refuse('role', { code: 'emergency.role' });
    if ([...text.trim()].length < MIN_EMERGENCY_TEXT) return refuse('text', { code: 'emergency.text' });
    if (factorAt === null || now - factorAt > times.factorMs) return refuse('factor', { code: 'emergency.factor' });
    if (overdue !== undefined) {
      return refuse('overdue', { code: 'emergency.overdue', object: toHex(overdue.object) });
    }
    return role;
  }

  private sign({ account, handle, reason, text, factorAt }: OpenEmergency, role: Role, now: number): SignedEmergency {
    const { clinic, genesisId, nodeSeed, times } = this.options;
    const request: EmergencyRequest = {
      ...{ salt: randomBytes(SALT_BYTES), clinic, account, role, handle, reason },
      ...{ text: text.trim().normalize('NFC'), factorAt: Math.min(factorAt ?? 0, now), opened: now },
      ends: now + times.openMs,
    };
    return signEmergency(request, genesisId, nodeSeed);
  }

  /** On the chain an object like any consent; what it means is for the clinic that opened it to show. */
  private async commit(signed: SignedEmergency): Promise<void> {
    const { outbox, author, members } = this.modules;
    const { genesisId, clinic } = this.options;
    const { request } = signed;
    const own = members.current.clinics.find(({ number }) => number === clinic);
    if (own === undefined) return;
    const terms = await hpkeSeal(own.encryptionKey, genesisId, encodeEmergency(signed));
    const commitment = emergencyCommitment(request);
    const payload = encodeCommit({ salt: request.salt, commitment, ends: request.ends });
    const attachment = { salt: randomBytes(32), bytes: terms };
    const object = emergencyObject(request);
    await outbox.submit([author.make({ kind: CONSENT_COMMIT, object, version: 1, payload, attachment })]);
  }

  private change(signed: SignedEmergency, to: (known: KnownEmergency) => KnownEmergency): Promise<KnownEmergency> {
    const behind = this.others().map(({ number }) => number);
    return this.modules.book.put(signed, this.modules.clock.now(), (known) => ({ ...to(known), behind }));
  }

  /** Throws EmergencyError for one that was not opened here. */
  private own(object: Uint8Array): KnownEmergency {
    const known = this.modules.book.get(object);
    if (known?.signed.request.clinic !== this.options.clinic) throw new EmergencyError({ code: 'emergency.unknown' });
    return known;
  }

  private others() {
    return this.modules.members.current.clinics.filter(({ number }) => number !== this.options.clinic);
  }
}
