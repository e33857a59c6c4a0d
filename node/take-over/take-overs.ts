// Take-overs of patients as this clinic sees them: which there are, which wait for its word, and what it says: that it saw
// the person, that it knows of it, that it objects. Rules are the ledger's; owns reading and making.
import { EMPTY_BYTES, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { decodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import {
  type AuthorityRow,
  decodeAuthorityRow,
  decodePartRow,
  decodeTakeOverRow,
  type TakeOverRow,
} from '../../consensus/ledger/patients/take-over/rows.ts';
import {
  acknowledgeObject,
  encodeStart,
  encodeTakeOver,
  objectionObject,
  type StartPayload,
  takeOverObject,
  witnessObject,
} from '../../consensus/ledger/patients/take-over/types.ts';
import type { UnsignedStatement } from '../../consensus/ledger/statement.ts';
import { authorityKey, patientClinicKey, TABLES, takeOverKey, takeOverPartKey } from '../../consensus/ledger/tables.ts';
import type { Author, LedgerEvent } from '../../consensus/ledger/types.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import { TakeOverError } from './errors.ts';
import type { TakeOverIndex, TakeOverPlace } from './take-over-index.ts';

const PAGE = 1_000;
/** Anybody begins any number of one patient: so many are looked at for one answer. */
const MAX_LOOKED = 512;

export type ClinicWord = 'witness' | 'acknowledge' | 'object' | 'withdraw';

export interface TakeOverView {
  readonly takeOver: Uint8Array;
  readonly row: TakeOverRow;
  /** Whether this clinic holds the patient. */
  readonly attached: boolean;
  /** Whether it is asked and has not acknowledged. */
  readonly asked: boolean;
  /** Whether its own objection stands. */
  readonly objects: boolean;
}

export interface TakeOverPage {
  readonly views: readonly TakeOverView[];
  /** Whether there may be others. */
  readonly more: boolean;
}

/** What a person's key signs. */
export type PersonAction =
  | ({ readonly action: 'start'; readonly key: Uint8Array } & StartPayload)
  | { readonly action: 'finish'; readonly takeOver: Uint8Array }
  | { readonly action: 'object' | 'withdraw'; readonly takeOver: Uint8Array; readonly key: Uint8Array };

export interface PreparedTakeOver {
  readonly takeOver: Uint8Array;
  readonly statement: UnsignedStatement;
  readonly words: string;
}

export interface TakeOversModules {
  readonly store: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: Pick<ClinicAuthor, 'make' | 'clinic'>;
  readonly index: TakeOverIndex;
  readonly clock: Pick<Clock, 'now'>;
}

export class TakeOvers {
  private readonly modules: TakeOversModules;

  constructor(modules: TakeOversModules) {
    this.modules = modules;
  }

  /** Those that can come to their end first; whoever begins many hides none of these. */
  ofPatient(handle: Uint8Array, limit: number): Promise<TakeOverPage> {
    return this.page(this.modules.index.ofPatient(handle), limit, () => true);
  }

  /** Those of these that are the patient's: found however many others there are. */
  async named(handle: Uint8Array, takeOvers: readonly Uint8Array[]): Promise<TakeOverView[]> {
    const views = await Promise.all(takeOvers.map((takeOver) => this.find(takeOver)));
    return views.filter((view) => view !== undefined && equalBytes(view.row.handle, handle)) as TakeOverView[];
  }

  /** By how its id begins, as the person reads it out: found however many others there are. */
  ofCode(handle: Uint8Array, code: Uint8Array, limit: number): Promise<TakeOverPage> {
    return this.page(this.modules.index.ofCode(handle, code), limit, () => true);
  }

  /** Of any patient: those that wait for this clinic's word, then those that its objection stops. */
  waiting(limit: number): Promise<TakeOverPage> {
    return this.page(this.modules.index.waiting(), limit, (view) => waitsHere(view) !== undefined);
  }

  /** Who took over, undefined while nobody did. */
  async authority(handle: Uint8Array): Promise<AuthorityRow | undefined> {
    const [bytes] = await this.modules.store.states([authorityKey(handle)]);
    return bytes === undefined ? undefined : decodeAuthorityRow(bytes);
  }

  /** Notes where each of everybody's is found. */
  async lookThrough(signal?: AbortSignal): Promise<void> {
    for await (const [takeOver, row] of this.all()) {
      if (signal?.aborted) return;
      await this.note(await this.view(takeOver, row));
    }
  }

  /** Of a block that was connected: they are found at once. */
  async follow(events: readonly LedgerEvent[]): Promise<void> {
    for (const { family, data } of events) {
      if (family !== 'patients' || typeof data.takeOver !== 'string') continue;
      const view = await this.find(fromHex(data.takeOver));
      if (view !== undefined) await this.note(view);
    }
  }

  /** Undefined where the chain has none. */
  async find(takeOver: Uint8Array): Promise<TakeOverView | undefined> {
    const [bytes] = await this.modules.store.states([takeOverKey(takeOver)]);
    return bytes === undefined ? undefined : this.view(takeOver, decodeTakeOverRow(bytes));
  }

  /** Throws TakeOverError `takeover.unknown`. */
  async get(takeOver: Uint8Array): Promise<TakeOverView> {
    const view = await this.find(takeOver);
    if (view === undefined) throw new TakeOverError({ code: 'takeover.unknown' });
    return view;
  }

  /** Throws TakeOverError, OutboxError. */
  async say(word: ClinicWord, takeOver: Uint8Array): Promise<OutboxRecord> {
    const { author, outbox } = this.modules;
    const view = await this.get(takeOver);
    if (!view.row.live) notNow('The take-over is over.');
    const object = this.objectOf(word, takeOver);
    const [part] = await this.modules.store.states([takeOverPartKey(object)]);
    const { version, ended } = part === undefined ? { version: 0, ended: 0 } : decodePartRow(part);
    const problem = problemOf(word, view, version > ended);
    if (problem !== undefined) notNow(problem);
    const next = word === 'withdraw' ? version : version + 1;
    const statement = author.make({ kind: KINDS[word], object, version: next, payload: encodeTakeOver(takeOver) });
    const [record] = await outbox.submit([statement]);
    return record;
  }

  /** Throws TakeOverError. */
  async prepare(action: PersonAction): Promise<PreparedTakeOver> {
    if (action.action === 'start') {
      const takeOver = takeOverObject(action.handle, action.key);
      const words =
        'Asks for authority over what clinics keep of this patient. Clinics of two organisations must have seen you, and every clinic that holds the patient can object.';
      const about = { kind: kinds.PATIENTS_TAKE_OVER_START, object: takeOver, version: 1 };
      return { takeOver, words, statement: this.said(action.key, { ...about, payload: encodeStart(action) }) };
    }
    const { takeOver } = action;
    const { row } = await this.get(takeOver);
    if (!row.live) notNow('The take-over is over.');
    if (action.action === 'finish') {
      const words = 'Ends the take-over: from then on this key decides over what clinics keep of the patient.';
      const about = { kind: kinds.PATIENTS_TAKE_OVER_FINISH, object: takeOver, version: row.version };
      return { takeOver, words, statement: this.said(row.key, { ...about, payload: EMPTY_BYTES }) };
    }
    const object = objectionObject(takeOver, { type: 'person', key: action.key });
    const [part] = await this.modules.store.states([takeOverPartKey(object)]);
    const { version } = part === undefined ? { version: 0 } : decodePartRow(part);
    const objects = action.action === 'object';
    const words = objects
      ? 'Objects to the take-over: nobody else gets authority until you withdraw it or the members outvote it.'
      : 'Withdraws your objection to the take-over.';
    const about = { kind: KINDS[action.action], object, version: objects ? version + 1 : version };
    return { takeOver, words, statement: this.said(action.key, { ...about, payload: encodeTakeOver(takeOver) }) };
  }

  private said(
    key: Uint8Array,
    about: Pick<UnsignedStatement, 'kind' | 'object' | 'version' | 'payload'>,
  ): UnsignedStatement {
    const author: Author = { type: 'person', key };
    return { ...about, author, issued: Math.floor(this.modules.clock.now()), attachment: undefined };
  }

  private objectOf(word: ClinicWord, takeOver: Uint8Array): Uint8Array {
    const { clinic } = this.modules.author;
    if (word === 'witness') return witnessObject(takeOver, clinic);
    if (word === 'acknowledge') return acknowledgeObject(takeOver, clinic);
    return objectionObject(takeOver, { type: 'clinic', clinic });
  }

  private note(view: TakeOverView): Promise<void> {
    const { handle, live } = view.row;
    const concerns = live && view.attached;
    return this.modules.index.note(view.takeOver, { handle, rank: rankOf(view), waits: waitsHere(view), concerns });
  }

  private async page(
    takeOvers: AsyncGenerator<Uint8Array>,
    limit: number,
    wanted: (view: TakeOverView) => boolean,
  ): Promise<TakeOverPage> {
    const found = new Map<string, TakeOverView>();
    let looked = 0;
    for await (const takeOver of takeOvers) {
      if (found.size === limit || looked === MAX_LOOKED) return { views: [...found.values()], more: true };
      looked++;
      const view = await this.find(takeOver);
      if (view !== undefined && wanted(view)) found.set(toHex(takeOver), view);
    }
    return { views: [...found.values()], more: false };
  }

  private async view(takeOver: Uint8Array, row: TakeOverRow): Promise<TakeOverView> {
    const { clinic } = this.modules.author;
    const keys = [patientClinicKey(row.handle, clinic), takeOverPartKey(this.objectOf('object', takeOver))];
    const [attachment, part] = await this.modules.store.states(keys);
    const objection = part === undefined ? undefined : decodePartRow(part);
    return {
      takeOver,
      row,
      attached: attachment !== undefined && decodePatientClinicRow(attachment).attached,
      asked: row.waiting.includes(clinic),
      objects: objection !== undefined && objection.version > objection.ended,
    };
  }

  /** To the end, however many there are: who begins many would hide one otherwise, until nobody objects to it any more. */
  private async *all(): AsyncGenerator<readonly [Uint8Array, TakeOverRow]> {
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await this.modules.store.stateRange(TABLES.takeOver, EMPTY_BYTES, after, PAGE);
      for (const [key, bytes] of rows) yield [key.slice(1), decodeTakeOverRow(bytes)];
      if (rows.length < PAGE) return;
      after = rows[rows.length - 1][0];
    }
  }
}

function waitsHere({ row, asked, objects }: TakeOverView): TakeOverPlace['waits'] {
  if (!row.live) return undefined;
  if (asked) return 'asked';
  return objects ? 'objects' : undefined;
}

function rankOf({ row }: TakeOverView): TakeOverPlace['rank'] {
  if (!row.live) return 'finished';
  return row.ready === 0 ? 'open' : 'witnessed';
}

const KINDS: Readonly<Record<ClinicWord, number>> = {
  witness: kinds.PATIENTS_TAKE_OVER_WITNESS,
  acknowledge: kinds.PATIENTS_TAKE_OVER_ACKNOWLEDGE,
  object: kinds.PATIENTS_TAKE_OVER_OBJECT,
  withdraw: kinds.PATIENTS_TAKE_OVER_WITHDRAW,
};

/** In words, why the ledger would refuse it or learn nothing from it; undefined: say it. */
function problemOf(word: ClinicWord, view: TakeOverView, stands: boolean): string | undefined {
  switch (word) {
    case 'witness':
      if (stands) return 'This clinic has witnessed it.';
      return view.row.ready !== 0 ? 'Enough clinics have witnessed it.' : undefined;
    case 'acknowledge':
      return view.asked ? undefined : 'This clinic is not asked, or has acknowledged it.';
    case 'object':
      if (stands) return 'The objection of this clinic stands.';
      return view.attached ? undefined : 'This clinic does not hold the patient.';
    case 'withdraw':
      return stands ? undefined : 'No objection of this clinic stands.';
  }
}

function notNow(reason: string): never {
  throw new TakeOverError({ code: 'takeover.not-now', reason });
}
