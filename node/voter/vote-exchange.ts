// Votes on the network: gossip of new ones, and requests for those of one clinic or for the recent ones (PROTOCOL 8.16).
import { CodedError, codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Vote } from '../../consensus/chain/finality/types.ts';
import { decodeVote, encodeVote } from '../../consensus/chain/finality/vote.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network, Verdict } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { Finality, VoteVerdict } from './finality.ts';
import {
  decodeVoteChunk,
  decodeVotesRequest,
  encodeVoteChunks,
  encodeVotesRequest,
  VOTE_TOPIC,
  VOTES,
} from './wire.ts';

/** What a clinic says that lost its vote file. */
export const FORGOTTEN = 'votes.forgotten';

const REQUEST_MS = 10_000;
/** A clinic has two votes an epoch in a pool at most; whoever answers with more makes work. */
const MAX_ANSWERED_VOTES = 32_768;

const VERDICTS: Readonly<Record<Exclude<VoteVerdict, 'bad-signature'>, Verdict>> = {
  new: 'accept',
  known: 'ignore',
  unknown: 'ignore',
};

export interface VoteExchangeModules {
  readonly network: Network;
  readonly finality: Finality;
  readonly logger: Logger;
  /** The clinic behind a peer, when it is a member. */
  clinicOf(peerId: string): ClinicNumber | undefined;
  /** Whether this clinic knows what it voted: what one that lost its memory does not show says nothing. */
  remembers(): boolean;
  blame(peerId: string, error: unknown): void;
}

/** A vote that its clinic never signed. */
export class VoteError extends CodedError<{ code: 'vote.signature'; clinic: ClinicNumber }> {}

export class VoteExchange {
  private readonly modules: VoteExchangeModules;
  private readonly abort = new AbortController();

  constructor(modules: VoteExchangeModules) {
    this.modules = modules;
  }

  /** Before the network starts. */
  subscribe(): void {
    const { network } = this.modules;
    network.subscribe(VOTE_TOPIC, (from, data) => this.receive(from, data));
    network.serve(VOTES, (from, request) => this.answer(from, request));
  }

  stop(): void {
    this.abort.abort();
  }

  announce(vote: Vote): void {
    this.modules.network.publish(VOTE_TOPIC.topic, encodeVote(vote)).catch((error) => {
      this.modules.logger.warn({ code: codeOf(error) }, 'vote not announced');
    });
  }

  /** Votes that this clinic signed, as a peer shows them: not verified. Throws when the peer gives no full answer. */
  own(peerId: string): Promise<Vote[]> {
    return this.ask(peerId, 'own');
  }

  /** Takes what a peer knows of the epochs that are not final. */
  async fetchRecent(peerId: string): Promise<void> {
    for (const vote of await this.ask(peerId, 'recent')) {
      const verdict = await this.modules.finality.take(vote);
      if (verdict !== 'bad-signature') continue;
      // One is enough: each of them costs a verification.
      const error = new VoteError({ code: 'vote.signature', clinic: vote.clinic });
      this.modules.blame(peerId, error);
      throw error;
    }
  }

  private async ask(peerId: string, mode: 'own' | 'recent'): Promise<Vote[]> {
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_MS)]);
    const votes: Vote[] = [];
    const answer = this.modules.network.request(peerId, VOTES.protocol, encodeVotesRequest(mode), signal);
    for await (const chunk of answer) {
      votes.push(...decodeVoteChunk(chunk));
      if (votes.length > MAX_ANSWERED_VOTES) break;
    }
    return votes;
  }

  private async receive(from: string, data: Uint8Array): Promise<Verdict> {
    try {
      const vote = decodeVote(data);
      const verdict = await this.modules.finality.take(vote);
      if (verdict === 'bad-signature') throw new VoteError({ code: 'vote.signature', clinic: vote.clinic });
      return VERDICTS[verdict];
    } catch (error) {
      this.modules.blame(from, error);
      return 'reject';
    }
  }

  private async *answer(from: string, request: Uint8Array): AsyncIterable<Uint8Array> {
    const { finality, clinicOf, remembers } = this.modules;
    if (decodeVotesRequest(request) === 'recent') {
      yield* encodeVoteChunks(finality.pool.all());
      return;
    }
    if (!remembers()) throw new ProtocolError({ code: 'p2p.unavailable', reason: FORGOTTEN });
    const clinic = clinicOf(from);
    if (clinic !== undefined) yield* encodeVoteChunks(finality.pool.of(clinic));
  }
}
