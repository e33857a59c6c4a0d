// Whose account is that of which patient at this clinic, as reception found it by a document. What this clinic keeps of it counts
// as long as the chain says the same; on the chain stands a commitment alone.
import { equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import { PATIENTS_ACCOUNT } from '../../consensus/ledger/kinds.ts';
import {
  decodePatientAccountRow,
  encodePatientAccount,
  type PatientAccountRow,
  patientAccountObject,
} from '../../consensus/ledger/patients/account.ts';
import { patientAccountKey } from '../../consensus/ledger/tables.ts';
import { accountCommitment } from '../../identity/patient/account-commitment.ts';
import { handleOf, isProvisional, type Pid } from '../../identity/patient/pid.ts';
import type { RepresentativeKind } from '../../identity/patient/representative-commitment.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { ChartError } from '../charts/errors.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { willStand } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import { MeError } from './errors.ts';

export interface PatientAccountsModules {
  readonly store: KeyValueStore;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly outbox: Pick<Outbox, 'submit' | 'get'>;
  readonly author: ClinicAuthor;
  /** Whether somebody took over what clinics keep of the patient. */
  isTakenOver(handle: Uint8Array): Promise<boolean>;
}

/** By what right somebody acts for a patient. */
export interface Acting {
  /** Object on the chain. */
  readonly id: Uint8Array;
  readonly kind: RepresentativeKind;
  /** ms */
  readonly ends: number;
}

/** A patient of this clinic, and by whose account something is done about her: her own, or that of whoever acts for her. */
export interface AttachedPatient {
  readonly account: Uint8Array;
  /** Undefined: she herself. */
  readonly acting?: Acting | undefined;
  readonly pid: Pid;
  readonly handle: Uint8Array;
}

export interface Attachment {
  /** Zeros: taken back. */
  readonly account: Uint8Array;
  /** What reception looked at; empty where it was taken back. */
  readonly document: string;
  readonly statement: Uint8Array;
}

/** An account that was a patient's: what it shared and whom it named is still to be ended. */
export interface TakenBack {
  readonly handle: Uint8Array;
  readonly account: Uint8Array;
  /** Of the staff who took it back; no account: the operator. */
  readonly person: { readonly account: Uint8Array; readonly roles: readonly Role[] };
}

interface Kept extends Attachment {
  readonly version: number;
  readonly pid: Pid;
}

const OF_ACCOUNT = 1;
const OF_PATIENT = 2;
const TAKEN_BACK = 3;
/** Whose account it was before it was taken back. */
const LAST = 4;
/** Marks that one round looks at; the next takes the others. */
const MARKS_AT_ONCE = 256;
const NOBODY = new Uint8Array(32);

export class PatientAccounts {
  private readonly modules: PatientAccountsModules;
  private readonly serial = new Serial();

  constructor(modules: PatientAccountsModules) {
    this.modules = modules;
  }

  /**
   * The id of the statement; on the disk when it resolves. Throws MeError, ChartError `consent.taken-over` for another account than
   * the last one once somebody took over: whoever has it reads everything.
   */
  attach(pid: Pid, account: Uint8Array, document: string): Promise<Uint8Array> {
    if (isProvisional(pid)) throw new MeError({ code: 'me.provisional' });
    return this.serial.run(async () => {
      const before = await this.kept(handleOf(pid));
      if (before !== undefined && equalBytes(before.account, account) && (await this.stands(before))) {
        return before.statement;
      }
      const other = await this.ofAccount(account);
      if (other !== undefined && other.pid !== pid) throw new MeError({ code: 'me.account-taken' });
      if (before !== undefined && !equalBytes(before.account, NOBODY) && !equalBytes(before.account, account)) {
        throw new MeError({ code: 'me.has-account' });
      }
      if ((await this.isOther(pid, account, before)) && (await this.modules.isTakenOver(handleOf(pid)))) {
        throw new ChartError({ code: 'consent.taken-over' });
      }
      return this.say(pid, account, document, before);
    });
  }

  /** What was taken back stays marked so until it is settled. Throws MeError `me.not-attached`. */
  detach(
    pid: Pid,
    person: TakenBack['person'],
  ): Promise<{ readonly statement: Uint8Array; readonly takenBack: TakenBack }> {
    return this.serial.run(async () => {
      const handle = handleOf(pid);
      const before = await this.kept(handle);
      if (before === undefined || equalBytes(before.account, NOBODY)) throw new MeError({ code: 'me.not-attached' });
      const takenBack = { handle, account: before.account, person };
      await this.modules.store.put(markOf(takenBack), encodePerson(person));
      await this.modules.store.put(keyOf(LAST, handle), before.account);
      await this.modules.store.delete(keyOf(OF_ACCOUNT, before.account));
      return { statement: await this.say(pid, NOBODY, '', before), takenBack };
    });
  }

  /** Those that are not settled yet. */
  takenBack(): Promise<TakenBack[]> {
    return this.serial.run(async () => {
      const found: TakenBack[] = [];
      for (const [key, value] of await this.modules.store.range(Uint8Array.of(TAKEN_BACK), { limit: MARKS_AT_ONCE })) {
        const one = { handle: key.slice(1, 33), account: key.slice(33), person: decodePerson(value) };
        // It was not said in the end, or the account is hers again.
        const kept = await this.kept(one.handle);
        if (kept !== undefined && equalBytes(kept.account, one.account)) await this.settled(one);
        else found.push(one);
      }
      return found;
    });
  }

  settled(one: TakenBack): Promise<void> {
    return this.modules.store.delete(markOf(one));
  }

  async ofAccount(account: Uint8Array): Promise<AttachedPatient | undefined> {
    const handle = await this.modules.store.get(keyOf(OF_ACCOUNT, account));
    const kept = handle && (await this.kept(handle));
    if (handle === undefined || kept === undefined || !equalBytes(kept.account, account)) return undefined;
    return (await this.stands(kept)) ? { account, pid: kept.pid, handle } : undefined;
  }

  /** The account of the patient whom the chain names so. */
  async accountOf(handle: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.attachment(handle))?.account;
  }

  /** The same with the document that was looked at, and the statement that says so. */
  async attachment(handle: Uint8Array): Promise<Attachment | undefined> {
    const kept = await this.kept(handle);
    if (kept === undefined || equalBytes(kept.account, NOBODY)) return undefined;
    return (await this.stands(kept)) ? kept : undefined;
  }

  /** Of an erased patient nothing stays. */
  async forget(handle: Uint8Array): Promise<void> {
    const marks = await this.modules.store.range(keyOf(TAKEN_BACK, handle), { limit: MARKS_AT_ONCE });
    for (const [key] of marks) await this.modules.store.delete(key);
    await this.modules.store.delete(keyOf(LAST, handle));
    const kept = await this.kept(handle);
    if (kept === undefined) return;
    await this.modules.store.delete(keyOf(OF_ACCOUNT, kept.account));
    await this.modules.store.delete(keyOf(OF_PATIENT, handle));
  }

  /** What the outbox is about to say, or says again as its block was replaced, counts; what the chain says otherwise does not. */
  private async stands({ pid, account, version, statement }: Kept): Promise<boolean> {
    const row = await this.row(handleOf(pid));
    if (row === undefined || row.version < version) return this.waits(statement);
    return row.version === version && equalBytes(row.commitment, accountCommitment(pid, account));
  }

  /** Whether the patient had an account that is not this one, or one of which nothing is known here any more. */
  private async isOther(pid: Pid, account: Uint8Array, before: Kept | undefined): Promise<boolean> {
    const handle = handleOf(pid);
    if (before === undefined) {
      const row = await this.row(handle);
      return row !== undefined && !equalBytes(row.commitment, accountCommitment(pid, account));
    }
    const { store } = this.modules;
    const isBack = equalBytes(before.account, NOBODY);
    const last = isBack ? ((await store.get(keyOf(LAST, handle))) ?? NOBODY) : before.account;
    return !equalBytes(last, account);
  }

  private waits(statement: Uint8Array): boolean {
    return willStand(this.modules.outbox.get(statement));
  }

  private async say(pid: Pid, account: Uint8Array, document: string, before: Kept | undefined): Promise<Uint8Array> {
    const { author, outbox, store } = this.modules;
    const handle = handleOf(pid);
    const commitment = equalBytes(account, NOBODY) ? NOBODY : accountCommitment(pid, account);
    const row = await this.row(handle);
    const waiting = before !== undefined && this.waits(before.statement) ? before.version : 0;
    const version = Math.max(row?.version ?? 0, waiting) + 1;
    const statement = author.make({
      kind: PATIENTS_ACCOUNT,
      object: patientAccountObject(handle, author.clinic),
      version,
      payload: encodePatientAccount({ handle, commitment }),
    });
    // The outbox first: what it does not have was not said.
    await outbox.submit([statement]);
    await store.put(
      keyOf(OF_PATIENT, handle),
      encodeKept({ account, version, statement: statement.id, pid, document }),
    );
    if (!equalBytes(account, NOBODY)) await store.put(keyOf(OF_ACCOUNT, account), handle);
    return statement.id;
  }

  private async row(handle: Uint8Array): Promise<PatientAccountRow | undefined> {
    const { chain, author } = this.modules;
    const [bytes] = await chain.states([patientAccountKey(handle, author.clinic)]);
    return bytes === undefined ? undefined : decodePatientAccountRow(bytes);
  }

  private async kept(handle: Uint8Array): Promise<Kept | undefined> {
    const bytes = await this.modules.store.get(keyOf(OF_PATIENT, handle));
    if (bytes === undefined) return undefined;
    const input = new Reader(bytes);
    const [account, version, statement] = [input.fixed(32), input.u32(), input.fixed(32)];
    return { account, version, statement, pid: input.text16(64), document: input.text16(64) };
  }
}

function encodeKept({ account, version, statement, pid, document }: Kept): Uint8Array {
  const out = new Writer(160).fixed(account, 32).u32(version).fixed(statement, 32);
  return out.text16(pid, 64).text16(document, 64).finish();
}

function encodePerson({ account, roles }: TakenBack['person']): Uint8Array {
  return new Writer(34)
    .fixed(account, 32)
    .u16(roles.reduce((bits, role) => bits | (1 << ROLES.indexOf(role)), 0))
    .finish();
}

function decodePerson(bytes: Uint8Array): TakenBack['person'] {
  const input = new Reader(bytes);
  const [account, bits] = [input.fixed(32), input.u16()];
  return { account, roles: ROLES.filter((_, index) => (bits & (1 << index)) !== 0) };
}

function markOf({ handle, account }: Pick<TakenBack, 'handle' | 'account'>): Uint8Array {
  return Uint8Array.of(TAKEN_BACK, ...handle, ...account);
}

function keyOf(table: number, id: Uint8Array): Uint8Array {
  return Uint8Array.of(table, ...id);
}
