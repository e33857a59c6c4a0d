// Carries erasures out: once the chain has approved one and that is final, everything of the chart is shredded and said so on
// the chain. For other clinics' charts at the word of the clinic whose chart it is; answers whoever asks what is left.
import { EMPTY_BYTES, equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { type Counter, counter, type Registry } from '../../common/metrics.ts';
import { Serial } from '../../common/serial.ts';
import { decodeErasureRow, decodeShredRow, type ShredRow } from '../../consensus/ledger/keys/rows.ts';
import { encodeShredAck, shredAckObject } from '../../consensus/ledger/keys/types.ts';
import { KEYS_SHRED_ACK } from '../../consensus/ledger/kinds.ts';
import { erasureKey, shredKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { signAnswer } from '../../records/erasure/answer.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ShreddableDatabase } from '../store/shreddable-database.ts';
import type { ErasureBook, KnownErasure } from './book.ts';
import { chartTarget, countRows } from './chart-rows.ts';
import type { ErasurePorts } from './ports.ts';
import { decodeErasureMessage, ERASURE, type ErasureMessage, type ErasureReply, encodeErasureReply } from './wire.ts';

const NOBODY = new Uint8Array(32);

export interface ShredderOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly nodeSeed: Uint8Array;
}

export interface ShredderModules {
  readonly keys: Pick<ShreddableDatabase, 'range' | 'shred'>;
  readonly book: ErasureBook;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'serve'>;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly ports: ErasurePorts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
}

export class Shredder {
  private readonly options: ShredderOptions;
  private readonly modules: ShredderModules;
  private readonly serial = new Serial();
  private readonly failures: Counter;
  /** Erasures that fail, of which it was told. */
  private readonly failing = new Set<string>();
  /** Of which the record of accesses has, since the start, that they are carried out: it is never cut. */
  private readonly audited = new Set<string>();

  constructor(options: ShredderOptions, modules: ShredderModules) {
    this.options = options;
    this.modules = modules;
    this.failures = counter(modules.registry, {
      name: 'wardmesh_erasure_failures_total',
      help: 'Times that an approved erasure could not be carried out; each is tried again',
    });
    modules.network.serve(ERASURE, (from, request) => this.serve(from, request));
  }

  /** Undefined while the chain has not approved it finally. */
  shred(known: KnownErasure): Promise<KnownErasure | undefined> {
    return this.serial.run(async () => {
      const before = this.modules.book.get(known.object) ?? known;
      if (before.done !== 0) return before;
      const approved = await this.approvedAt(known);
      return approved === undefined ? undefined : this.carryOut(await this.remember(known, approved));
    });
  }

  /** As `shred`; undefined also where it failed, which is told of once and counted each time: it is in the way of no other. */
  async shredIfCan(known: KnownErasure): Promise<KnownErasure | undefined> {
    const name = toHex(known.object);
    try {
      const done = await this.shred(known);
      if (this.failing.delete(name)) this.modules.logger.info('an erasure that failed was carried out');
      return done;
    } catch (error) {
      // The node stops.
      if (codeOf(error) === 'store.closed') throw error;
      this.failures.inc();
      if (!this.failing.has(name)) this.modules.logger.error({ err: error }, 'an erasure failed; each round tries it');
      this.failing.add(name);
      return undefined;
    }
  }

  idle(): Promise<void> {
    return this.serial.idle();
  }

  /** Undefined while the chain has not approved it finally. */
  private async approvedAt({ object, clinic }: KnownErasure): Promise<number | undefined> {
    const { chain, ports } = this.modules;
    const [bytes] = await chain.states([erasureKey(object)]);
    if (bytes === undefined) return undefined;
    const row = decodeErasureRow(bytes);
    const last = row.approvals.at(-1);
    if (row.clinic !== clinic || row.approved === 0 || last === undefined) return undefined;
    return (await ports.isFinal(last.statement)) ? row.approved : undefined;
  }

  /** On the disk before anything goes: what leads to the rest of it goes too, and nothing of it is taken in meanwhile. */
  private async remember(known: KnownErasure, approved: number): Promise<KnownErasure> {
    const { book, ports } = this.modules;
    const isOwn = known.clinic === this.options.clinic;
    const told = isOwn && known.pid === '' ? await ports.pidOf(known.handle) : undefined;
    return book.put(known, (one) => ({ ...one, approved, pid: one.pid === '' ? (told ?? '') : one.pid }));
  }

  /**
   * In this order: what lies elsewhere goes while the rows still tell of it, it is said on the chain when it is so, and
   * remembered when it was said. A clinic that was restored since does it again and says nothing twice.
   */
  private async carryOut(known: KnownErasure): Promise<KnownErasure> {
    const { keys, book, ports, outbox, author, clock, logger } = this.modules;
    const { object, handle, clinic } = known;
    const said = await this.saidBefore(object);
    if (!this.audited.has(toHex(object))) {
      await ports.audit({ outcome: 'permitted', reason: 'shredded', handle, clinic, account: NOBODY });
      this.audited.add(toHex(object));
    }
    await ports.forget(known);
    const { shredded, generation } = await keys.shred(await chartTarget(keys, known, this.options.clinic));
    if (said === undefined) {
      const payload = encodeShredAck({ erasure: object, removed: shredded });
      const ack = { kind: KEYS_SHRED_ACK, object: shredAckObject(object, this.options.clinic), version: 1, payload };
      await outbox.submit([author.make(ack)]);
    }
    logger.info({ clinic, removed: shredded, generation }, 'an erasure was carried out');
    const { time: done, removed } = said ?? { time: clock.now(), removed: shredded };
    const put = await book.put(known, (one) => ({ ...one, done, removed, pid: '' }));
    this.audited.delete(toHex(object));
    return put;
  }

  /** What this clinic said of it on the chain. */
  private async saidBefore(erasure: Uint8Array): Promise<ShredRow | undefined> {
    const [bytes] = await this.modules.chain.states([shredKey(erasure, this.options.clinic)]);
    return bytes === undefined ? undefined : decodeShredRow(bytes);
  }

  private async *serve(from: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const message = decodeErasureMessage(bytes);
    const member = this.modules.members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const reply = message.type === 'shred' ? await this.take(member.number, message) : await this.answer(message);
    yield encodeErasureReply(reply);
  }

  /** The chain says whose erasure it is: nobody has another clinic's chart shredded. */
  private async take(
    clinic: ClinicNumber,
    { erasure, chart, handle }: Extract<ErasureMessage, { type: 'shred' }>,
  ): Promise<ErasureReply> {
    const known = this.modules.book.get(erasure);
    if (known !== undefined && (known.clinic !== clinic || !equalBytes(known.chart, chart))) return { type: 'wait' };
    const made: KnownErasure = {
      ...{ kind: 'erasure', object: erasure, clinic, chart, handle, subjects: [], text: '', by: NOBODY },
      ...{ pid: '', saying: EMPTY_BYTES, approved: 0 },
      ...{ asked: this.modules.clock.now(), done: 0, removed: 0, told: [] },
    };
    return (await this.shred(known ?? made)) === undefined ? { type: 'wait' } : { type: 'done' };
  }

  private async answer({ erasure, nonce }: Extract<ErasureMessage, { type: 'challenge' }>): Promise<ErasureReply> {
    const { book, keys, clock } = this.modules;
    const { clinic, genesisId, nodeSeed } = this.options;
    const known = book.get(erasure);
    const left =
      known === undefined
        ? 0
        : await countRows(keys, known.approved === 0 ? { ...known, approved: Number.MAX_SAFE_INTEGER } : known);
    // Restored since: what it kept of others' charts is in no backup.
    const said = known === undefined ? await this.saidBefore(erasure) : undefined;
    const { done: shredded = said?.time ?? 0, removed = said?.removed ?? 0 } = known ?? {};
    const answer = { clinic, erasure, nonce, shredded, removed, left, at: clock.now() };
    return { type: 'answer', signed: signAnswer(answer, genesisId, nodeSeed) };
  }
}
