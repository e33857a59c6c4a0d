// What peers were blamed for: acts on the table of peer-policy.ts and keeps the last of it for the operator. Local; the
// only way in which an error code reaches a peer.
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { counter, type Registry } from '../../common/metrics.ts';
import { GOODBYE } from '../../p2p/goodbye.ts';
import type { Network } from '../../p2p/ports.ts';
import { type Blame, blameFor, QUARANTINE_MS, THROTTLE_MS } from '../peer-policy.ts';

/** Peers whose last blame is kept; members alone get so far. */
const MAX_BLAMED = 1_024;
/** Of one peer, newest last. */
const MAX_BLAMES_OF_PEER = 16;

export interface Blamed {
  readonly code: string;
  readonly blame: Exclude<Blame, 'none'>;
  readonly because: string;
  /** ms since 1970, of the last time. */
  readonly at: number;
  readonly times: number;
}

export interface PeerBlamesModules {
  readonly network: Pick<Network, 'disconnect' | 'throttle' | 'observe'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly registry?: Registry;
}

export class PeerBlames {
  private readonly modules: PeerBlamesModules;
  private readonly byPeer = new BoundedMap<string, readonly Blamed[]>({ maxEntries: MAX_BLAMED });
  private readonly counted;

  constructor(modules: PeerBlamesModules) {
    this.modules = modules;
    this.counted = counter(modules.registry, {
      name: 'wardmesh_peers_blamed_total',
      help: 'What peers did that they could have known to be wrong, by what it cost them',
      labels: ['blame'],
    });
  }

  /** Newest last. */
  of(peerId: string): readonly Blamed[] {
    return this.byPeer.get(peerId) ?? [];
  }

  /** Throttles, disconnects or quarantines when the code says that the peer could have known. */
  async blame(peerId: string, error: unknown): Promise<void> {
    const { network, logger } = this.modules;
    const code = codeOf(error);
    const { blame, because } = blameFor(code);
    if (code === undefined || blame === 'none') return;
    logger.warn({ peer: peerId, code, blame, because }, 'peer blamed');
    this.counted.inc({ blame });
    this.keep(peerId, { code, blame, because });
    network.observe(peerId, 'invalid');
    if (blame === 'throttle') {
      network.throttle(peerId, THROTTLE_MS);
      return;
    }
    const reason = code === 'sync.wrong-network' ? GOODBYE.irrelevantNetwork : GOODBYE.error;
    await network.disconnect(peerId, reason, blame === 'quarantine' ? QUARANTINE_MS : 0);
  }

  private keep(peerId: string, { code, blame, because }: Pick<Blamed, 'code' | 'blame' | 'because'>): void {
    const at = this.modules.clock.now();
    const known = this.of(peerId);
    const times = 1 + (known.find((entry) => entry.code === code)?.times ?? 0);
    const others = known.filter((entry) => entry.code !== code);
    this.byPeer.set(peerId, [...others, { code, blame, because, at, times }].slice(-MAX_BLAMES_OF_PEER));
    this.byPeer.touch(peerId);
  }
}
