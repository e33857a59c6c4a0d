// Who acts for which patient at this clinic, and until when. What is kept here counts as long as the chain says the same and the
// clock has not reached its end; an ending counts when it is on the disk. Owns rows and statements; who may name whom is asked before.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Serial } from '../../common/serial.ts';
import { PATIENTS_REPRESENTATIVE } from '../../consensus/ledger/kinds.ts';
import {
  decodeRepresentativeRow,
  encodeRepresentative,
  type RepresentativeRow,
  representativeObject,
} from '../../consensus/ledger/patients/representative.ts';
import { patientRepresentativeKey } from '../../consensus/ledger/tables.ts';
import { handleOf, isProvisional, type Pid } from '../../identity/patient/pid.ts';
import {
  publicEnd,
  type RepresentativeKind,
  representativeCommitment,
} from '../../identity/patient/representative-commitment.ts';
import type { Guardian } from '../../records/consent/access.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { willStand } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import { MeError } from '../vault/errors.ts';
import { RepresentativeError } from './errors.ts';
import {
  actsKey,
  type ByWhom,
  decodeKept,
  encodeKept,
  type Kept,
  keptKey,
  NOBODY,
  type RepresentativeDocument,
} from './kept.ts';
import { endOf } from './terms.ts';

/** Who act for one patient at once. */
export const MAX_REPRESENTATIVES = 8;
/** Patients for whom one person acts here. */
export const MAX_REPRESENTED = 32;

export interface RepresentativesModules {
  readonly store: KeyValueStore;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly outbox: Pick<Outbox, 'submit' | 'get'>;
  readonly author: ClinicAuthor;
  readonly clock: Pick<Clock, 'now'>;
  /** As this clinic knows it: YYYY-MM-DD, less, or nothing. */
  birthDate(pid: Pid): Promise<string>;
  /** Of the patient herself. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
}

export interface NewRepresentative {
  readonly account: Uint8Array;
  readonly kind: RepresentativeKind;
  /** ms; undefined: until a child comes of age. */
  readonly ends: number | undefined;
  readonly document: RepresentativeDocument;
  readonly by: ByWhom;
  /** On the chain, by what `by` acts for the patient who names; undefined: the patient herself, or reception. */
  readonly through?: Uint8Array | undefined;
}

export interface Representative extends Omit<Kept, 'version'> {
  /** The object on the chain, 32 bytes. */
  readonly id: Uint8Array;
  readonly handle: Uint8Array;
  /** `ended` before its time, `over` by it; `unsaid`: the chain says otherwise, and nobody acts by it. */
  readonly state: 'acts' | 'ended' | 'over' | 'unsaid';
}

export class Representatives {
  private readonly modules: RepresentativesModules;
  private readonly serial = new Serial();

  constructor(modules: RepresentativesModules) {
    this.modules = modules;
  }

  /** Until when it would be. Throws RepresentativeError `representative.end`, `representative.not-yours`. */
  async endOf(pid: Pid, { kind, ends, by, through }: Omit<NewRepresentative, 'account' | 'document'>): Promise<number> {
    const { birthDate, clock } = this.modules;
    const namer = through === undefined ? undefined : await this.acts(handleOf(pid), through, by);
    return endOf({ kind, ends, birthDate: await birthDate(pid), atMost: namer?.ends }, clock.now());
  }

  /** On the disk and in the outbox when it resolves. Throws RepresentativeError, MeError `me.provisional`, `me.not-attached`. */
  name(pid: Pid, given: NewRepresentative): Promise<Representative> {
    if (isProvisional(pid)) throw new MeError({ code: 'me.provisional' });
    return this.serial.run(async () => {
      const { accountOf, clock, store } = this.modules;
      const { account, kind, document, by, through } = given;
      const handle = handleOf(pid);
      const now = clock.now();
      // Whoever names may have been ended, and the account taken back, since the call came.
      const ends = await this.endOf(pid, given);
      const patient = await accountOf(handle);
      const herself = document === 'own-word' && through === undefined;
      if (herself && (by === undefined || patient === undefined || !equalBytes(patient, by))) {
        throw new MeError({ code: 'me.not-attached' });
      }
      if (patient !== undefined && equalBytes(patient, account)) {
        throw new RepresentativeError({ code: 'representative.self' });
      }
      await this.letGo(account);
      const known = await this.slots(handle);
      const same = known.findIndex((one) => one?.state === 'acts' && equalBytes(one.account, account));
      // No word makes a delegate of a guardian, or her end another one.
      if (document === 'own-word' && known[same]?.kind === 'guardian') {
        throw new RepresentativeError({ code: 'representative.guardian' });
      }
      const free = known.findIndex((one) => one?.state !== 'acts');
      const slot = same >= 0 ? same : free;
      if (slot < 0) throw new RepresentativeError({ code: 'representative.full', limit: MAX_REPRESENTATIVES });
      if (same < 0 && (await this.of(account)).length >= MAX_REPRESENTED) {
        throw new RepresentativeError({ code: 'representative.full', limit: MAX_REPRESENTED });
      }
      const before = known[slot];
      if (before !== undefined && !equalBytes(before.account, account)) {
        await store.delete(actsKey(before.account, handle, slot));
      }
      const kept = { account, kind, ends, pid, document, from: now, by, ended: undefined };
      const made = await this.say(handle, slot, kept, await this.kept(handle, slot));
      await store.put(actsKey(account, handle, slot), new Uint8Array(0));
      return this.shown(handle, slot, made);
    });
  }

  /** Nobody acts by it from when it resolves, and before the chain says so. Throws RepresentativeError `representative.unknown`. */
  end(handle: Uint8Array, id: Uint8Array, by: ByWhom): Promise<Representative> {
    return this.serial.run(() => this.endAlone(handle, id, by));
  }

  /** Of those whom this account named by its word, ends who would act longer than `beyond`, ms. Whom it ended. */
  endNamedBy(handle: Uint8Array, account: Uint8Array, beyond: number, by: ByWhom): Promise<Representative[]> {
    return this.serial.run(async () => {
      const ended: Representative[] = [];
      for (const { id, document, by: namer, ends } of await this.acting(handle)) {
        const named = document === 'own-word' && namer !== undefined && equalBytes(namer, account);
        if (named && ends > beyond) ended.push(await this.endAlone(handle, id, by));
      }
      return ended;
    });
  }

  /** Of a patient, those whose time is over too, the newest first. */
  async ofPatient(handle: Uint8Array): Promise<Representative[]> {
    const known = (await this.slots(handle)).filter((one) => one !== undefined);
    return known.sort((a, b) => b.from - a.from);
  }

  /** Who acts for a patient now. */
  async acting(handle: Uint8Array): Promise<Representative[]> {
    return (await this.ofPatient(handle)).filter(({ state }) => state === 'acts');
  }

  /** The same as the consent engine asks for them. */
  async guardians(handle: Uint8Array): Promise<Guardian[]> {
    return (await this.acting(handle)).map(({ account, kind, from, ends: until }) => {
      const guardian = { account, from, until, mayRead: true };
      return kind === 'delegate' ? { ...guardian, chosen: true } : guardian;
    });
  }

  /** For whom somebody acts now. */
  async of(account: Uint8Array): Promise<Representative[]> {
    return (await this.everOf(account)).map(({ one }) => one).filter(({ state }) => state === 'acts');
  }

  /** Of an erased patient nothing stays. */
  async forget(handle: Uint8Array): Promise<void> {
    const { store } = this.modules;
    for (let slot = 0; slot < MAX_REPRESENTATIVES; slot++) {
      const kept = await this.kept(handle, slot);
      if (kept === undefined) continue;
      await store.delete(actsKey(kept.account, handle, slot));
      await store.delete(keptKey(handle, slot));
    }
  }

  private async endAlone(handle: Uint8Array, id: Uint8Array, by: ByWhom): Promise<Representative> {
    const slot = (await this.slots(handle)).findIndex((one) => one !== undefined && equalBytes(one.id, id));
    const kept = slot < 0 ? undefined : await this.kept(handle, slot);
    if (kept === undefined) throw new RepresentativeError({ code: 'representative.unknown' });
    const told = kept.ended !== undefined && kept.statement.some((byte) => byte !== 0);
    if (told) return this.shown(handle, slot, kept);
    const ended = kept.ended ?? { at: this.modules.clock.now(), by };
    const waiting = this.waits(kept.statement) ? kept.version : 0;
    await this.modules.store.put(keptKey(handle, slot), encodeKept({ ...kept, ended, statement: NOBODY }));
    return this.shown(handle, slot, await this.say(handle, slot, { ...kept, ended }, kept, waiting));
  }

  /** Throws RepresentativeError `representative.not-yours` where nobody does by this. */
  private async acts(handle: Uint8Array, id: Uint8Array, account: ByWhom): Promise<Representative> {
    const found = (await this.acting(handle)).find((one) => equalBytes(one.id, id));
    if (found === undefined || account === undefined || !equalBytes(found.account, account)) {
      throw new RepresentativeError({ code: 'representative.not-yours' });
    }
    return found;
  }

  /** What is over is not looked for by account any more; the patient is shown it until its slot is taken. */
  private async letGo(account: Uint8Array): Promise<void> {
    for (const { key, one } of await this.everOf(account)) {
      if (one.state === 'ended' || one.state === 'over') await this.modules.store.delete(key);
    }
  }

  private async everOf(account: Uint8Array): Promise<{ readonly key: Uint8Array; readonly one: Representative }[]> {
    const prefix = actsKey(account);
    const found: { key: Uint8Array; one: Representative }[] = [];
    for (const [key] of await this.modules.store.range(prefix, { limit: MAX_REPRESENTED * MAX_REPRESENTATIVES })) {
      const [handle, slot] = [key.slice(prefix.length, -1), key[key.length - 1] ?? 0];
      const kept = await this.kept(handle, slot);
      if (kept === undefined || !equalBytes(kept.account, account)) continue;
      found.push({ key, one: await this.shown(handle, slot, kept) });
    }
    return found;
  }

  private async slots(handle: Uint8Array): Promise<(Representative | undefined)[]> {
    const found: (Representative | undefined)[] = new Array(MAX_REPRESENTATIVES).fill(undefined);
    const prefix = keptKey(handle);
    for (const [key, bytes] of await this.modules.store.range(prefix, { limit: MAX_REPRESENTATIVES })) {
      const slot = key[prefix.length] ?? 0;
      found[slot] = await this.shown(handle, slot, decodeKept(bytes));
    }
    return found;
  }

  private async shown(handle: Uint8Array, slot: number, { version, ...kept }: Kept): Promise<Representative> {
    const id = representativeObject(handle, this.modules.author.clinic, slot);
    const state = await this.stateOf(handle, slot, { version, ...kept });
    return { ...kept, id, handle, state };
  }

  private async stateOf(handle: Uint8Array, slot: number, kept: Kept): Promise<Representative['state']> {
    if (kept.ended !== undefined) return 'ended';
    if (this.modules.clock.now() >= kept.ends) return 'over';
    const row = await this.row(handle, slot);
    // What the outbox is about to say, or says again as its block was replaced, counts; what the chain says otherwise does not.
    if (row === undefined || row.version < kept.version) return this.waits(kept.statement) ? 'acts' : 'unsaid';
    const same = row.version === kept.version && equalBytes(row.commitment, representativeCommitment(kept.pid, kept));
    return same ? 'acts' : 'unsaid';
  }

  private waits(statement: Uint8Array): boolean {
    return willStand(this.modules.outbox.get(statement));
  }

  private async say(
    handle: Uint8Array,
    slot: number,
    given: Omit<Kept, 'version' | 'statement'>,
    before: Kept | undefined,
    waiting = before !== undefined && this.waits(before.statement) ? before.version : 0,
  ): Promise<Kept> {
    const { author, outbox, store } = this.modules;
    const acts = given.ended === undefined;
    const row = await this.row(handle, slot);
    const version = Math.max(row?.version ?? 0, waiting) + 1;
    const commitment = acts ? representativeCommitment(given.pid, given) : NOBODY;
    const ends = acts ? publicEnd(given.ends) : 0;
    const statement = author.make({
      kind: PATIENTS_REPRESENTATIVE,
      object: representativeObject(handle, author.clinic, slot),
      version,
      payload: encodeRepresentative({ handle, slot, commitment, ends }),
    });
    // The outbox first: what it does not have was not said.
    await outbox.submit([statement]);
    const kept = { ...given, version, statement: statement.id };
    await store.put(keptKey(handle, slot), encodeKept(kept));
    return kept;
  }

  private async row(handle: Uint8Array, slot: number): Promise<RepresentativeRow | undefined> {
    const { chain, author } = this.modules;
    const [bytes] = await chain.states([patientRepresentativeKey(handle, author.clinic, slot)]);
    return bytes === undefined ? undefined : decodeRepresentativeRow(bytes);
  }

  private async kept(handle: Uint8Array, slot: number): Promise<Kept | undefined> {
    const bytes = await this.modules.store.get(keptKey(handle, slot));
    return bytes === undefined ? undefined : decodeKept(bytes);
  }
}
