// Shapes of what the ledger applies: statements, transactions, outcomes, events (PROTOCOL 4, 6). Owns no rule.

/** u16, never reused, in order of admission; founders are 1..n as genesis lists them. */
export type ClinicNumber = number;
export type OrganisationNumber = number;

/** 1 = clinic (the sending key vouches), 2 = person (an Ed25519 public key, 32 bytes). */
export type Author =
  | { readonly type: 'clinic'; readonly clinic: ClinicNumber }
  | { readonly type: 'person'; readonly key: Uint8Array };

/** One signed fact by one author (PROTOCOL 4.1). */
export interface Statement {
  /** family << 8 | action, see kinds.ts. */
  readonly kind: number;
  readonly author: Author;
  /** 32 bytes; zeros for lists. */
  readonly object: Uint8Array;
  /** u32: 1 creates, current + 1 changes, the version ended for statements that only take away, 0 for lists. */
  readonly version: number;
  /** ms since 1970. */
  readonly issued: number;
  readonly payload: Uint8Array;
  /** Commitment to the attachment, 32 bytes (PROTOCOL 4.6). */
  readonly attachment: Uint8Array | undefined;
  /** 64 bytes for a person, undefined for a clinic. Scheme 1, Ed25519. */
  readonly signature: Uint8Array | undefined;
}

/** An envelope in which a clinic sends statements (PROTOCOL 4.4). */
export interface Transaction {
  readonly version: number;
  /** Public key of a clinic, 32 bytes. */
  readonly sender: Uint8Array;
  /** Consecutive per sender, from 0. */
  readonly sequence: number;
  /** Last height whose block may hold it. */
  readonly validUntil: number;
  readonly statements: readonly Statement[];
  readonly signature: Uint8Array;
}

/** A transaction with its bytes and ids, computed once when it is decoded or signed. */
export interface SealedTransaction {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
  readonly witnessId: Uint8Array;
  /** One per statement, in order. */
  readonly statementIds: readonly Uint8Array[];
}

/** A deletable companion of a statement; always ciphertext (PROTOCOL 4.6). */
export interface Attachment {
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** At most 4 KiB. */
  readonly bytes: Uint8Array;
}

export type OutcomeStatus = 'applied' | 'already-applied' | 'known' | 'attached' | 'refused';

/** How a statement, or one entry of a list, ended. `code` is 0 unless refused (codes.ts). */
export interface EntryOutcome {
  readonly status: OutcomeStatus;
  readonly code: number;
}

export interface Outcome extends EntryOutcome {
  /** One per entry for lists, else empty. */
  readonly entries: readonly EntryOutcome[];
}

/** A raw state key (table byte and id, PROTOCOL 6.1) with its new value, or null when it is removed. */
export type StateWrite = readonly [key: Uint8Array, value: Uint8Array | null];

/** What every rule may ask of the state. Synchronous: execution runs beside its database. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/** What indexes, notifications and subscriptions are fed with; one stream per family. `data` is JSON-safe, bytes as hex. */
export interface LedgerEvent {
  readonly family: string;
  readonly type: string;
  /** Statement id, 32 bytes. */
  readonly statement: Uint8Array;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}
