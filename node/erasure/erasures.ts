// Erasure of a patient's chart at this clinic: asked for, held, approved by two persons on the chain, shredded here and, at
// this clinic's word and the chain's, by every other member; certified with the names of those who have not answered.
import { randomBytes } from '#crypto';
import { EMPTY_BYTES, equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import {
  decodeErasureRow,
  decodeHoldRow,
  decodeShredRow,
  decodeSubjectRow,
  type ErasureRow,
} from '../../consensus/ledger/keys/rows.ts';
import {
  encodeEraseApprove,
  encodeEraseRequest,
  encodeHold,
  eraseApprovalObject,
  inOrder,
} from '../../consensus/ledger/keys/types.ts';
import { KEYS_ERASE_APPROVE, KEYS_ERASE_REQUEST, KEYS_HOLD, KEYS_RELEASE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { decodeStatement, statementId, type UnsignedStatement } from '../../consensus/ledger/statement.ts';
import { erasureKey, holdKey, shredKey, subjectKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { MAX_SUBJECTS } from '../../consensus/limits.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { chartKey, chartSecret, quarterOf, subjectOf } from '../../records/chart/chart-key.ts';
import {
  CHALLENGE_NONCE_BYTES,
  type ErasureAnswer,
  type ErasureCertificate,
  openAnswer,
  type Signed,
  signCertificate,
} from '../../records/erasure/answer.ts';
import type { OwnRef } from '../charts/own-chart.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { Rounds } from '../rounds.ts';
import type { ChainStore } from '../store/ports.ts';
import { askClinic, tellClinics } from '../telling.ts';
import type { ErasureBook, KnownErasure } from './book.ts';
import { erasuresOf } from './chain-erasures.ts';
import type { RangedRows } from './chart-rows.ts';
import { ErasureError } from './errors.ts';
import { allRenewalsOf, renewalsOf } from './hold-renewal.ts';
import type { ErasurePorts } from './ports.ts';
import type { Shredder } from './shredder.ts';
import { decodeErasureReply, ERASURE, type ErasureReply, encodeErasureMessage } from './wire.ts';

/** How often it is looked what was approved and who has not heard of it, ms. */
const LOOK_EVERY_MS = 15_000;
const TELL_TIMEOUT_MS = 30_000;
/** Pseudonyms change by the quarter: no two of these days lie in one. */
const QUARTER_STEP_MS = 85 * 86_400_000;
const NOBODY = new Uint8Array(32);

export interface ErasuresOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly nodeSeed: Uint8Array;
}

export interface ErasuresModules {
  readonly book: ErasureBook;
  readonly shredder: Shredder;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request' | 'peers'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly ports: ErasurePorts;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AskedErasure {
  readonly handle: Uint8Array;
  readonly pid: string;
  readonly text: string;
  /** Zeros: the operator. */
  readonly by: Uint8Array;
}

export interface ErasureStanding {
  readonly known: KnownErasure;
  /** As the chain has it; undefined while it is on its way. */
  readonly row: ErasureRow | undefined;
  readonly held: boolean;
}

export class Erasures {
  private readonly options: ErasuresOptions;
  private readonly modules: ErasuresModules;
  private readonly abort = new AbortController();
  private readonly rounds: Rounds;
  /** Renewals and their ends that the outbox has taken since the start: it brings them to the chain by itself. */
  private readonly saidAgain = new Set<string>();
  /** Holds that are over, of which every renewal that can be was looked for since the start. */
  private readonly searched = new Set<string>();
  /** Holds of which it was told that they cannot be said again. */
  private readonly notRenewed = new Set<string>();

  constructor(options: ErasuresOptions, modules: ErasuresModules) {
    this.options = options;
    this.modules = modules;
    const { clock, logger } = modules;
    this.rounds = new Rounds(
      { everyMs: LOOK_EVERY_MS, failed: 'erasures are not followed; it is tried again' },
      { clock, logger, round: (signal) => this.lookAll(signal) },
    );
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.rounds.stop();
  }

  /** On the disk when it resolves, and on its way to the chain, or as soon as the outbox takes it. Throws ErasureError. */
  async request(asked: AskedErasure): Promise<KnownErasure> {
    const { book, ports } = this.modules;
    const { chart, subjects } = await this.chartOf(asked);
    const before = book.all().find((one) => one.kind === 'erasure' && one.done === 0 && equalBytes(one.chart, chart));
    if (before !== undefined) throw new ErasureError({ code: 'erasure.exists', erasure: toHex(before.object) });
    if ((await this.isHeld(subjects)) || (await this.isKept(chart))) {
      await ports.audit({ ...this.about(asked), outcome: 'refused', reason: 'held' });
      throw new ErasureError({ code: 'erasure.held' });
    }
    await ports.audit({ ...this.about(asked), outcome: 'permitted', reason: 'requested' });
    const salt = randomBytes(SALT_BYTES);
    return this.submit('erasure', KEYS_ERASE_REQUEST, encodeEraseRequest({ salt, subjects }), salt, {
      ...asked,
      ...{ chart, subjects },
    });
  }

  /** Keeps the patient's records here from being erased until it is released. Throws ErasureError. */
  async hold(asked: AskedErasure): Promise<KnownErasure> {
    const { chart, subjects } = await this.chartOf(asked);
    await this.modules.ports.audit({ ...this.about(asked), outcome: 'permitted', reason: 'hold' });
    const salt = randomBytes(SALT_BYTES);
    return this.submit('hold', KEYS_HOLD, holdPayload(salt, asked.text, subjects), salt, {
      ...asked,
      ...{ chart, subjects },
    });
  }

  /** Throws ErasureError. */
  async release(object: Uint8Array, by: Uint8Array): Promise<KnownErasure> {
    const { book, outbox, author, chain, ports, clock } = this.modules;
    const known = book.get(object);
    if (known?.kind !== 'hold') throw new ErasureError({ code: 'erasure.unknown' });
    const [bytes] = await chain.states([holdKey(object)]);
    if (bytes === undefined) throw new ErasureError({ code: 'erasure.not-now', reason: 'no block has the hold yet' });
    if (!decodeHoldRow(bytes).live || known.done !== 0) {
      throw new ErasureError({ code: 'erasure.not-now', reason: 'it was released' });
    }
    await ports.audit({
      ...{ handle: known.handle, clinic: known.clinic, account: by },
      ...{ outcome: 'permitted', reason: 'released' },
    });
    await outbox.submit([author.make({ kind: KEYS_RELEASE, object, version: 1, payload: EMPTY_BYTES })]);
    const released = await book.put(known, (one) => ({ ...one, done: clock.now() }));
    this.look();
    return released;
  }

  /** What a person's device key signs to approve it. Throws ErasureError. */
  async approval(object: Uint8Array, account: Uint8Array, key: Uint8Array): Promise<UnsignedStatement> {
    const row = await this.row(object);
    if (row === undefined) throw new ErasureError({ code: 'erasure.not-now', reason: 'no block has the request yet' });
    if (row.approved !== 0) throw new ErasureError({ code: 'erasure.not-now', reason: 'it is approved already' });
    if (row.approvals.some((approval) => equalBytes(approval.account, account))) {
      throw new ErasureError({ code: 'erasure.not-now', reason: 'this person has approved it' });
    }
    return {
      ...{ kind: KEYS_ERASE_APPROVE, object: eraseApprovalObject(object, account), version: 1 },
      ...{ author: { type: 'person', key }, issued: this.modules.clock.now() },
      ...{ payload: encodeEraseApprove(object), attachment: undefined },
    };
  }

  /** Those of this clinic, newest first, as the chain has them. */
  async list(): Promise<ErasureStanding[]> {
    const own = this.modules.book.all().filter(({ clinic }) => clinic === this.options.clinic);
    return Promise.all(own.map((known) => this.standing(known)));
  }

  async standing(known: KnownErasure): Promise<ErasureStanding> {
    const row = known.kind === 'erasure' ? await this.row(known.object) : undefined;
    return { known, row, held: await this.isHeld(known.subjects) };
  }

  /** Of an erasure that was approved: what every member has said of it on the chain. Throws ErasureError. */
  async certificate(object: Uint8Array): Promise<Signed<ErasureCertificate>> {
    const { members, chain, clock, ports } = this.modules;
    const { genesisId, nodeSeed } = this.options;
    const row = await this.row(object);
    if (row === undefined) throw new ErasureError({ code: 'erasure.unknown' });
    if (row.approved === 0) throw new ErasureError({ code: 'erasure.not-now', reason: 'it is not approved' });
    // Who has left since had its rows too (PROTOCOL 7.7.6).
    const last = row.approvals[row.approvals.length - 1];
    const clinics = (await ports.membersAt(last.statement)) ?? members.current.clinics.map(({ number }) => number);
    const shreds = await chain.states(clinics.map((clinic) => shredKey(object, clinic)));
    const holders = clinics.map((clinic, n) => {
      const bytes = shreds[n];
      return { clinic, answered: bytes === undefined ? undefined : decodeShredRow(bytes) };
    });
    const certificate: ErasureCertificate = {
      ...{ genesisId, erasure: object, clinic: row.clinic, subjects: row.subjects.length },
      approvers: row.approvals.map(({ account }) => account),
      ...{ approved: row.approved, holders, made: clock.now() },
    };
    return signCertificate(certificate, nodeSeed);
  }

  /** Asks a clinic to show that it has nothing of it left. Throws ErasureError. */
  async challenge(object: Uint8Array, clinic: ClinicNumber): Promise<ErasureAnswer> {
    const member = this.modules.members.current.clinics.find(({ number }) => number === clinic);
    if (member === undefined) throw new ErasureError({ code: 'erasure.unanswered', clinic });
    const nonce = randomBytes(CHALLENGE_NONCE_BYTES);
    const reply = await this.ask(
      peerIdOf(member.nodeKey),
      encodeErasureMessage({ type: 'challenge', erasure: object, nonce }),
    );
    const signed = reply?.type === 'answer' ? reply.signed : undefined;
    const answer = signed && (await openAnswer(signed, this.options.genesisId, member.nodeKey));
    const fits = answer !== undefined && equalBytes(answer.nonce, nonce) && equalBytes(answer.erasure, object);
    if (!fits || answer.clinic !== clinic) throw new ErasureError({ code: 'erasure.unanswered', clinic });
    return answer;
  }

  /** Looks now: a block came, or a clinic. */
  look(): void {
    this.rounds.look();
  }

  /** After a restore: carries out what the chain has erased of these charts since the backup. */
  async catchUp(rows: RangedRows, charts: AsyncIterable<OwnRef>): Promise<void> {
    const { book, chain, shredder } = this.modules;
    for await (const ref of charts) {
      for (const known of await erasuresOf(rows, chain, ref)) {
        if (book.get(known.object) === undefined) await book.put(known);
      }
    }
    let failed: unknown;
    for (const known of book.all()) {
      if (known.kind !== 'erasure' || known.done !== 0) continue;
      await shredder.shred(known).catch((error) => {
        failed ??= error;
      });
    }
    // Nothing is served while one is left; the others are gone already.
    if (failed !== undefined) throw failed;
  }

  private async lookAll(signal: AbortSignal): Promise<void> {
    const { book, shredder } = this.modules;
    for (const known of book.all()) {
      if (signal.aborted) return;
      if (known.saying.length > 0) await this.say(known);
      if (known.kind === 'hold') await this.renewIfCan(known);
      if (known.kind !== 'erasure' || known.clinic !== this.options.clinic) continue;
      const done = known.done === 0 ? await shredder.shredIfCan(known) : known;
      if (done !== undefined) await this.tellOthers(done, signal);
    }
  }

  /** One that cannot be said again is in the way of nothing else: of what was erased since it was asked for, nothing is left to hold. */
  private async renewIfCan(hold: KnownErasure): Promise<void> {
    const name = toHex(hold.object);
    try {
      await this.renew(hold);
      this.notRenewed.delete(name);
    } catch (error) {
      if (this.notRenewed.has(name)) return;
      this.notRenewed.add(name);
      this.modules.logger.warn({ code: codeOf(error) }, 'a hold is not said again; each round tries it');
    }
  }

  /** Says a live hold again when it is due, and takes back what was said again of one that is over, also when it came late. */
  private async renew(known: KnownErasure): Promise<void> {
    const { book, chain, clock, ports } = this.modules;
    if (known.done !== 0) return this.endRenewals(known);
    const [bytes] = await chain.states([holdKey(known.object)]);
    if (bytes === undefined) return;
    if (!decodeHoldRow(bytes).live) {
      // The chain may know more than the book: of a backup, or of a crash between saying the release and noting it.
      await book.put(known, (one) => (one.done === 0 ? { ...one, done: clock.now() } : one));
      return this.endRenewals(known);
    }
    const now = ports.chainTime();
    const due = renewalsOf(known, now).at(-1);
    if (due === undefined) return;
    const [row] = await chain.states([holdKey(due.object)]);
    if (row !== undefined) return;
    const { subjects } = await this.chartOf(known, now);
    await this.sayAgain(KEYS_HOLD, due.object, holdPayload(due.salt, known.text, subjects));
  }

  private async endRenewals(hold: KnownErasure): Promise<void> {
    const { chain, ports } = this.modules;
    const name = toHex(hold.object);
    // Once of all that can be; then of those that may still come late.
    const renewals = this.searched.has(name) ? renewalsOf(hold, ports.chainTime()) : allRenewalsOf(hold);
    if (renewals.length === 0) return;
    const rows = await chain.states(renewals.map(({ object }) => holdKey(object)));
    const live = renewals.filter((_, n) => rows[n] !== undefined && decodeHoldRow(rows[n]).live);
    for (const { object } of live) await this.sayAgain(KEYS_RELEASE, object, EMPTY_BYTES);
    this.searched.add(name);
  }

  private async sayAgain(kind: number, object: Uint8Array, payload: Uint8Array): Promise<void> {
    const { author, outbox } = this.modules;
    const name = `${kind}/${toHex(object)}`;
    if (this.saidAgain.has(name)) return;
    // Before it is: a round and a release may come to it at once.
    this.saidAgain.add(name);
    try {
      await outbox.submit([author.make({ kind, object, version: 1, payload })]);
    } catch (error) {
      this.saidAgain.delete(name);
      throw error;
    }
  }

  private async tellOthers(known: KnownErasure, signal: AbortSignal): Promise<void> {
    const { members, book } = this.modules;
    const { object: erasure, chart, handle, told } = known;
    const waiting = members.current.clinics
      .map(({ number }) => number)
      .filter((number) => number !== this.options.clinic && !told.includes(number));
    const telling = {
      ...{ protocol: ERASURE.protocol, timeoutMs: TELL_TIMEOUT_MS, signal },
      message: encodeErasureMessage({ type: 'shred', erasure, chart, handle }),
      failed: 'a clinic has not carried out an erasure yet',
    };
    await tellClinics(this.modules, telling, waiting, async (bytes, clinic) => {
      if (decodeErasureReply(bytes).type !== 'done') return;
      await book.put(known, (one) => ({ ...one, told: [...one.told, clinic] }));
    });
  }

  private async ask(peerId: string, message: Uint8Array): Promise<ErasureReply | undefined> {
    const question = { protocol: ERASURE.protocol, message, timeoutMs: TELL_TIMEOUT_MS, signal: this.abort.signal };
    const bytes = await askClinic(this.modules, question, peerId);
    return bytes === undefined ? undefined : decodeErasureReply(bytes);
  }

  private async submit(
    kind: KnownErasure['kind'],
    statement: number,
    payload: Uint8Array,
    salt: Uint8Array,
    asked: AskedErasure & { readonly chart: Uint8Array; readonly subjects: readonly Uint8Array[] },
  ): Promise<KnownErasure> {
    const { author, book, clock } = this.modules;
    const { clinic } = this.options;
    const object = objectId(statement, { type: 'clinic', clinic }, salt);
    const { chart, handle, pid, subjects, text, by } = asked;
    const made = author.make({ kind: statement, object, version: 1, payload });
    const known: KnownErasure = {
      ...{ kind, object, clinic, chart, handle, pid, subjects, text, by, asked: clock.now() },
      ...{ done: 0, removed: 0, told: [], saying: made.statement, approved: 0 },
    };
    // Known here first, with what is to be said: what the chain approves must be found, and what is noted is said.
    await book.put(known);
    await this.say(known);
    return known;
  }

  /** The same bytes each time: they count once. What the outbox does not take now the next round says. */
  private async say(known: KnownErasure): Promise<void> {
    const { outbox, book, logger } = this.modules;
    const { saying: statement, kind } = known;
    const id = statementId(this.options.genesisId, decodeStatement(statement));
    try {
      await outbox.submit([{ id, statement, attachment: undefined, role: 'node' }]);
    } catch (error) {
      logger.warn({ code: codeOf(error), kind }, 'it is noted and not said yet; the next round says it');
      return;
    }
    await book.put(known, (one) => ({ ...one, saying: EMPTY_BYTES }));
  }

  private async chartOf({ handle, pid }: Pick<AskedErasure, 'handle' | 'pid'>, now = this.modules.clock.now()) {
    const { ports } = this.modules;
    const found = await ports.chartOf(handle, pid);
    if (found === undefined) throw new ErasureError({ code: 'erasure.nothing' });
    const key = chartKey(chartSecret(this.options.storageKey), pid);
    const subjects = new Map<string, Uint8Array>();
    for (let time = found.first; ; time += QUARTER_STEP_MS) {
      const at = Math.min(time, now);
      for (const family of ['records', 'appointments'] as const) {
        subjects.set(`${family}/${quarterOf(at)}`, subjectOf(key, family, at));
      }
      if (time >= now) break;
    }
    // The newest ones: what a statement can name reaches back for eight years.
    return { chart: found.chart, subjects: inOrder([...subjects.values()].slice(-MAX_SUBJECTS)) };
  }

  private async isHeld(subjects: readonly Uint8Array[]): Promise<boolean> {
    const { clinic } = this.options;
    const rows = await this.modules.chain.states(subjects.map((subject) => subjectKey(clinic, subject)));
    return rows.some((bytes) => bytes !== undefined && decodeSubjectRow(bytes).holds > 0);
  }

  /** A live hold of this chart, of whichever years: an erasure names the newest pseudonyms, a hold those of its time. */
  private async isKept(chart: Uint8Array): Promise<boolean> {
    const holds = this.modules.book.all().filter(({ kind, done }) => kind === 'hold' && done === 0);
    const own = holds.filter((one) => equalBytes(one.chart, chart));
    const rows = await this.modules.chain.states(own.map(({ object }) => holdKey(object)));
    // On its way it counts already.
    return rows.some((bytes) => bytes === undefined || decodeHoldRow(bytes).live);
  }

  private async row(object: Uint8Array): Promise<ErasureRow | undefined> {
    const [bytes] = await this.modules.chain.states([erasureKey(object)]);
    return bytes === undefined ? undefined : decodeErasureRow(bytes);
  }

  private about({ handle, by }: AskedErasure) {
    return { handle, clinic: this.options.clinic, account: by.length === 0 ? NOBODY : by };
  }
}

function holdPayload(salt: Uint8Array, text: string, subjects: readonly Uint8Array[]): Uint8Array {
  const reason = taggedHash('wardmesh/hold/1', salt, new TextEncoder().encode(text));
  return encodeHold({ salt, reason, subjects });
}
