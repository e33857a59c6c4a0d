// A ledger over a Map with four clinics of three organisations (1 and 2 belong to 1, 3 to 2, 4 to 3), for tests.
// Signatures of transactions and statements are not looked at by execution, so they are filler here.
import { createHash } from 'node:crypto';
import { signEd25519, signingKeyPair } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../../common/bytes.ts';
import type { Header } from '../../../consensus/chain/types.ts';
import { KNOWN_FEATURES } from '../../../consensus/features.ts';
import { type FounderClinic, type Genesis, genesisId } from '../../../consensus/genesis.ts';
import {
  encodeAddKey,
  encodeCreate,
  encodeRevokeKey,
  encodeSetRole,
  keyObject,
  keyPossessionMessage,
  type RevokeReason,
  type Role,
  roleObject,
} from '../../../consensus/ledger/accounts/types.ts';
import { nextSequence } from '../../../consensus/ledger/check-transactions.ts';
import type { LedgerRules } from '../../../consensus/ledger/context.ts';
import { type Execution, executeBlock } from '../../../consensus/ledger/execute-block.ts';
import { genesisWrites } from '../../../consensus/ledger/genesis-state.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { NO_OBJECT, objectId } from '../../../consensus/ledger/objects.ts';
import { signTransaction } from '../../../consensus/ledger/transaction.ts';
import type {
  Author,
  Outcome,
  SealedTransaction,
  Statement,
  StateReader,
  StateWrite,
} from '../../../consensus/ledger/types.ts';
import { founders } from '../../../consensus/member-set.ts';
import { DEVELOPMENT, targetFor } from '../../../consensus/params.ts';

export const T = DEVELOPMENT.blockInterval;
export const START = 1_760_000_400_000;
const ORGANISATIONS = [1, 1, 2, 3];

/** 32 bytes that a name stands for. */
export function named(name: string, length = 32): Uint8Array {
  return new Uint8Array(createHash('sha256').update(name).digest()).subarray(0, length);
}

export const salt = (name: string): Uint8Array => named(`salt ${name}`, 16);

function clinic(number: number): FounderClinic {
  const key = (name: string) => named(`${name} ${number}`);
  return {
    number,
    organisation: ORGANISATIONS[number - 1],
    name: `Clinic ${number}`,
    governanceKey: key('governance'),
    nodeKey: key('node'),
    gatewayKey: key('gateway'),
    voteKey: key('vote'),
    encryptionKey: key('encryption'),
    addresses: [`/ip4/127.0.0.1/tcp/964${number}`],
    networks: [`192.0.2.${number}/32`],
  };
}

export const GENESIS: Genesis = {
  network: 'test',
  created: START,
  params: DEVELOPMENT,
  governance: 'clinic',
  country: 'US',
  idType: 'ssn',
  threatKeyHash: named('threat key'),
  identifierKey: named('identifier key'),
  organisations: [1, 2, 3].map((number) => ({ number, name: `Organisation ${number}` })),
  clinics: [1, 2, 3, 4].map(clinic),
};

export const RULES: LedgerRules = {
  genesis: GENESIS,
  genesisId: genesisId(GENESIS),
  params: GENESIS.params,
  members: founders(GENESIS),
  setsOf: (id) => (id === 0 ? founders(GENESIS) : undefined),
  features: KNOWN_FEATURES,
};

export class Rows implements StateReader {
  readonly rows = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(toHex(key));
  }

  write(writes: readonly StateWrite[]): void {
    for (const [key, value] of writes) {
      if (value === null) this.rows.delete(toHex(key));
      else this.rows.set(toHex(key), value);
    }
  }

  copy(): Rows {
    const other = new Rows();
    for (const [key, value] of this.rows) other.rows.set(key, value);
    return other;
  }
}

export interface Send {
  readonly clinic: number;
  readonly role?: 'node' | 'gateway';
  readonly statements: readonly Statement[];
  readonly sequence?: number;
  readonly validUntil?: number;
}

/** A chain of blocks that are executed one upon the other. */
export class TestLedger {
  state = new Rows();
  height = 0;
  time = START;
  recentSigners: number[] = [];
  /** Of the blocks to come. */
  target = targetFor(1n);
  rules = RULES;

  constructor() {
    this.state.write(genesisWrites(GENESIS));
  }

  header(signer = 1): Header {
    const zero = new Uint8Array(32);
    return {
      version: 1,
      height: this.height + 1,
      parent: zero,
      txRoot: zero,
      outcomeRoot: zero,
      stateRoot: zero,
      historyRoot: zero,
      memberSet: 0,
      signer,
      timestamp: this.time + T,
      target: this.target,
      extraNonce: 0n,
      nonce: 0n,
    };
  }

  seal(sends: readonly Send[]): SealedTransaction[] {
    const next = new Map<string, number>();
    return sends.map((send) => {
      const member = GENESIS.clinics[send.clinic - 1];
      const sender = send.role === 'gateway' ? member.gatewayKey : member.nodeKey;
      const name = toHex(sender);
      const sequence = send.sequence ?? next.get(name) ?? nextSequence(this.state, sender);
      next.set(name, sequence + 1);
      const validUntil = send.validUntil ?? this.height + 10;
      const unsigned = { sender, sequence, validUntil, statements: send.statements };
      return signTransaction(RULES.genesisId, unsigned, () => new Uint8Array(64));
    });
  }

  /** Executes without committing. */
  try(sends: readonly Send[], signer = 1): Execution {
    const recent = { recentSigners: this.recentSigners };
    const block = { header: this.header(signer), certificate: EMPTY_BYTES, transactions: this.seal(sends) };
    return executeBlock(this.rules, this.state, block, recent);
  }

  block(sends: readonly Send[], signer = 1): Execution {
    const execution = this.try(sends, signer);
    this.state.write(execution.writes);
    this.height += 1;
    this.time += T;
    this.recentSigners.unshift(signer);
    return execution;
  }

  /** One block with one statement. */
  apply(clinicNumber: number, statement: Statement, role: 'node' | 'gateway' = 'node'): Outcome {
    return this.block([{ clinic: clinicNumber, role, statements: [statement] }]).outcomes[0][0];
  }

  /** Lets time pass without blocks. */
  wait(ms: number): void {
    this.time += ms;
  }
}

export const byClinic = (number: number): Author => ({ type: 'clinic', clinic: number });

export interface Person {
  readonly seed: Uint8Array;
  readonly key: Uint8Array;
  readonly author: Author;
}

export function person(name: string): Person {
  const { seed, publicKey } = signingKeyPair(named(`person ${name}`));
  return { seed, key: publicKey, author: { type: 'person', key: publicKey } };
}

type Fields = Partial<Statement> & Pick<Statement, 'kind' | 'author'>;

export function statement(fields: Fields): Statement {
  const signature = fields.author.type === 'person' ? new Uint8Array(64) : undefined;
  const rest = { object: NO_OBJECT, version: 0, issued: START, payload: new Uint8Array(0), attachment: undefined };
  return { ...rest, signature, ...fields };
}

/** Id of the account that a person creates with the salt of `createAccount`. */
export function accountOf(owner: Person): Uint8Array {
  return objectId(kinds.ACCOUNTS_CREATE, owner.author, salt('account'));
}

export function createAccount(owner: Person, fields: Partial<Statement> = {}): Statement {
  const keys = { encryptionKey: named('x25519'), recoveryKey: undefined };
  const payload = encodeCreate({ salt: salt('account'), profile: named('profile'), ...keys });
  const object = accountOf(owner);
  return statement({ kind: kinds.ACCOUNTS_CREATE, author: owner.author, object, version: 1, payload, ...fields });
}

export function addKey(account: Uint8Array, by: Person, added: Person, fields: Partial<Statement> = {}): Statement {
  const proof = signEd25519(added.seed, keyPossessionMessage(RULES.genesisId, account, added.key));
  const payload = encodeAddKey({ key: added.key, encryptionKey: named('x25519 too'), proof });
  const object = keyObject(account, added.key);
  return statement({ kind: kinds.ACCOUNTS_ADD_KEY, author: by.author, object, version: 1, payload, ...fields });
}

export function revokeKey(
  account: Uint8Array,
  by: Person,
  key: Uint8Array,
  reason: RevokeReason,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeRevokeKey({ key, reason });
  const object = keyObject(account, key);
  return statement({ kind: kinds.ACCOUNTS_REVOKE_KEY, author: by.author, object, version: 1, payload, ...fields });
}

export function setRole(
  account: Uint8Array,
  by: number,
  role: Role,
  end: number,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeSetRole({ account, role, end });
  const object = roleObject(account, by, role);
  return statement({ kind: kinds.ACCOUNTS_SET_ROLE, author: byClinic(by), object, version: 1, payload, ...fields });
}

export function suspend(account: Uint8Array, by: number, fields: Partial<Statement> = {}): Statement {
  return statement({ kind: kinds.ACCOUNTS_SUSPEND, author: byClinic(by), object: account, version: 1, ...fields });
}
