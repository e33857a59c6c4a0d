// The record of a person of one organisation: parts that are written apart, each with a stamp, and merged apart, so that a
// password changed at one clinic does not bring back the passkey that was removed at another.
// Owns no rule: merge.ts merges, part-codec.ts reads, user-names.ts names.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { KdfParams } from '../vault/kdf.ts';
import type { Stamp } from './stamps.ts';

/** 16 random bytes in lower-case hex. */
export type UserId = string;

/** Name of a second way in or factor: `t`, `c` or `p`, a dash, time and randomness in hex. Later ones sort after earlier. */
export type FactorId = string;

/** What stays the same for as long as the record exists. */
export interface PersonPart {
  /** As user-names.ts folds it. */
  readonly name: string;
  /** Account on chain, 32 bytes in hex; null for a person who signs nothing. */
  readonly account: string | null;
  readonly kind: 'staff' | 'patient';
  /** Clinic where the person registered. */
  readonly clinic: number;
  /** ms since 1970. Of two persons with one name the earlier keeps it (user-names.ts). */
  readonly made: number;
}

export type UserState = 'waiting' | 'active' | 'suspended' | 'refused';

export interface StatePart {
  readonly state: UserState;
  /** Roles asked for when registering; what is in force stands on chain. */
  readonly asked: readonly Role[];
  readonly since: number;
  /** Who decided; null for the person or the clinic itself. */
  readonly by: UserId | null;
  readonly reason: string;
}

export interface ScryptVerifier {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** 16 bytes in hex; ours, not the browser's. */
  readonly salt: string;
  /** 32 bytes in hex. */
  readonly hash: string;
}

export interface PasswordPart {
  /** The browser's salt, 16 bytes in hex. */
  readonly salt: string;
  readonly kdf: KdfParams;
  readonly verifier: ScryptVerifier;
  readonly changed: number;
}

export interface TotpPart {
  readonly id: FactorId;
  /** As secret-box.ts seals it, hex. */
  readonly secret: string;
  readonly confirmed: number;
}

export interface RecoveryCodesPart {
  readonly id: FactorId;
  /** 32 bytes in hex each, in the order in which they were shown. */
  readonly hashes: readonly string[];
  readonly made: number;
}

export interface PasskeyPart {
  readonly id: FactorId;
  /** Base64url, at most 1023 bytes. */
  readonly credential: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  /** Signature counter at registration; later ones are uses. */
  readonly counter: number;
  readonly transports: readonly string[];
  /** Host name that it belongs to. */
  readonly rpId: string;
  /** What the person calls it. */
  readonly label: string;
  /** Whether its PRF extension can open the vault. */
  readonly prf: boolean;
  /** Whether it may be copied to other devices of the person. */
  readonly synced: boolean;
  readonly made: number;
}

export interface WalletPart {
  /** 20 bytes in lower-case hex after 0x. */
  readonly address: string;
  readonly linked: number;
}

export interface VaultPart {
  readonly version: number;
  /** Opaque; the browser's. */
  readonly vault: string;
  /** As it was before its last changes, for who finds it spoilt. */
  readonly before?: EarlierVault;
}

export interface EarlierVault {
  readonly version: number;
  readonly vault: string;
  /** ms since 1970: when another took its place. */
  readonly replaced: number;
}

export interface Profile {
  readonly displayName: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly title?: string;
  /** YYYY-MM-DD. */
  readonly birthDate?: string;
  readonly email?: string;
  readonly phone?: string;
  /** BCP 47. */
  readonly language: string;
}

export interface PhotoPart {
  /** Media type. */
  readonly type: string;
  /** Base64. */
  readonly bytes: string;
}

/** Mail preferences by kind of notice. */
export interface PreferencesPart {
  readonly mail: Readonly<Record<string, boolean>>;
}

export interface ApprovalPart {
  /** `role`: nothing waits; it is kept why an administrator gave or ended one. */
  readonly kind: 'registration' | 'profile' | 'photo' | 'role';
  readonly made: number;
  readonly change: readonly { readonly field: string; readonly from: string; readonly to: string }[];
  /** What takes force when it is approved: JSON of the value of the part that it changes. */
  readonly proposal: string;
  readonly decision: {
    readonly outcome: 'approved' | 'refused' | 'withdrawn';
    readonly by: UserId | null;
    readonly at: number;
    readonly reason: string;
  } | null;
}

/** Who holds which share of the way back to this person's vault (identity/vault/recovery-guardians.ts). Hex. */
export interface RecoveryPart {
  readonly version: number;
  readonly threshold: number;
  readonly commitment: string;
  /** SHA-256 of what only who joined the shares can show. */
  readonly proof: string;
  readonly made: number;
  /** Holders 1, 2, ...: account, the X25519 key that the share is sealed to, hash of the share. */
  readonly guardians: readonly {
    readonly account: string;
    readonly key: string;
    readonly hash: string;
    readonly sealed: string;
  }[];
}

/** Somebody asks for the shares, to be let in as this person. Hex. */
export interface RecoveryRequestPart {
  readonly id: string;
  /** X25519: what is released is sealed to it. */
  readonly key: string;
  /** SHA-256 of what the asker is known by. */
  readonly token: string;
  /** Of the shares that are asked for. */
  readonly version: number;
  readonly began: number;
  readonly state: 'waiting' | 'stopped' | 'refused' | 'renewed' | 'finished';
  /** Who ended it; null for the asker, and where the chain said first that its owner is suspended. */
  readonly by: UserId | null;
  readonly at: number;
}

/** One holder's share, for who asks. Hex. */
export interface ReleasePart {
  readonly request: string;
  readonly sealed: string;
  readonly at: number;
}

/** How far one factor was used. `mark`: last TOTP step, or used recovery codes as bits, or the passkey's counter. */
export interface FactorUse {
  readonly mark: number;
  /** ms since 1970; the last time. */
  readonly at: number;
}

/** Grow-only. */
export type UsesPart = Readonly<Record<FactorId, FactorUse>>;

export interface PartValues {
  person: PersonPart;
  state: StatePart;
  password: PasswordPart;
  totp: TotpPart;
  codes: RecoveryCodesPart;
  vault: VaultPart;
  profile: Profile;
  preferences: PreferencesPart;
  photo: PhotoPart;
  uses: UsesPart;
  recovery: RecoveryPart;
  'recovery-request': RecoveryRequestPart;
}

/** Parts of which a person has several. */
export interface ManyPartValues {
  passkey: PasskeyPart;
  wallet: WalletPart;
  approval: ApprovalPart;
  release: ReleasePart;
}

export type SinglePartName = keyof PartValues;
export type ManyPartKind = keyof ManyPartValues;
/** `passkey/<factor id>`, `wallet/<address>`, `approval/<16 B hex>`, `release/<1 to 7>`. */
export type PartName = SinglePartName | `${ManyPartKind}/${string}`;

export type PartValue<N extends PartName> = N extends SinglePartName
  ? PartValues[N]
  : N extends `${infer K extends ManyPartKind}/${string}`
    ? ManyPartValues[K]
    : never;

/** What is stored and sent: one part as some clinic wrote it. */
export interface Part<N extends PartName = PartName> {
  readonly user: UserId;
  readonly name: N;
  readonly stamp: Stamp;
  /** Null: removed. It stays as null, or an older copy elsewhere would bring it back. */
  readonly value: PartValue<N> | null;
}
