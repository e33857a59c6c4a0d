// Protocol constants (PROTOCOL 1.4, 4, 5). Local limits live beside their modules; docs/LIMITS.md lists both.

export const HASH_BYTES = 32;
export const SIGNATURE_BYTES = 64;

export const MAX_STATEMENTS = 64;
export const MAX_TRANSACTION_BYTES = 24 * 1024;
export const MAX_PAYLOAD_BYTES = 16 * 1024;
export const MAX_ATTACHMENT_BYTES = 4096;
export const MAX_ATTACHMENTS_BYTES = 64 * 1024;
export const MAX_VALID_BLOCKS = 2880;
/** Device keys that an account keeps; ended ones make room. */
export const MAX_ACCOUNT_KEYS = 32;
/** Subjects that one erasure or one hold names. */
export const MAX_SUBJECTS = 64;
/** Access events under one anchor. */
export const MAX_ANCHORED_EVENTS = 65_536;

export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;
export const MAX_BLOCK_TRANSACTIONS = 8192;

/**
 * Work in a block, in units of 10 microseconds of one core (measured: verify 93 us, torsion check 0.8 ms, an entry of a
 * list with its two rows in the state tree 60 to 100 us). A full block costs at most two seconds.
 */
export const MAX_BLOCK_UNITS = 200_000;
export const UNITS_VERIFY = 10;
export const UNITS_TORSION = 80;
export const UNITS_ENTRY = 8;
/** A point of ristretto255 that is decoded, and weighed again when a key is made of it; a proof or share that is checked. */
export const UNITS_POINT = 60;
export const UNITS_GROUP_PROOF = 150;

/** One clinic gets at most this part of a full block while three or more clinics signed lately. */
export const SHARE_DIVISOR = 3;
export const SHARE_MIN_SIGNERS = 3;
/** "Lately" is this many blocks per member. */
export const RECENT_BLOCKS_PER_MEMBER = 3;

/** A checkpoint is every block whose height is a multiple of this (PROTOCOL 5.13). */
export const EPOCH_BLOCKS = 4;
