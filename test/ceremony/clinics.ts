// Clinics that make keys together over a ledger in memory: what each deals, holds and says, as its node would.

import { commitmentsOf, newPolynomial, type Polynomial, shareFor } from '../../common/crypto/feldman.ts';
import {
  decodeScalar,
  elementOf,
  encodeScalar,
  lagrangeAtZero,
  publicOf,
  randomScalar,
  type Scalar,
} from '../../common/crypto/group.ts';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { proveKnowledge } from '../../common/crypto/schnorr.ts';
import type { Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import {
  type CeremonyRow,
  findCeremony,
  findGeneration,
  type GenerationRow,
} from '../../consensus/ledger/ceremony/rows.ts';
import { dealersOf, holdersOf } from '../../consensus/ledger/ceremony/run.ts';
import {
  type CeremonyMode,
  ceremonyObject,
  commitContext,
  encodeAnswer,
  encodeBegin,
  encodeCommit,
  encodeComplain,
  encodeResult,
  type Run,
} from '../../consensus/ledger/ceremony/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { byClinic, named, salt } from '../consensus/ledger/fixture.ts';
import { genesisOf, TestNetwork } from '../consensus/ledger/network.ts';

export const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
const identifier = oprfKeyPair(named('identifier'));
export const GENESIS_KEY: Scalar = decodeScalar(identifier.secretKey);

let salts = 0;

/** What every clinic of a network knows, in one object: a test plays them all. */
export class Ceremonies {
  readonly network: TestNetwork;
  readonly polynomials = new Map<number, Polynomial>();
  /** Shares of the newest generation, by clinic. */
  shares = new Map<number, Scalar>();
  readonly purpose: Purpose;

  constructor(organisations: readonly number[], purpose: Purpose = 'identifier') {
    this.network = new TestNetwork({ ...genesisOf(organisations), identifierKey: identifier.publicKey });
    this.purpose = purpose;
  }

  get row(): CeremonyRow {
    const row = findCeremony(this.network.state, this.purpose);
    if (row === undefined) throw new Error('no ceremony began');
    return row;
  }

  get run(): Run {
    const { ceremony, attempt } = this.row;
    return { purpose: this.purpose, ceremony, attempt };
  }

  generation(number: number): GenerationRow | undefined {
    return findGeneration(this.network.state, this.purpose, number);
  }

  begin(clinic: number, mode: CeremonyMode, generation: number): Statement {
    const name = salt(`ceremony ${salts++}`);
    const author = byClinic(clinic);
    const payload = encodeBegin({ salt: name, purpose: this.purpose, mode, generation });
    return this.network.dated({
      kind: kinds.CEREMONY_BEGIN,
      author,
      object: objectId(kinds.CEREMONY_BEGIN, author, name),
      version: 1,
      payload,
    });
  }

  /** Deals a secret: its share of a key that there is, else a new one. */
  commit(clinic: number, secret: Scalar = this.shares.get(clinic) ?? randomScalar()): Statement {
    const { run } = this;
    const polynomial = newPolynomial(secret, this.row.threshold);
    this.polynomials.set(clinic, polynomial);
    const commitments = commitmentsOf(polynomial);
    const proof = proveKnowledge(secret, elementOf(publicOf(secret)), commitContext(this.network.id, run, clinic));
    const payload = encodeCommit({ ...run, proof, commitments: commitments.map(({ bytes }) => bytes) });
    return this.say(kinds.CEREMONY_COMMIT, clinic, payload);
  }

  complain(clinic: number, dealer: number): Statement {
    return this.say(kinds.CEREMONY_COMPLAIN, clinic, encodeComplain({ ...this.run, dealer }), dealer);
  }

  answer(clinic: number, holder: number, share: Scalar = this.dealt(clinic, holder)): Statement {
    const payload = encodeAnswer({ ...this.run, holder, share: encodeScalar(share) });
    return this.say(kinds.CEREMONY_ANSWER, clinic, payload, holder);
  }

  result(clinic: number): Statement {
    return this.say(kinds.CEREMONY_RESULT, clinic, encodeResult(this.run));
  }

  dealt(dealer: number, holder: number): Scalar {
    return shareFor(this.polynomials.get(dealer)!, holder);
  }

  /** From the commitments to the end, with everybody honest; the shares are those of the new generation then. */
  finish(clinics: readonly number[] = this.network.members.clinics.map(({ number }) => number)): void {
    const { network } = this;
    if (this.row.step === 'commit') {
      const dealing = this.row.parts.filter(({ mayDeal, clinic }) => mayDeal && clinics.includes(clinic));
      network.block(dealing.map(({ clinic }) => this.commit(clinic)));
    }
    const holders = holdersOf(this.row).filter((clinic) => clinics.includes(clinic));
    const shares = new Map(holders.map((holder) => [holder, this.shareOf(holder)]));
    network.block(holders.map((clinic) => this.result(clinic)));
    this.shares = shares;
  }

  shareOf(holder: number): Scalar {
    const { mode } = this.row;
    const dealers = dealersOf(this.row);
    const weights = mode === 'generate' ? dealers.map(() => 1n) : lagrangeAtZero(dealers);
    return dealers.reduce((total, dealer, at) => (total + weights[at] * this.dealt(dealer, holder)) % ORDER, 0n);
  }

  private say(kind: number, clinic: number, payload: Uint8Array, other?: number): Statement {
    const object = ceremonyObject(kind, this.run, clinic, other);
    return this.network.dated({ kind, author: byClinic(clinic), object, version: 1, payload });
  }
}

/** The secret that shares make, by Lagrange. */
export function secretOf(shares: ReadonlyMap<number, Scalar>, clinics: readonly number[]): Scalar {
  const weights = lagrangeAtZero(clinics);
  return clinics.reduce((total, clinic, at) => (total + weights[at] * shares.get(clinic)!) % ORDER, 0n);
}
