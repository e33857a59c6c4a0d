// How votes travel (PROTOCOL 8.16): gossip of single votes, and a request for those of one clinic or for the recent ones.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { Vote } from '../../consensus/chain/finality/types.ts';
import { encodeVote, readVote, VOTE_BYTES } from '../../consensus/chain/finality/vote.ts';
import type { ProtocolOptions, TopicOptions } from '../../p2p/ports.ts';

/** In one chunk of an answer. */
export const MAX_VOTES_IN_CHUNK = 256;

export const VOTE_TOPIC: TopicOptions = {
  topic: '/wardmesh/vote/1',
  maxBytes: VOTE_BYTES,
  priority: 1,
  queue: 1024,
};

export const VOTES: ProtocolOptions = {
  protocol: '/wardmesh/votes/1',
  maxRequestBytes: 1,
  maxChunkBytes: 2 + MAX_VOTES_IN_CHUNK * VOTE_BYTES,
  maxChunks: 256,
  rate: 0.5,
  burst: 16,
};

/** Votes signed by the asker's clinic, or all that are not behind what is final. */
export type VotesMode = 'own' | 'recent';

const MODES: readonly VotesMode[] = ['own', 'recent'];

export function encodeVotesRequest(mode: VotesMode): Uint8Array {
  return Uint8Array.of(1 + MODES.indexOf(mode));
}

export function decodeVotesRequest(bytes: Uint8Array): VotesMode {
  const input = new Reader(bytes);
  const mode = MODES[input.u8() - 1];
  if (mode === undefined) throw new CodecError({ code: 'codec.value', field: 'votes mode' });
  input.end();
  return mode;
}

/** `count u16 | votes`, as many chunks as it takes. */
export function encodeVoteChunks(votes: readonly Vote[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < votes.length; at += MAX_VOTES_IN_CHUNK) {
    const part = votes.slice(at, at + MAX_VOTES_IN_CHUNK);
    const out = new Writer(2 + part.length * VOTE_BYTES).u16(part.length);
    for (const vote of part) out.fixed(bytesOf(vote), VOTE_BYTES);
    chunks.push(out.finish());
  }
  return chunks;
}

/** Every peer asks for the same votes again and again. */
const encoded = new WeakMap<Vote, Uint8Array>();

function bytesOf(vote: Vote): Uint8Array {
  let bytes = encoded.get(vote);
  if (bytes === undefined) {
    bytes = encodeVote(vote);
    encoded.set(vote, bytes);
  }
  return bytes;
}

export function decodeVoteChunk(bytes: Uint8Array): Vote[] {
  const input = new Reader(bytes);
  const count = input.u16();
  if (count < 1 || count > MAX_VOTES_IN_CHUNK) throw new CodecError({ code: 'codec.range', field: 'votes' });
  const votes = Array.from({ length: count }, () => readVote(input));
  input.end();
  return votes;
}
