// Accounts as this clinic obeys them: chain state less what was received and takes away (suspensions, revoked keys, ended
// roles, stopped recoveries), which counts from receipt. Sends what the clinic says of accounts through the outbox.
// Owns no rule of the ledger and nothing of a person off chain.
import { verifyEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { isGoodKey } from '../../consensus/ledger/accounts/read.ts';
import { decodeRecoveryRow } from '../../consensus/ledger/accounts/recovery/rows.ts';
import { readRecoverFinish, readRecoverStart } from '../../consensus/ledger/accounts/recovery/types.ts';
import { decodeAccountRow, decodeKeyRow, decodeRoleRow, type KeyRow } from '../../consensus/ledger/accounts/rows.ts';
import {
  encodeSetRole,
  ROLES,
  type Role,
  readCreate,
  roleByte,
  roleObject,
} from '../../consensus/ledger/accounts/types.ts';
import {
  ACCOUNTS_CREATE,
  ACCOUNTS_RECOVER_FINISH,
  ACCOUNTS_RECOVER_START,
  ACCOUNTS_SET_ROLE,
  ACCOUNTS_SUSPEND,
  FAMILIES,
  isOfFamily,
} from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { decodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import { accountKey, personKey, recoveryKey, roleKey, TABLES } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber, LedgerEvent, OrganisationNumber, Statement } from '../../consensus/ledger/types.ts';
import type { TipChange } from '../chain/chain.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Received } from '../intake.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { PoolEntry, RemovalReason } from '../mempool/mempool.ts';
import type { NewStatement, Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import { Ends, endOf, type NewEnd, type ReceivedStatement } from './ends.ts';
import { AccountError } from './errors.ts';
import { type AccountView, accountView, isSuspended, type RoleView, roleEnd } from './view.ts';

const PAGE = 1_000;
/** Of a raw key of a role: table u8, account 32, clinic u16, role u8. */
const ROLE_KEY = { clinic: 33, role: 35 };

export interface AccountEnded {
  readonly account: Uint8Array;
  readonly what: 'suspended' | 'key' | 'role' | 'recovered';
}

/** Somebody with the recovery words wants the account for a new device; a device can stop it before `readyAt` (ms). */
export interface RecoveryStarted {
  readonly account: Uint8Array;
  readonly statement: Uint8Array;
  /** Of the block that began it, ms. */
  readonly at: number;
  readonly readyAt: number;
}

/** `ended`: the key was revoked. `unknown`: of no account that the chain has. */
export interface Speaker {
  readonly account: Uint8Array | undefined;
  readonly standing: 'good' | 'unknown' | 'ended' | 'suspended';
}

export interface AccountsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

export interface AccountsModules {
  readonly store: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly members: MemberSets;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Accounts {
  private readonly options: AccountsOptions;
  private readonly modules: AccountsModules;
  private readonly ends = new Ends();
  /** Ends that listeners were told of, by statement. */
  private readonly told = new Set<string>();
  /** Accounts and roles that statements of this clinic make, before a block holds them: object and version by statement. */
  private readonly made = new Map<string, { readonly object: string; readonly version: number }>();
  private readonly listeners = new Set<(ended: AccountEnded) => void>();
  private readonly recoveryListeners = new Set<(started: RecoveryStarted) => void>();

  constructor(options: AccountsOptions, modules: AccountsModules) {
    this.options = options;
    this.modules = modules;
    modules.outbox.onChange((record) => this.followOwn(record));
  }

  /** After the outbox: what it still has to send counts already. */
  async start(): Promise<void> {
    for (const record of this.modules.outbox.list()) {
      if (record.state === 'done') continue;
      await this.onSubmitted(record);
    }
  }

  /** Chain state, less what was received and takes away. Undefined for what the chain does not know. */
  async account(id: Uint8Array): Promise<AccountView | undefined> {
    const { store, clock } = this.modules;
    const [bytes, recovery] = await store.states([accountKey(id), recoveryKey(id)]);
    if (bytes === undefined) return undefined;
    const row = decodeAccountRow(bytes);
    const found = await store.states(row.keys.map(personKey));
    // A block may have come between the two reads: what is gone from the list then is told by the next call.
    const keys: KeyRow[] = [];
    const kept = row.keys.filter((_, index) => {
      const key = found[index];
      if (key !== undefined) keys.push(decodeKeyRow(key));
      return key !== undefined;
    });
    const rows = {
      row: { ...row, keys: kept },
      keys,
      recovery: recovery === undefined ? undefined : decodeRecoveryRow(recovery),
    };
    return accountView(id, rows, this.ends, clock.now());
  }

  /** Live now at one clinic; none of a suspended account. */
  async roles(id: Uint8Array, clinic: ClinicNumber): Promise<readonly { role: Role; end: number }[]> {
    const { store, clock } = this.modules;
    const [account, ...rows] = await store.states([
      accountKey(id),
      ...ROLES.map((role) => roleKey(id, clinic, roleByte(role))),
    ]);
    const ends = this.ends.ofAccount(id);
    if (account === undefined || isSuspended(decodeAccountRow(account), ends)) return [];
    const now = clock.now();
    return ROLES.flatMap((role, index) => {
      const bytes = rows[index];
      if (bytes === undefined) return [];
      const end = roleEnd(decodeRoleRow(bytes), clinic, role, ends);
      return end > now ? [{ role, end }] : [];
    });
  }

  /** Live now at any clinic; none of a suspended account. */
  async allRoles(id: Uint8Array): Promise<readonly RoleView[]> {
    const { store, clock } = this.modules;
    const [account] = await store.states([accountKey(id)]);
    const ends = this.ends.ofAccount(id);
    if (account === undefined || isSuspended(decodeAccountRow(account), ends)) return [];
    const now = clock.now();
    const roles: RoleView[] = [];
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await store.stateRange(TABLES.accountRole, id, after, PAGE);
      for (const [key, bytes] of rows) {
        const clinic = (key[ROLE_KEY.clinic] << 8) | key[ROLE_KEY.clinic + 1];
        const role = ROLES[key[ROLE_KEY.role] - 1];
        const end = roleEnd(decodeRoleRow(bytes), clinic, role, ends);
        if (end > now) roles.push({ clinic, role, end });
      }
      if (rows.length < PAGE) return roles;
      after = rows[rows.length - 1][0];
    }
  }

  /** Whose device key this is or was; `good` means live, of an account that is not suspended. */
  async keyAccount(publicKey: Uint8Array): Promise<{ account: Uint8Array; good: boolean } | undefined> {
    const [bytes] = await this.modules.store.states([personKey(publicKey)]);
    if (bytes === undefined) return undefined;
    const { account } = decodeKeyRow(bytes);
    const view = await this.account(account);
    const key = view?.keys.find((known) => equalBytes(known.key, publicKey));
    return { account, good: view?.suspended === false && key?.status === 'live' };
  }

  /**
   * For which account a person's statement speaks, and whether it can still count (PROTOCOL 4.11). No account: the chain
   * does not know the key yet.
   */
  async speaker(statement: Pick<Statement, 'kind' | 'author' | 'issued' | 'payload'>): Promise<Speaker> {
    const { kind, author, issued } = statement;
    // A new account's key is nobody's yet.
    if (author.type !== 'person' || kind === ACCOUNTS_CREATE) return { account: undefined, standing: 'unknown' };
    const recovering = recoveredAccount(statement);
    const [bytes] = recovering === undefined ? await this.modules.store.states([personKey(author.key)]) : [];
    const row = bytes === undefined ? undefined : decodeKeyRow(bytes);
    const account = recovering ?? row?.account;
    const view = account && (await this.account(account));
    if (view === undefined) return { account: undefined, standing: 'unknown' };
    if (view.suspended) return { account, standing: 'suspended' };
    if (row === undefined) {
      const speaks = [view.recoveryKey, view.recovery?.key].some((key) => key && equalBytes(key, author.key));
      return speaks ? { account, standing: 'good' } : { account: undefined, standing: 'unknown' };
    }
    const status = view.keys.find((known) => equalBytes(known.key, author.key))?.status ?? 'compromised';
    // Until the block says when the grace of a key begins that is just being rotated, it is as it was.
    const good = status !== 'compromised' && isGoodKey(row, issued, this.modules.clock.now());
    return { account, standing: good ? 'good' : 'ended' };
  }

  /** What a signed `accounts.create` makes. Throws AccountError `account.bad-statement`. */
  async checkCreate(bytes: Uint8Array): Promise<NewStatement & { readonly account: Uint8Array }> {
    let statement: Statement;
    try {
      statement = decodeStatement(bytes);
    } catch (error) {
      if (codeOf(error)?.startsWith('codec.') !== true) throw error;
      throw new AccountError({ code: 'account.bad-statement' });
    }
    const { author, signature, payload } = statement;
    const given = decodePayload(payload, readCreate);
    const id = statementId(this.options.genesisId, statement);
    const good =
      statement.kind === ACCOUNTS_CREATE &&
      statement.version === 1 &&
      author.type === 'person' &&
      signature !== undefined &&
      statement.attachment === undefined &&
      given !== undefined &&
      equalBytes(statement.object, objectId(ACCOUNTS_CREATE, author, given.salt)) &&
      (await verifyEd25519(author.key, id, signature));
    if (!good) throw new AccountError({ code: 'account.bad-statement' });
    return { id, statement: bytes, attachment: undefined, role: 'node', account: statement.object };
  }

  /** Sends a signed `accounts.create`. Throws AccountError `account.bad-statement`, OutboxError. */
  async create(bytes: Uint8Array): Promise<OutboxRecord> {
    const { account: _, ...made } = await this.checkCreate(bytes);
    return this.submit(made);
  }

  /**
   * Gives a role at this clinic until `end` (ms), or ends it when that has passed. Throws AccountError, OutboxError,
   * `clinic.not-a-member`.
   */
  async setRole(account: Uint8Array, role: Role, end: number): Promise<OutboxRecord> {
    const { store, author } = this.modules;
    const { clinic } = this.options;
    const [holder, bytes] = await store.states([accountKey(account), roleKey(account, clinic, roleByte(role))]);
    const object = roleObject(account, clinic, role);
    const row = bytes === undefined ? undefined : decodeRoleRow(bytes);
    const version = Math.max(row?.version ?? 0, this.madeVersion(object));
    if (holder === undefined && this.madeVersion(account) === 0) throw new AccountError({ code: 'account.unknown' });
    const payload = encodeSetRole({ account, role, end });
    if (end <= this.modules.clock.now()) {
      if (version === 0) throw new AccountError({ code: 'account.no-such-role' });
      return this.submit(author.make({ kind: ACCOUNTS_SET_ROLE, object, version, payload }));
    }
    const suspended = holder !== undefined && isSuspended(decodeAccountRow(holder), this.ends.ofAccount(account));
    if (suspended) throw new AccountError({ code: 'account.suspended' });
    return this.submit(author.make({ kind: ACCOUNTS_SET_ROLE, object, version: version + 1, payload }));
  }

  /** Puts a person out at every clinic, from now on and for good. Throws AccountError, OutboxError. */
  async suspend(account: Uint8Array): Promise<OutboxRecord> {
    const [bytes] = await this.modules.store.states([accountKey(account)]);
    if (bytes === undefined && this.madeVersion(account) === 0) throw new AccountError({ code: 'account.unknown' });
    const row = bytes === undefined ? undefined : decodeAccountRow(bytes);
    if (row !== undefined && row.organisation !== this.options.organisation) {
      throw new AccountError({ code: 'account.other-organisation', organisation: row.organisation });
    }
    const version = row?.version ?? 1;
    const payload = new Uint8Array(0);
    return this.submit(this.modules.author.make({ kind: ACCOUNTS_SUSPEND, object: account, version, payload }));
  }

  /** Called once for each end, at receipt where it comes before its block. Returns the unsubscriber. */
  onEnded(listener: (ended: AccountEnded) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Called when a block begins a recovery: again for each block that does, after others took its place. */
  onRecoveryStarted(listener: (started: RecoveryStarted) => void): () => void {
    this.recoveryListeners.add(listener);
    return () => this.recoveryListeners.delete(listener);
  }

  /** A transaction that is valid by its signatures: what it takes away is taken at once. */
  async onReceived({ sealed }: Received): Promise<void> {
    const { statements, sender: key } = sealed.transaction;
    const sender = this.modules.members.current.sender(key);
    if (sender === undefined) return;
    const { clinic, organisation } = sender;
    for (const [index, statement] of statements.entries()) {
      if (!isOfFamily(statement.kind, 'accounts')) continue;
      await this.take({ id: sealed.statementIds[index], statement, clinic, organisation });
    }
  }

  /** A statement that this node acknowledged; its transaction may go out much later. */
  async onSubmitted({ id, statement }: Pick<NewStatement, 'id' | 'statement'>): Promise<void> {
    if (isOfAccounts(statement)) await this.takeOwn(id, decodeStatement(statement));
  }

  /** Follows the main chain: what a block decided is said by the state from now on. */
  follow(change: TipChange): void {
    for (const { entry, results, families, events } of change.connected) {
      const before = new Set<string>();
      for (const { statements } of results) {
        for (const { id } of statements) {
          const name = toHex(id);
          if (this.told.has(name)) before.add(name);
          this.forget(name);
        }
      }
      if (!families.includes('accounts')) continue;
      for (const event of events) {
        if (event.family === 'accounts' && !before.has(toHex(event.statement)))
          this.tellEvent(event, entry.header.timestamp);
      }
    }
  }

  /** A transaction left the mempool without a block: what is not ours to send again has no effect any more. */
  onRemoved({ sealed }: PoolEntry, reason: RemovalReason): void {
    if (reason === 'included') return;
    for (const id of sealed.statementIds) {
      const record = this.modules.outbox.get(id);
      if (record === undefined || record.state === 'done') this.forget(toHex(id));
    }
  }

  private async submit(made: NewStatement): Promise<OutboxRecord> {
    const [record] = await this.modules.outbox.submit([made]);
    await this.onSubmitted(made);
    return record;
  }

  private async takeOwn(id: Uint8Array, statement: Statement): Promise<void> {
    const record = this.modules.outbox.get(id);
    if (record?.state === 'done') return;
    this.noteMade(toHex(id), statement);
    await this.take({ id, statement, clinic: this.options.clinic, organisation: this.options.organisation });
  }

  /** Its block may also have been undone: then the statement is about to come again. */
  private followOwn({ id, state, statement }: OutboxRecord): void {
    const name = toHex(id);
    if (state === 'done') this.made.delete(name);
    else if (isOfAccounts(statement) && !this.made.has(name)) this.noteMade(name, decodeStatement(statement));
  }

  private noteMade(id: string, { kind, object, version }: Statement): void {
    if (kind === ACCOUNTS_CREATE || kind === ACCOUNTS_SET_ROLE) this.made.set(id, { object: toHex(object), version });
  }

  private async take(received: ReceivedStatement): Promise<void> {
    const end = endOf(received);
    if (end === undefined || this.ends.has(end.end.id)) return;
    if (!this.ends.add(end)) {
      this.modules.logger.warn({ clinic: received.clinic }, 'too many ends of accounts wait: blocks decide alone');
      return;
    }
    const account = await this.bitten(end);
    // A block may have come meanwhile, and said it.
    if (account === undefined || !this.ends.has(end.end.id) || this.told.has(end.end.id)) return;
    this.told.add(end.end.id);
    if (end.end.what !== 'recovery') this.tell({ account, what: end.end.what });
  }

  /** The account from which this takes something that it has now. */
  private async bitten({ subject, end }: NewEnd): Promise<Uint8Array | undefined> {
    const { store, clock } = this.modules;
    if (end.what === 'suspended') return (await this.account(subject))?.suspensionPending ? subject : undefined;
    if (end.what === 'role') {
      const [bytes] = await store.states([roleKey(subject, end.clinic, roleByte(end.role))]);
      if (bytes === undefined) return undefined;
      const row = decodeRoleRow(bytes);
      const now = clock.now();
      const over = row.end > now && roleEnd(row, end.clinic, end.role, [end]) <= now;
      return over ? subject : undefined;
    }
    if (end.what === 'recovery') return undefined;
    const [bytes] = await store.states([personKey(subject)]);
    if (bytes === undefined) return undefined;
    const row = decodeKeyRow(bytes);
    const view = await this.account(row.account);
    const key = view?.keys.find((known) => equalBytes(known.key, subject));
    return key !== undefined && key.status !== row.status ? row.account : undefined;
  }

  private tellEvent({ type, data, statement }: LedgerEvent, at: number): void {
    const account = fromHex(String(data.account));
    if (type === 'suspended') this.tell({ account, what: 'suspended' });
    else if (type === 'key-revoked') this.tell({ account, what: 'key' });
    else if (type === 'recovered') this.tell({ account, what: 'recovered' });
    else if (type === 'role-set' && Number(data.end) <= this.modules.clock.now()) this.tell({ account, what: 'role' });
    else if (type === 'recovery-started') {
      const started = { account, statement, at, readyAt: Number(data.readyAt) };
      for (const listener of this.recoveryListeners) listener(started);
    }
  }

  private tell(ended: AccountEnded): void {
    for (const listener of this.listeners) listener(ended);
  }

  private forget(id: string): void {
    this.ends.remove(id);
    this.told.delete(id);
  }

  /** The highest version of an object that waiting statements of this clinic make; 0 when none does. */
  private madeVersion(object: Uint8Array): number {
    const name = toHex(object);
    let version = 0;
    for (const made of this.made.values()) if (made.object === name) version = Math.max(version, made.version);
    return version;
  }
}

/** The account that a statement by a recovery key, or by a device that is no device yet, is about. */
function recoveredAccount({ kind, payload }: Pick<Statement, 'kind' | 'payload'>): Uint8Array | undefined {
  if (kind === ACCOUNTS_RECOVER_START) return decodePayload(payload, readRecoverStart)?.account;
  return kind === ACCOUNTS_RECOVER_FINISH ? decodePayload(payload, readRecoverFinish) : undefined;
}

/** By the kind, with which an encoded statement begins. */
function isOfAccounts(statement: Uint8Array): boolean {
  return statement[0] === FAMILIES.accounts;
}
