// What people need of the rest of the node: accounts on the chain, and mail.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import type { Mailer } from '../mail/mailer.ts';

export interface RoleAt {
  readonly clinic: number;
  readonly role: Role;
  /** ms. */
  readonly end: number;
}

/** Accounts as the chain has them, less what was received and takes away (node/accounts). */
export interface ChainAccounts {
  view(account: string): Promise<ChainAccount | undefined>;
  /** Live roles at every clinic. */
  roles(account: string): Promise<readonly RoleAt[]>;
  /** The account that a signed accounts.create makes. Throws AccountError `account.bad-statement`. */
  created(statement: Uint8Array): Promise<{ readonly account: string; readonly recoveryKey: string | null }>;
  /** Sends a signed statement of a person; resolves when it is on the disk. */
  submit(statement: Uint8Array): Promise<StatementState>;
  /** By this clinic; `end` ms. */
  setRole(account: string, role: Role, end: number): Promise<StatementState>;
  suspend(account: string): Promise<StatementState>;
  /** Something of an account ended, from receipt on. */
  onEnded(listener: (ended: { readonly account: string; readonly what: string }) => void): () => void;
  /** A block begins a recovery; once more when it comes again in another block. */
  onRecoveryStarted(listener: (started: RecoveryStarted) => void): () => void;
}

export interface RecoveryStarted {
  readonly account: string;
  /** Id of the statement that asked for it. */
  readonly statement: string;
  readonly at: number;
  /** From when the new device counts, unless somebody stops it; ms. */
  readonly readyAt: number;
}

export interface ChainAccount {
  readonly organisation: number;
  readonly suspended: boolean;
  readonly recovery: boolean;
  /** In the order of their coming. */
  readonly keys: readonly {
    readonly key: string;
    /** X25519. */
    readonly encryptionKey: string;
    readonly status: 'live' | 'rotated' | 'compromised';
  }[];
}

export type { Mailer };
