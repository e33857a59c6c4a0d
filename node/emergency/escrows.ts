// Escrows on this clinic's disk: those of its own charts, one for every category key, and those that other clinics sent of
// theirs. Makes what is missing, sends every member what it has not got, drops what opens nothing any more.
import { concatBytes, EMPTY_BYTES, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { Category } from '../../records/category.ts';
import {
  decodeEscrow,
  type Escrow,
  type EscrowName,
  encodeEscrow,
  makeEscrow,
} from '../../records/emergency/escrow.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalRange, LocalWrite } from '../store/local-database.ts';
import {
  type EscrowChart,
  escrowKey,
  escrowPrefix,
  owedKey,
  owedPrefix,
  patientChartKey,
  patientPrefix,
  readOwed,
  readUntold,
  untoldKey,
  untoldPrefix,
} from './layout.ts';
import { EMERGENCY, encodeEmergencyMessage, HANDLE_BYTES, MAX_ESCROWS, type PatientEscrow } from './wire.ts';

export interface EscrowsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
}

export interface EscrowsDatabase {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  batch(writes: readonly LocalWrite[]): Promise<void>;
  range(range: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
}

export interface EscrowsModules {
  /** The shreddable one: what opens a category key is shredded with it. */
  readonly database: EscrowsDatabase;
  readonly shares: Shares;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request' | 'peers'>;
  readonly logger: Logger;
  /** Whether the chain has, or had, the patient at that clinic. */
  isPatientOf(handle: Uint8Array, clinic: ClinicNumber): Promise<boolean>;
}

/** A category key of an own chart. */
export interface OwnKey extends EscrowName {
  readonly handle: Uint8Array;
  readonly key: Uint8Array;
}

/** A row of what is owed; nothing is held any more of what was shredded or dropped meanwhile. */
interface Owed {
  readonly key: Uint8Array;
  readonly held: PatientEscrow | undefined;
}

/** Charts of one patient at one other clinic whose escrows are kept. */
export const MAX_ESCROWED_CHARTS = 4;
/** Epochs of one category of one of them; a new one displaces the oldest. */
export const MAX_ESCROWED_EPOCHS = 8;
const NEWEST_FIRST = (a: Escrow, b: Escrow): number => b.epoch - a.epoch;

export class Escrows {
  private readonly options: EscrowsOptions;
  private readonly modules: EscrowsModules;
  private readonly making = new Serial();
  private readonly taking = new Serial();
  private readonly abort = new AbortController();
  private sending: Promise<void> | undefined;
  /** More is owed since the last round began. */
  private again = false;

  constructor(options: EscrowsOptions, modules: EscrowsModules) {
    this.options = options;
    this.modules = modules;
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.making.idle();
    await this.taking.idle();
    await this.sending;
  }

  /** Puts keys of own charts in escrow where they are not under the key in force. Gives how many were made. */
  keep(keys: Iterable<OwnKey> | AsyncIterable<OwnKey>): Promise<number> {
    return this.making.run(async () => {
      const { shares, database, members } = this.modules;
      const current = shares.current('emergency');
      if (current === undefined) return 0;
      const { genesisId, clinic } = this.options;
      const { publicKey } = current;
      let made = 0;
      for await (const { handle, key, ...name } of keys) {
        if (this.abort.signal.aborted) break;
        const held = await database.get(escrowKey(name));
        if (held !== undefined && equalBytes(readHeld(held).escrow.publicKey, publicKey)) continue;
        const escrow = makeEscrow(name, { genesisId, publicKey }, key);
        const others = members.current.clinics.filter(({ number }) => number !== clinic);
        await database.batch([
          ...putEscrow({ handle, escrow }),
          ...others.map(({ number }): LocalWrite => ({ type: 'put', key: owedKey(name, number), value: EMPTY_BYTES })),
        ]);
        made++;
      }
      if (made > 0) this.send();
      return made;
    });
  }

  /** Of a chart of the clinic that says so; or of an own one, and then everybody else is told to. */
  async drop(name: EscrowChart & { readonly category: Category; readonly below: number }): Promise<void> {
    const { database } = this.modules;
    const writes: LocalWrite[] = [];
    for await (const [key, bytes] of database.range({ prefix: escrowPrefix(name) })) {
      const { category, epoch } = readHeld(bytes).escrow;
      if (category === name.category && epoch < name.below) writes.push({ type: 'del', key });
    }
    const own = name.clinic === this.options.clinic;
    const others = own ? this.modules.members.current.clinics.filter(({ number }) => number !== name.clinic) : [];
    if (own) writes.push(...(await this.earlierDrops(name)));
    for (const { number: to } of others) {
      writes.push({ type: 'put', key: untoldKey({ ...name, to }), value: EMPTY_BYTES });
    }
    if (writes.length > 0) await database.batch(writes);
    if (others.length > 0) this.send();
  }

  /**
   * From the clinic whose charts they are, of patients whom the chain has there; those under another key than the one in force
   * are not kept. Throws ProtocolError: it is sent again.
   */
  take(clinic: ClinicNumber, escrows: readonly PatientEscrow[]): Promise<void> {
    return this.taking.run(async () => {
      const { shares, database, isPatientOf } = this.modules;
      const publicKey = shares.current('emergency')?.publicKey;
      if (publicKey === undefined) return;
      const byPatient = new Map<string, PatientEscrow[]>();
      for (const held of escrows) {
        if (held.escrow.clinic !== clinic || !equalBytes(held.escrow.publicKey, publicKey)) continue;
        const name = toHex(held.handle);
        byPatient.set(name, [...(byPatient.get(name) ?? []), held]);
      }
      const writes: LocalWrite[] = [];
      let strangers = 0;
      for (const theirs of byPatient.values()) {
        if (await isPatientOf(theirs[0].handle, clinic)) writes.push(...(await this.withinBounds(clinic, theirs)));
        else strangers++;
      }
      if (writes.length > 0) await database.batch(writes);
      // Nobody's escrows wait for those of somebody of whom no block tells yet.
      if (strangers > 0) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'unknown-patient' });
    });
  }

  /** Of one patient: what of it is kept, and the epochs that it displaces. A clinic has one chart of her, some others had before. */
  private async withinBounds(clinic: ClinicNumber, brought: readonly PatientEscrow[]): Promise<LocalWrite[]> {
    const [{ handle }] = brought;
    const known = new Set<string>();
    for (const one of await this.chartsOf(handle)) if (one.clinic === clinic) known.add(toHex(one.chart));
    const newest = new Map<string, PatientEscrow>();
    for (const one of brought) {
      const chart = toHex(one.escrow.chart);
      if (!known.has(chart) && known.size >= MAX_ESCROWED_CHARTS) continue;
      known.add(chart);
      newest.set(toHex(escrowKey(one.escrow)), one);
    }
    const kept = new Map<string, { readonly key: Uint8Array; readonly epoch: number; readonly isHere: boolean }[]>();
    const place = ({ escrow }: PatientEscrow, isHere: boolean): void => {
      const name = `${toHex(escrow.chart)} ${escrow.category}`;
      const all = kept.get(name) ?? [];
      all.push({ key: escrowKey(escrow), epoch: escrow.epoch, isHere });
      kept.set(name, all);
    };
    for (const one of newest.values()) place(one, false);
    for (const chart of new Set([...newest.values()].map(({ escrow }) => toHex(escrow.chart)))) {
      for await (const [key, bytes] of this.modules.database.range({
        prefix: escrowPrefix({ clinic, chart: fromHex(chart) }),
      })) {
        if (!newest.has(toHex(key))) place(readHeld(bytes), true);
      }
    }
    const writes: LocalWrite[] = [];
    for (const all of kept.values()) {
      all.sort((a, b) => b.epoch - a.epoch);
      for (const [n, { key, isHere }] of all.entries()) {
        const one = newest.get(toHex(key));
        if (n < MAX_ESCROWED_EPOCHS && one !== undefined) writes.push(...putEscrow(one));
        else if (n >= MAX_ESCROWED_EPOCHS && isHere) writes.push({ type: 'del', key });
      }
    }
    return writes;
  }

  /** What this clinic has of one patient: each clinic's in turn, so that none crowds out others', its newest epochs first. */
  async ofPatient(handle: Uint8Array): Promise<Escrow[]> {
    const found = new Map<ClinicNumber, Escrow[]>();
    for (const chart of await this.chartsOf(handle)) {
      for await (const [, bytes] of this.modules.database.range({ prefix: escrowPrefix(chart) })) {
        const { escrow } = readHeld(bytes);
        const theirs = found.get(escrow.clinic) ?? [];
        theirs.push(escrow);
        found.set(escrow.clinic, theirs);
      }
    }
    const lists = [...found.values()].map((escrows) => escrows.sort(NEWEST_FIRST));
    const turns = Math.max(0, ...lists.map(({ length }) => length));
    return Array.from({ length: turns }, (_, turn) => lists.flatMap((escrows) => escrows.slice(turn, turn + 1))).flat();
  }

  async chartsOf(handle: Uint8Array): Promise<EscrowChart[]> {
    const prefix = patientPrefix(handle);
    const charts: EscrowChart[] = [];
    for await (const [key] of this.modules.database.range({ prefix })) {
      const at = prefix.length;
      charts.push({ clinic: (key[at] << 8) | key[at + 1], chart: key.slice(at + 2) });
    }
    return charts;
  }

  /** A new member has none of them yet. */
  async owe(to: ClinicNumber): Promise<void> {
    const { database } = this.modules;
    const own = escrowPrefix({ clinic: this.options.clinic, chart: EMPTY_BYTES });
    let writes: LocalWrite[] = [];
    for await (const [, bytes] of database.range({ prefix: own })) {
      writes.push({ type: 'put', key: owedKey(readHeld(bytes).escrow, to), value: EMPTY_BYTES });
      if (writes.length < MAX_ESCROWS) continue;
      await database.batch(writes);
      writes = [];
    }
    if (writes.length > 0) await database.batch(writes);
    this.send();
  }

  /** Sends what is owed to whoever is connected, and what was dropped; the rest goes when they are. */
  send(): void {
    this.again = true;
    this.sending ??= this.sendWhileAsked()
      .catch((error) => this.modules.logger.warn({ err: error }, 'escrows are not sent; they are tried again'))
      .finally(() => {
        this.sending = undefined;
      });
  }

  private async sendWhileAsked(): Promise<void> {
    while (this.again && !this.abort.signal.aborted) {
      this.again = false;
      await this.sendAll();
    }
  }

  private async sendAll(): Promise<void> {
    const { database } = this.modules;
    const peers = new Map(this.connected().map(({ clinic, peerId }) => [clinic, peerId]));
    const waiting = new Map<ClinicNumber, Owed[]>();
    for await (const [key] of database.range({ prefix: owedPrefix() })) {
      if (this.abort.signal.aborted) return;
      const { escrow, to } = readOwed(key);
      const peerId = peers.get(to);
      if (peerId === undefined) continue;
      const owed = waiting.get(to) ?? [];
      waiting.set(to, owed);
      const row = await database.get(escrow);
      owed.push({ key, held: row === undefined ? undefined : readHeld(row) });
      if (owed.length < MAX_ESCROWS) continue;
      // Who does not take them now is left alone for this round.
      if (!(await this.give(to, peerId, owed.splice(0)))) peers.delete(to);
    }
    for (const [to, owed] of waiting) {
      const peerId = peers.get(to);
      if (peerId !== undefined && owed.length > 0) await this.give(to, peerId, owed);
    }
    await this.tellDrops(peers);
  }

  /** Rows of drops that this one says too. */
  private async earlierDrops(name: EscrowChart & { readonly category: Category; readonly below: number }) {
    const earlier: LocalWrite[] = [];
    for await (const [key] of this.modules.database.range({ prefix: untoldPrefix(name) })) {
      const { category, below } = readUntold(key);
      if (category === name.category && below < name.below) earlier.push({ type: 'del', key });
    }
    return earlier;
  }

  private async tellDrops(peers: Map<ClinicNumber, string>): Promise<void> {
    const { database, logger, members } = this.modules;
    for await (const [key] of database.range({ prefix: untoldPrefix() })) {
      if (this.abort.signal.aborted) return;
      const { to, clinic: _, ...drop } = readUntold(key);
      if (!members.current.clinics.some(({ number }) => number === to)) {
        await database.batch([{ type: 'del', key }]);
        continue;
      }
      const peerId = peers.get(to);
      if (peerId === undefined) continue;
      try {
        await this.request(peerId, encodeEmergencyMessage({ type: 'drop', ...drop }));
        await database.batch([{ type: 'del', key }]);
      } catch (error) {
        peers.delete(to);
        logger.debug({ clinic: to, code: codeOf(error) }, 'a clinic keeps escrows that open nothing any more');
      }
    }
  }

  private async give(to: ClinicNumber, peerId: string, owed: readonly Owed[]): Promise<boolean> {
    const { database, logger } = this.modules;
    const escrows = owed.flatMap(({ held }) => held ?? []);
    try {
      if (escrows.length > 0) await this.request(peerId, encodeEmergencyMessage({ type: 'escrows', escrows }));
      await database.batch(owed.map(({ key }): LocalWrite => ({ type: 'del', key })));
      return true;
    } catch (error) {
      logger.debug({ clinic: to, code: codeOf(error) }, 'escrows are not taken yet');
      return false;
    }
  }

  private connected(): { readonly clinic: ClinicNumber; readonly peerId: string }[] {
    const { members, network } = this.modules;
    const peers = new Set(network.peers().map(({ peerId }) => peerId));
    return members.current.clinics
      .map(({ number, nodeKey }) => ({ clinic: number, peerId: peerIdOf(nodeKey) }))
      .filter(({ clinic, peerId }) => clinic !== this.options.clinic && peers.has(peerId));
  }

  private async request(peerId: string, message: Uint8Array): Promise<void> {
    for await (const _ of this.modules.network.request(peerId, EMERGENCY.protocol, message, this.abort.signal));
  }
}

function putEscrow({ handle, escrow }: PatientEscrow): LocalWrite[] {
  return [
    { type: 'put', key: escrowKey(escrow), value: concatBytes(handle, encodeEscrow(escrow)) },
    { type: 'put', key: patientChartKey(handle, escrow), value: EMPTY_BYTES },
  ];
}

function readHeld(value: Uint8Array): PatientEscrow {
  return { handle: value.slice(0, HANDLE_BYTES), escrow: decodeEscrow(value.subarray(HANDLE_BYTES)) };
}
