// Two different statements for one report and version under one key: evidence against the clinic whose key it is (design
// section 2). Remembers what keys said lately, keeps both transactions when they disagree; what it costs is peer-policy.ts.
import { concatBytes, equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { CodedError } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { THREATS_EXTEND, THREATS_REPORT } from '../../consensus/ledger/kinds.ts';
import { threatKey } from '../../consensus/ledger/tables.ts';
import { decodeThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { decodeTransaction, sealTransaction } from '../../consensus/ledger/transaction.ts';
import type { ClinicNumber, SealedTransaction, Statement } from '../../consensus/ledger/types.ts';
import { MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type { TipChange } from '../chain/chain.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { transactionBodies } from '../store/block-shape.ts';
import type { ChainStore } from '../store/ports.ts';

/** Statements remembered with their transactions, and the bytes of those: the oldest give way. */
const MAX_SEEN = 16_384;
const MAX_SEEN_BYTES = 8 * 1024 * 1024;
/** Kept for ever, of one clinic: more of the same proves nothing more. */
const MAX_EVIDENCE_OF_CLINIC = 64;
const MAX_EVIDENCE = 4_096;

export interface Evidence {
  readonly clinic: ClinicNumber;
  /** The key that signed both. */
  readonly key: Uint8Array;
  readonly report: Uint8Array;
  readonly version: number;
  /** ms since 1970. */
  readonly at: number;
  /** Encoded transactions, each with its own signature. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

export class EquivocationError extends CodedError<{ code: 'threats.equivocation'; clinic: ClinicNumber }> {}

interface Seen {
  readonly statement: Uint8Array;
  readonly transaction: Uint8Array;
}

export interface EquivocationsModules {
  readonly database: Pick<KeyValueStore, 'put' | 'range'>;
  readonly members: Pick<MemberSets, 'senderEver'>;
  readonly store: Pick<ChainStore, 'block' | 'states' | 'statement'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** New evidence, kept already. */
  onFound(evidence: Evidence): void;
}

export class Equivocations {
  private readonly genesisId: Uint8Array;
  private readonly modules: EquivocationsModules;
  private readonly seen: BoundedMap<string, Seen>;
  private readonly evidence = new Map<string, Evidence>();
  private seenBytes = 0;

  constructor(options: { genesisId: Uint8Array }, modules: EquivocationsModules) {
    this.genesisId = options.genesisId;
    this.modules = modules;
    this.seen = new BoundedMap({
      maxEntries: MAX_SEEN,
      onEvict: (_key, { transaction }) => {
        this.seenBytes -= transaction.length;
      },
    });
  }

  async load(): Promise<void> {
    for (const [, value] of await this.modules.database.range(new Uint8Array(0), { limit: MAX_EVIDENCE })) {
      const evidence = decodeEvidence(value);
      this.evidence.set(nameOf(evidence.key, evidence.report, evidence.version), evidence);
    }
  }

  /** Oldest first. */
  list(): readonly Evidence[] {
    return [...this.evidence.values()];
  }

  of(clinic: ClinicNumber): readonly Evidence[] {
    return this.list().filter((evidence) => evidence.clinic === clinic);
  }

  /** A transaction whose signatures hold. */
  async onReceived(sealed: SealedTransaction): Promise<void> {
    for (const [statement, id] of claims(sealed)) {
      const known = this.known(sealed, statement) ?? (await this.onChain(sealed, statement));
      await this.compare(sealed, statement, id, known);
    }
  }

  /** Blocks may hold what never came by gossip. */
  async follow({ connected }: Pick<TipChange, 'connected'>): Promise<void> {
    for (const { entry, families } of connected) {
      if (!families.includes('threats')) continue;
      const bytes = await this.modules.store.block(entry.id);
      for (const body of bytes === undefined ? [] : transactionBodies(bytes)) {
        if (!decodeTransaction(body).statements.some(isClaim)) continue;
        const sealed = sealTransaction(this.genesisId, body.slice());
        for (const [statement, id] of claims(sealed)) {
          await this.compare(sealed, statement, id, this.known(sealed, statement));
        }
      }
    }
  }

  private known({ transaction: { sender } }: SealedTransaction, { object, version }: Statement): Seen | undefined {
    return this.seen.get(nameOf(sender, object, version));
  }

  /** What the chain says under this version, when the same key said it: memory is empty after a start. */
  private async onChain(sealed: SealedTransaction, { object, version }: Statement): Promise<Seen | undefined> {
    const { store } = this.modules;
    const [bytes] = await store.states([threatKey(object)]);
    if (bytes === undefined) return undefined;
    const row = decodeThreatRow(bytes);
    if (version !== 1 && (version !== row.version || !row.live)) return undefined;
    const statement = version === 1 ? row.created : row.latest;
    const location = await store.statement(statement);
    const block = location && (await store.block(location.block));
    const transaction = block && transactionBodies(block)[location.transaction]?.slice();
    if (transaction === undefined) return undefined;
    return equalBytes(decodeTransaction(transaction).sender, sealed.transaction.sender)
      ? { statement, transaction }
      : undefined;
  }

  private async compare(
    sealed: SealedTransaction,
    statement: Statement,
    id: Uint8Array,
    known: Seen | undefined,
  ): Promise<void> {
    if (known === undefined) this.remember(sealed, statement, id);
    // The same statement in another wrapping is none.
    else if (!equalBytes(known.statement, id)) await this.found(sealed, statement, known);
  }

  private remember(
    { transaction: { sender }, bytes }: SealedTransaction,
    { object, version }: Statement,
    id: Uint8Array,
  ): void {
    this.seen.set(nameOf(sender, object, version), { statement: id, transaction: bytes });
    this.seenBytes += bytes.length;
    for (const [oldest, { transaction }] of this.seen) {
      if (this.seenBytes <= MAX_SEEN_BYTES) break;
      this.seen.delete(oldest);
      this.seenBytes -= transaction.length;
    }
  }

  private async found(sealed: SealedTransaction, { object, version }: Statement, known: Seen): Promise<void> {
    const { members, database, clock, logger, onFound } = this.modules;
    const { sender: key } = sealed.transaction;
    const name = nameOf(key, object, version);
    const sender = members.senderEver(key);
    if (sender === undefined || this.evidence.has(name) || this.evidence.size >= MAX_EVIDENCE) return;
    if (this.of(sender.clinic).length >= MAX_EVIDENCE_OF_CLINIC) return;
    const evidence: Evidence = {
      clinic: sender.clinic,
      key: key.slice(),
      report: object.slice(),
      version,
      at: clock.now(),
      first: known.transaction,
      second: sealed.bytes,
    };
    this.evidence.set(name, evidence);
    logger.warn({ clinic: sender.clinic, report: toHex(object), version }, 'a clinic said two things about one report');
    await database.put(concatBytes(key, object, new Writer(4).u32(version).finish()), encodeEvidence(evidence));
    onFound(evidence);
  }
}

/** Creating and changing. What only takes away may be said twice, and harms nobody. */
function isClaim({ kind }: Statement): boolean {
  return kind === THREATS_REPORT || kind === THREATS_EXTEND;
}

function claims({ transaction, statementIds }: SealedTransaction): [Statement, Uint8Array][] {
  return transaction.statements.flatMap((statement, index) =>
    isClaim(statement) ? [[statement, statementIds[index]] as [Statement, Uint8Array]] : [],
  );
}

function nameOf(key: Uint8Array, report: Uint8Array, version: number): string {
  return `${toHex(key)} ${toHex(report)} ${version}`;
}

function encodeEvidence({ clinic, key, report, version, at, first, second }: Evidence): Uint8Array {
  return new Writer(128 + first.length + second.length)
    .u16(clinic)
    .fixed(key, 32)
    .fixed(report, 32)
    .u32(version)
    .u64(at)
    .bytes16(first, MAX_TRANSACTION_BYTES)
    .bytes16(second, MAX_TRANSACTION_BYTES)
    .finish();
}

function decodeEvidence(bytes: Uint8Array): Evidence {
  const reader = new Reader(bytes);
  const evidence = {
    clinic: reader.u16(),
    key: reader.fixed(32),
    report: reader.fixed(32),
    version: reader.u32(),
    at: reader.u64(),
    first: reader.bytes16(MAX_TRANSACTION_BYTES),
    second: reader.bytes16(MAX_TRANSACTION_BYTES),
  };
  reader.end();
  return evidence;
}
