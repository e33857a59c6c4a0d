// Members that follow no rule: what each kind of liar does instead of what it should. Owns the lies; who finds out, and what
// it costs, is for the honest.
import { signEd25519 } from '#crypto';
import { encodeVote, voteMessage } from '../../../consensus/chain/finality/vote.ts';
import { votableEpoch } from '../../../consensus/chain/finality/voter-rule.ts';
import { type Genesis, genesisId as idOfGenesis } from '../../../consensus/genesis.ts';
import type { Network, ProtocolOptions, RequestHandler } from '../../../p2p/ports.ts';
import { BLOCK_TRANSACTIONS } from '../../compact/protocols.ts';
import type { Core } from '../../core.ts';
import { BLOCKS_BY_HASH, BLOCKS_BY_RANGE, HEADERS } from '../../sync/protocols.ts';
import { VOTE_TOPIC } from '../../voter/wire.ts';
import type { Random } from '../random.ts';

export type Lie =
  /** Answers with other headers and blocks than it was asked for. */
  | 'wrong-ranges'
  /** Announces blocks and gives no body. */
  | 'withheld-bodies'
  /** Gives two blocks for each that it finds. */
  | 'two-blocks'
  /** Signs two votes for one epoch. */
  | 'two-votes';

const BODIES = [BLOCKS_BY_HASH, BLOCKS_BY_RANGE, BLOCK_TRANSACTIONS].map(({ protocol }) => protocol);
const RANGES = [BLOCKS_BY_RANGE, HEADERS].map(({ protocol }) => protocol);

/** What it serves instead. */
export function tampered(
  lies: ReadonlySet<Lie>,
  { protocol }: ProtocolOptions,
  honest: RequestHandler,
): RequestHandler {
  if (lies.has('withheld-bodies') && BODIES.includes(protocol)) return nothing;
  if (lies.has('wrong-ranges') && RANGES.includes(protocol)) return (from, request) => honest(from, shifted(request));
  return honest;
}

/** For each epoch that could be voted for also a vote for a block that nobody has. */
export function voteTwice(
  { genesis, clinic, seed }: { genesis: Genesis; clinic: number; seed: Uint8Array },
  { core, network, random }: { core: Core; network: Network; random: Random },
): void {
  let last = 0;
  core.chain.onChange(() => {
    const { tip, view } = core.chain;
    const epoch = votableEpoch(tip.header.height);
    if (epoch <= last || epoch <= view.justified.epoch) return;
    last = epoch;
    const link = { set: tip.header.memberSet, source: view.justified, target: { epoch, id: random.bytes(32) } };
    const signature = signEd25519(seed, voteMessage(idOfGenesis(genesis), link));
    void network.publish(VOTE_TOPIC.topic, encodeVote({ link, clinic, signature }));
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Both requests begin with the height that they ask from. */
function shifted(request: Uint8Array): Uint8Array {
  const other = request.slice();
  other[7]++;
  return other;
}
