// Brings the keys of this clinic's records back after a restore, or after their database was lost: once the chain is that of the
// others, what was erased since goes first, then the others give back what they keep, then every chart begins new epochs. Until
// that is done nothing of charts is read, served or written; clinics that were away are asked when they come.
import { compareBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { CATEGORIES } from '../../records/category.ts';
import type { CatchUp } from '../catch-up.ts';
import { ChartStore } from '../charts/chart-store.ts';
import type { Charts } from '../charts/charts.ts';
import { untidyKey } from '../charts/layout.ts';
import type { OwnRef } from '../charts/own-chart.ts';
import type { KeyRowsDatabase } from '../charts/ports.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { StoreError } from '../store/errors.ts';
import type { RecoveryGate } from './gate.ts';
import type { KeyBackup } from './key-backup.ts';
import type { KeyMarks } from './key-marks.ts';
import { ANSWERED_PREFIX, answeredKey, RECOVERING_KEY } from './layout.ts';
import { raiseEpochs } from './raise-epochs.ts';
import type { TakingBack } from './taking-back.ts';
import { decodeRecoverAnswer, encodeRecoverMessage, IN_ORDER, RECOVER, type RecoverAnswer } from './wire.ts';

/** How long members that cannot be reached are waited for. */
const MEMBERS_WAIT_MS = 120_000;
const ROUND_MS = 1_000;
const PAGE_TIMEOUT_MS = 30_000;
/** All pages of one clinic; what is not here by then is asked for another time. */
const PAGES_TIMEOUT_MS = 600_000;

export interface RecoveryModules {
  /** As charts write to it, before the gate. */
  rows(): KeyRowsDatabase;
  readonly gate: RecoveryGate;
  readonly marks: KeyMarks;
  readonly backup: KeyBackup;
  readonly takingBack: TakingBack;
  readonly catchUp: Pick<CatchUp, 'active' | 'begin'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request' | 'peers' | 'onPeer'>;
  readonly clock: Clock;
  readonly logger: Logger;
  charts(): Pick<Charts, 'own' | 'all' | 'ofHandle' | 'tidy' | 'vaults' | 'vaultCustody'>;
  /** Carries out what the chain has erased of these charts; before anything of them is opened. */
  erase(charts: AsyncIterable<OwnRef>): Promise<void>;
  /** What waits for charts starts. */
  onReady(): Promise<void>;
}

/** What stands in the row while it is there. */
const BEGUN = Uint8Array.of(1);
/** Done but for clinics that were away. */
const INCOMPLETE = Uint8Array.of(2);

export class Recovery {
  private readonly clinic: ClinicNumber;
  private readonly modules: RecoveryModules;
  private readonly abort = new AbortController();
  private unlisten = (): void => undefined;
  private running: Promise<void> | undefined;
  private late: Promise<void> | undefined;
  private awaited = false;

  constructor(options: { readonly clinic: ClinicNumber }, modules: RecoveryModules) {
    this.clinic = options.clinic;
    this.modules = modules;
  }

  /** Whether charts wait for `run`. */
  get active(): boolean {
    return this.modules.gate.isShut;
  }

  /** With the databases open. Throws StoreError `store.older`. */
  async open(): Promise<void> {
    const { gate, marks, backup, catchUp } = this.modules;
    const standing = await marks.standing();
    if (standing === 'older') throw new StoreError({ code: 'store.older', what: 'keys' });
    const restored = standing === 'new' && (backup.present || catchUp.active);
    if (standing === 'lost' || restored) {
      await backup.takeOver();
      await marks.advance([{ type: 'put', key: RECOVERING_KEY, value: BEGUN }]);
    } else if (standing === 'new') {
      // So that it is known as lost once it is; a full disk does not end the start.
      await marks.advance().catch((error) => {
        if (codeOf(error) !== 'store.disk-full') throw error;
      });
    }
    await backup.drop();
    const state = await this.rows.get(RECOVERING_KEY);
    this.awaited = state !== undefined;
    if (state === undefined || state[0] !== BEGUN[0]) return;
    gate.close();
    if (!catchUp.active) await catchUp.begin('the keys of records are missing');
  }

  /** While a member has not given back what it keeps, rows of this clinic are with others alone. Throws StoreError `store.recovering`. */
  async demandWhole(): Promise<void> {
    if (!this.awaited) return;
    if (this.active || (await this.missing()).length > 0) throw new StoreError({ code: 'store.recovering' });
  }

  /** Who was away may come. */
  start(): void {
    const { network } = this.modules;
    this.unlisten = network.onPeer((event) => {
      if (event === 'connected' && this.awaited && !this.active) this.askLater();
    });
    if (this.awaited && !this.active) this.askLater();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.unlisten();
    await this.running?.catch(() => undefined);
    await this.late;
  }

  /** Once the chain is that of the others; until it resolves nothing that waits is sent. May be done again. */
  async run(): Promise<void> {
    if (!this.active) return;
    const { gate, onReady } = this.modules;
    this.running = gate.pass(() => this.bringBack());
    await this.running;
    gate.open();
    await onReady();
  }

  private async bringBack(): Promise<void> {
    const { network, clock, logger } = this.modules;
    await this.modules.erase(this.modules.charts().all());
    const until = clock.monotonic() + MEMBERS_WAIT_MS;
    // Alone it was waited for others already (catch-up.ts).
    const waits = (): boolean => network.peers().length > 0 && clock.monotonic() < until;
    while (!(await this.askAll()) && waits()) await this.pause();
    const count = await this.renewAll();
    const missing = await this.missing();
    logger.info({ charts: count, missing: missing.length }, 'the keys of records are back');
    if (missing.length === 0) await this.forget();
    else await this.rows.batch([{ type: 'put', key: RECOVERING_KEY, value: INCOMPLETE }]);
  }

  /** Whether every member has answered. */
  private async askAll(): Promise<boolean> {
    const store = new ChartStore({ database: this.rows });
    for (const { number, peerId } of await this.missing()) {
      if (this.isConnected(peerId)) await this.tryToAsk(store, number, peerId);
    }
    return (await this.missing()).length === 0;
  }

  /** Whoever answers wrongly, or without end, keeps nobody from being asked. Gives the handles of charts in which something came. */
  private async tryToAsk(
    store: ChartStore,
    clinic: ClinicNumber,
    peerId: string,
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const changed = new Map<string, Uint8Array>();
    try {
      await this.ask(store, clinic, peerId, changed);
    } catch (error) {
      this.abort.signal.throwIfAborted();
      this.modules.logger.warn({ clinic, code: codeOf(error) }, 'a clinic has not given back what it keeps yet');
    }
    return changed;
  }

  private async ask(
    store: ChartStore,
    clinic: ClinicNumber,
    peerId: string,
    changed: Map<string, Uint8Array>,
  ): Promise<void> {
    const { clock, takingBack } = this.modules;
    const until = clock.monotonic() + PAGES_TIMEOUT_MS;
    for (const table of IN_ORDER) {
      let after: Uint8Array = new Uint8Array(0);
      do {
        const answer = await this.request(peerId, encodeRecoverMessage({ type: 'page', table, after }));
        if (answer?.type !== 'page') throw new StoreError({ code: 'store.failed', reason: 'no page' });
        const { next } = answer;
        const goesOn = compareBytes(next, after) > 0 && clock.monotonic() < until;
        if (next.length > 0 && !goesOn) throw new StoreError({ code: 'store.failed', reason: 'no end of pages' });
        for (const handle of await takingBack.take(store, clinic, answer.items)) changed.set(toHex(handle), handle);
        after = next;
      } while (after.length > 0);
    }
    await this.request(peerId, encodeRecoverMessage({ type: 'lost' }));
    await this.rows.batch([{ type: 'put', key: answeredKey(clinic), value: new Uint8Array(0) }]);
  }

  private async request(peerId: string, message: Uint8Array): Promise<RecoverAnswer | undefined> {
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]);
    for await (const bytes of this.modules.network.request(peerId, RECOVER.protocol, message, signal)) {
      return decodeRecoverAnswer(bytes);
    }
    return undefined;
  }

  /** What is written from here on is under keys that nobody was given before. */
  private async renewAll(): Promise<number> {
    let count = 0;
    for await (const ref of this.modules.charts().all()) {
      this.abort.signal.throwIfAborted();
      await this.renew(ref);
      count++;
    }
    for await (const ref of this.modules.charts().vaults()) {
      this.abort.signal.throwIfAborted();
      await this.renewVault(ref);
    }
    return count;
  }

  private async renew(ref: OwnRef): Promise<void> {
    const { own } = this.modules.charts();
    const store = new ChartStore({ database: this.rows });
    await own.change(async () => {
      const raised = await raiseEpochs(store, ref);
      await own.rotate(ref);
      // Who decides by consents needs the key of the next ones.
      if (raised.includes('consent')) for (const clinic of await keepersOf(store, ref)) await own.resend(ref, clinic);
      // Grants and custodians are looked over as soon as charts go on.
      await store.batch([{ type: 'put', key: untidyKey(ref.chart), value: ref.handle }]);
    });
  }

  /** Its keys are the patient's: only that of its consents is made here. */
  private async renewVault(ref: OwnRef): Promise<void> {
    const { own, vaultCustody } = this.modules.charts();
    const store = new ChartStore({ database: this.rows });
    await own.change(async () => {
      const raised = await raiseEpochs(store, ref, ['consent']);
      if (raised.length > 0) for (const clinic of await keepersOf(store, ref)) await vaultCustody.resend(ref, clinic);
      await store.batch([{ type: 'put', key: untidyKey(ref.chart), value: ref.handle }]);
    });
  }

  private askLater(): void {
    const { logger } = this.modules;
    this.late ??= this.askLate()
      .catch((error) => logger.warn({ err: error }, 'what a clinic keeps is asked for again when it comes'))
      .finally(() => {
        this.late = undefined;
      });
  }

  private async askLate(): Promise<void> {
    const charts = this.modules.charts();
    const store = new ChartStore({ database: this.rows });
    for (const { number, peerId } of await this.missing()) {
      if (!this.isConnected(peerId)) continue;
      const changed = await this.tryToAsk(store, number, peerId);
      for (const handle of changed.values()) {
        const ref = await charts.ofHandle(handle);
        if (ref !== undefined) await this.renew(ref);
        for await (const vault of charts.vaults(handle)) await this.renewVault(vault);
      }
      if (changed.size > 0) await charts.tidy();
    }
    if ((await this.missing()).length === 0) await this.forget();
  }

  /** Members that have not given back what they keep. */
  private async missing(): Promise<{ readonly number: ClinicNumber; readonly peerId: string }[]> {
    const { members } = this.modules;
    const others = members.current.clinics.filter(({ number }) => number !== this.clinic);
    const answers = await Promise.all(others.map(({ number }) => this.rows.get(answeredKey(number))));
    return others
      .filter((_, index) => answers[index] === undefined)
      .map(({ number, nodeKey }) => ({ number, peerId: peerIdOf(nodeKey) }));
  }

  private async forget(): Promise<void> {
    const keys: Uint8Array[] = [RECOVERING_KEY];
    for await (const [key] of this.rows.range({ prefix: ANSWERED_PREFIX })) keys.push(key);
    await this.rows.batch(keys.map((key) => ({ type: 'del', key })));
    this.awaited = false;
  }

  private get rows(): KeyRowsDatabase {
    return this.modules.rows();
  }

  private isConnected(peerId: string): boolean {
    return this.modules.network.peers().some((peer) => peer.peerId === peerId);
  }

  private async pause(): Promise<void> {
    const { clock } = this.modules;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = clock.setTimeout(resolve, ROUND_MS);
    this.abort.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clock.clearTimeout(timer);
    this.abort.signal.throwIfAborted();
  }
}

async function keepersOf(store: ChartStore, ref: OwnRef): Promise<ReadonlySet<ClinicNumber>> {
  const keepers = new Set<ClinicNumber>();
  for (const category of CATEGORIES) for (const clinic of await store.custodians(ref, category)) keepers.add(clinic);
  return keepers;
}
