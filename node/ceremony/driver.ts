// Makes this clinic's moves in the ceremonies that the chain shows: deals, asks for its shares, checks them, complains,
// answers, and says when it has its own. Everything that it must remember is in the keystore before it is said.
import { equalBytes } from '../../common/bytes.ts';
import {
  type Commitments,
  commitmentsOf,
  decodeCommitments,
  isShareOf,
  type Polynomial,
  shareFor,
} from '../../common/crypto/feldman.ts';
import { decodeScalar, elementOf, encodeScalar, publicOf, type Scalar } from '../../common/crypto/group.ts';
import { hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { proveKnowledge } from '../../common/crypto/schnorr.ts';
import { codeOf } from '../../common/errors.ts';
import { Serial } from '../../common/serial.ts';
import { PURPOSES, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import type { CeremonyPart, CeremonyRow } from '../../consensus/ledger/ceremony/rows.ts';
import { DEAL_BLOCKS, dealersOf, isRunning, mostComplaints, partOf } from '../../consensus/ledger/ceremony/run.ts';
import {
  ceremonyObject,
  commitContext,
  encodeAnswer,
  encodeCommit,
  encodeComplain,
  encodeResult,
  type Run,
} from '../../consensus/ledger/ceremony/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { seedsOf } from '../keystore/rotation.ts';
import { CeremonyRows } from './chain-rows.ts';
import type { ChainShares } from './chain-shares.ts';
import { dealingOf, heldOf, polynomialOf, scalarOf, shareFrom, withDealing, withShare } from './dealing.ts';
import type { CeremonyModules, CeremonyOptions } from './ports.ts';
import { CEREMONY, decodeShareRequest, encodeShareRequest, shareInfo } from './wire.ts';

/** For a dealer to answer. */
const SHARE_TIMEOUT_MS = 10_000;
const SEED_BYTES = 32;

/** What the dealers of one run gave this clinic so far. */
interface Collected {
  readonly run: Run;
  readonly shares: Map<ClinicNumber, Scalar>;
}

export class CeremonyDriver {
  private readonly options: CeremonyOptions;
  private readonly modules: CeremonyModules & { readonly shares: ChainShares };
  private readonly rows: CeremonyRows;
  private readonly serial = new Serial();
  private readonly abort = new AbortController();
  private readonly collected = new Map<Purpose, Collected>();
  private waiting = false;
  private warned: string | undefined;

  constructor(options: CeremonyOptions, modules: CeremonyModules & { readonly shares: ChainShares }) {
    this.options = options;
    this.modules = modules;
    this.rows = new CeremonyRows(modules.chain);
    modules.network.serve(CEREMONY, (from, request) => this.serve(from, request));
  }

  /** Whenever the chain moved. Resolves when this clinic has done what it can do now. */
  look(): Promise<void> {
    if (this.waiting || this.abort.signal.aborted) return this.serial.idle();
    this.waiting = true;
    return this.serial.run(async () => {
      this.waiting = false;
      await this.follow();
    });
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.serial.idle();
  }

  private async follow(): Promise<void> {
    const { shares, chain, logger } = this.modules;
    try {
      await shares.follow();
      await shares.tidy();
      // what an old state asks for was answered long ago
      if (chain.behind()) return;
      for (const purpose of PURPOSES) {
        const row = shares.ceremony(purpose);
        const part = row === undefined ? undefined : partOf(row, this.options.clinic);
        if (row === undefined || part === undefined || part.blame !== undefined || !isRunning(row)) continue;
        await this.move({ purpose, ceremony: row.ceremony, attempt: row.attempt }, row, part);
      }
    } catch (error) {
      if (!this.abort.signal.aborted) logger.error({ err: error }, 'a ceremony waits for this clinic');
    }
  }

  private async move(run: Run, row: CeremonyRow, part: CeremonyPart): Promise<void> {
    if (row.step === 'commit') {
      if (part.mayDeal && !part.committed) await this.commit(run, row);
      return;
    }
    if (part.deals && part.unanswered > 0) await this.answer(run, row);
    if (part.holds && !part.confirmed) await this.collect(run, row, part);
  }

  private async commit(run: Run, row: CeremonyRow): Promise<void> {
    const { keystore, randomBytes, chain } = this.modules;
    const { clinic, genesisId } = this.options;
    // PROTOCOL 7.13.8: another key gives every patient another identifier
    if (row.mode === 'generate' && run.purpose === 'identifier' && (await chain.hasPatients())) {
      return this.warn(run, 'takes no part: patients are registered under the identifier key that there is');
    }
    const seed = randomBytes(SEED_BYTES);
    await keystore.update((contents) => withDealing(contents, run, seed));
    const polynomial = this.polynomial(run, row);
    if (polynomial === undefined) return this.warn(run, 'takes no part: this clinic holds no share to deal');
    const commitments = commitmentsOf(polynomial);
    const [secret] = polynomial;
    const proof = proveKnowledge(secret, elementOf(publicOf(secret)), commitContext(genesisId, run, clinic));
    const payload = encodeCommit({ ...run, proof, commitments: commitments.map(({ bytes }) => bytes) });
    await this.say(kinds.CEREMONY_COMMIT, run, payload);
  }

  /** Complaints that this clinic dealt somebody nothing good: what it dealt, for all to see. */
  private async answer(run: Run, row: CeremonyRow): Promise<void> {
    const polynomial = this.polynomial(run, row);
    if (polynomial === undefined) return;
    for (const { clinic: holder, waiting } of row.parts) {
      const complaint = waiting > 0 ? await this.rows.complaint(run.ceremony, holder, this.options.clinic) : undefined;
      if (complaint === undefined || complaint.share !== undefined) continue;
      const share = encodeScalar(shareFor(polynomial, holder));
      await this.say(kinds.CEREMONY_ANSWER, run, encodeAnswer({ ...run, holder, share }), holder);
    }
  }

  private async collect(run: Run, row: CeremonyRow, part: CeremonyPart): Promise<void> {
    const { keystore, logger } = this.modules;
    if (heldOf(keystore.contents, run) === undefined) {
      const { shares } = this.collectedOf(run);
      await Promise.all(dealersOf(row).map((dealer) => this.take(run, row, part, dealer, shares)));
      if (dealersOf(row).some((dealer) => !shares.has(dealer))) return;
      const secret = encodeScalar(shareFrom(row.mode, shares));
      const { generation } = row;
      await keystore.update((contents) => withShare(contents, { ...run, generation, secret }));
      logger.info({ purpose: run.purpose, generation }, 'this clinic has its share');
    }
    // an answer to its complaint may be on its way
    if (part.waiting === 0) await this.say(kinds.CEREMONY_RESULT, run, encodeResult(run));
  }

  private async take(
    run: Run,
    row: CeremonyRow,
    part: CeremonyPart,
    dealer: ClinicNumber,
    shares: Map<ClinicNumber, Scalar>,
  ): Promise<void> {
    if (shares.has(dealer)) return;
    const { clinic } = this.options;
    if (dealer === clinic) {
      const polynomial = this.polynomial(run, row);
      if (polynomial !== undefined) shares.set(dealer, shareFor(polynomial, clinic));
      return;
    }
    const complaint = part.complaints > 0 ? await this.rows.complaint(run.ceremony, clinic, dealer) : undefined;
    if (complaint !== undefined) {
      if (complaint.share !== undefined) shares.set(dealer, decodeScalar(complaint.share));
      return;
    }
    const commit = await this.rows.commit(run.ceremony, dealer);
    if (commit === undefined) return;
    const given = await this.ask(run, dealer, decodeCommitments(commit.commitments));
    if (typeof given === 'bigint') shares.set(dealer, given);
    else await this.complain(run, row, part, dealer, given);
  }

  /** The share, or what is wrong. */
  private async ask(run: Run, dealer: ClinicNumber, commitments: Commitments): Promise<Scalar | 'wrong' | 'none'> {
    const { network, chain, keystore, logger } = this.modules;
    const { clinic, genesisId } = this.options;
    const member = chain.members().clinic(dealer);
    if (member === undefined) return 'none';
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(SHARE_TIMEOUT_MS)]);
    let sealed: Uint8Array | undefined;
    try {
      const peerId = peerIdOf(member.nodeKey);
      for await (const chunk of network.request(peerId, CEREMONY.protocol, encodeShareRequest(run), signal)) {
        sealed = chunk;
      }
    } catch (error) {
      logger.debug({ clinic: dealer, code: codeOf(error) }, 'no share from this dealer yet');
    }
    if (sealed === undefined) return 'none';
    const info = shareInfo(genesisId, run, dealer, clinic);
    for (const secret of seedsOf(keystore.contents, 'encryption')) {
      try {
        const share = decodeScalar(await hpkeOpen(secret, info, sealed));
        return isShareOf(commitments, clinic, share) ? share : 'wrong';
      } catch (error) {
        logger.debug({ clinic: dealer, code: codeOf(error) }, 'a share does not open');
      }
    }
    return 'wrong';
  }

  /** At once over a wrong share; over none when half of the time to deal is over. Never so often that it is left out itself. */
  private async complain(
    run: Run,
    row: CeremonyRow,
    part: CeremonyPart,
    dealer: ClinicNumber,
    problem: 'wrong' | 'none',
  ): Promise<void> {
    const { chain, logger } = this.modules;
    const early = problem === 'none' && chain.position().height < row.since + DEAL_BLOCKS / 2;
    if (row.step !== 'deal' || early || part.complaints >= mostComplaints(row, dealersOf(row).length - 1)) return;
    logger.warn({ purpose: run.purpose, clinic: dealer, problem }, 'complains of a dealer');
    await this.say(kinds.CEREMONY_COMPLAIN, run, encodeComplain({ ...run, dealer }), dealer);
  }

  /** What was dealt to the clinic that asks, sealed to its encryption key; to nobody else. */
  private async *serve(from: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const { chain } = this.modules;
    const { clinic, genesisId } = this.options;
    const run = decodeShareRequest(request);
    const holder = chain.members().clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    const row = await this.rows.ceremony(run.purpose);
    if (holder === undefined || row === undefined || !this.isDealing(row, run)) throw unavailable();
    const part = partOf(row, holder.number);
    const polynomial = this.polynomial(run, row);
    if (part === undefined || !part.holds || polynomial === undefined) throw unavailable();
    const share = encodeScalar(shareFor(polynomial, holder.number));
    yield await hpkeSeal(holder.encryptionKey, shareInfo(genesisId, run, clinic, holder.number), share);
  }

  private isDealing(row: CeremonyRow, { ceremony, attempt }: Run): boolean {
    const isOpen = row.step === 'deal' || row.step === 'answer';
    const same = row.attempt === attempt && equalBytes(row.ceremony, ceremony);
    return isOpen && same && partOf(row, this.options.clinic)?.deals === true;
  }

  /** Undefined where this clinic deals nothing in the run. */
  private polynomial(run: Run, { mode, generation, threshold }: CeremonyRow): Polynomial | undefined {
    const { keystore, shares } = this.modules;
    const dealing = dealingOf(keystore.contents, run);
    const base = mode === 'reshare' ? scalarOf(shares.own(run.purpose, generation - 1)) : undefined;
    if (dealing === undefined || (mode === 'reshare' && base === undefined)) return undefined;
    return polynomialOf(dealing, threshold, base);
  }

  private collectedOf(run: Run): Collected {
    const known = this.collected.get(run.purpose);
    if (known !== undefined && known.run.attempt === run.attempt && equalBytes(known.run.ceremony, run.ceremony)) {
      return known;
    }
    const fresh = { run, shares: new Map<ClinicNumber, Scalar>() };
    this.collected.set(run.purpose, fresh);
    return fresh;
  }

  private say(kind: number, run: Run, payload: Uint8Array, other?: ClinicNumber): Promise<void> {
    const object = ceremonyObject(kind, run, this.options.clinic, other);
    return this.modules.say({ kind, object, version: 1, payload });
  }

  /** Once for each run. */
  private warn({ purpose, ceremony, attempt }: Run, message: string): void {
    const name = `${purpose} ${attempt} ${ceremony.join()}`;
    if (this.warned === name) return;
    this.warned = name;
    this.modules.logger.warn({ purpose, attempt }, message);
  }
}

function unavailable(): ProtocolError {
  return new ProtocolError({ code: 'p2p.unavailable', reason: 'ceremony' });
}
