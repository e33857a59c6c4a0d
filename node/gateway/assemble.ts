// The gateway core before the node's own doors, joined to the clinic's blocklist, signatures, log and reports. Owns no rule but
// one: this machine's own programs are never stopped by their own node; where a proxy runs beside them, the operator's are not.
import { hkdfSha256, randomBytes } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Member } from '../../consensus/member-set.ts';
import { contains, parseCidr } from '../../gateway/address.ts';
import { assembleGateway } from '../../gateway/assemble.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import { GATEWAY_SECRET_BYTES, gatewayKeys } from '../../gateway/captcha/secrets.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { foundIn } from '../../gateway/judge/found.ts';
import { DeltaBreaker } from '../../gateway/lookup/delta-breaker.ts';
import { breakersOf } from '../../gateway/lookup/held-blocks.ts';
import type { NeverBlock } from '../../gateway/never-block.ts';
import type { DoorGuard } from '../../rpc/ports.ts';
import type { Config } from '../config/options.ts';
import type { Security } from '../security/assemble.ts';
import type { ThreatActs } from '../threats/acts.ts';
import type { ThreatFeed } from '../threats/feed.ts';
import type { ThreatSignatures } from '../threats/signatures/threat-signatures.ts';
import { GatewayGuard } from './door-guard.ts';
import { DoorList } from './door-list.ts';
import { DoorSessions, OPERATOR } from './door-sessions.ts';

export interface DoorGatewayOptions {
  readonly clinic: Pick<Member, 'name' | 'organisation'>;
  readonly config: Pick<Config, 'gateway.mode' | 'http.trustedProxies'>;
  readonly storageKey: Uint8Array;
  /** Of the file of blocks that are held back. */
  readonly path: string;
}

export interface DoorGatewayModules {
  readonly blocklist: Pick<Blocklist, 'verdictFor'>;
  readonly neverBlock: NeverBlock;
  readonly signatures: Pick<ThreatSignatures, 'matcher' | 'onAttack'>;
  readonly acts: Pick<ThreatActs, 'found'>;
  readonly feed: Pick<ThreatFeed, 'onChange' | 'listed'>;
  readonly security: Pick<Security, 'judged'> & {
    readonly log: Pick<Security['log'], 'answered'>;
    readonly breakers: Pick<Security['breakers'], 'attach'>;
  };
  /** The node has not all that the others know. */
  behind(): boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface DoorGateway {
  readonly guard: DoorGuard;
  /** Started after the feed, and stopped before it. */
  readonly list: Pick<DoorList, 'start' | 'stop'>;
}

/** The doors say themselves what a sign-in came to. */
const NO_SIGN_IN_PATHS = { paths: [], failed: [], succeeded: [] };
const THIS_MACHINE = ['127.0.0.0/8', '::/64'].map(parseCidr);

export function assembleDoorGateway(
  { clinic, config, storageKey, path }: DoorGatewayOptions,
  { blocklist, neverBlock, signatures, acts, feed, security, behind, clock, logger }: DoorGatewayModules,
): DoorGateway {
  const mode = config['gateway.mode'];
  const info = new TextEncoder().encode('wardmesh/door-gateway/1');
  const sessions = new DoorSessions();
  const trusted = config['http.trustedProxies'].map(parseCidr);
  let hasWarned = false;
  const spares = (facts: RequestFacts): boolean => {
    if (!isThisMachine(facts)) return false;
    if (facts.subject === OPERATOR || !trusted.some((proxies) => contains(proxies, facts.client))) return true;
    // A proxy here that does not say whose request it is: it could be anybody's.
    if (!hasWarned)
      logger.warn('a request of a trusted proxy on this machine came without X-Forwarded-For: not spared');
    hasWarned = true;
    return false;
  };
  const list = new DoorList(
    { organisation: clinic.organisation, path, storageKey },
    {
      ...{ blocklist, feed, behind, clock, logger },
      breaker: { holds: (added, at) => breaker.holds(added, at), room: (at) => breaker.room(at) },
    },
  );
  const { gateway, door, own, proxies } = assembleGateway(
    {
      mode,
      keys: gatewayKeys(hkdfSha256(storageKey, EMPTY_BYTES, info, GATEWAY_SECRET_BYTES)),
      owner: { name: clinic.name, phone: undefined, email: undefined },
      signIn: NO_SIGN_IN_PATHS,
      trustedProxies: config['http.trustedProxies'],
    },
    {
      ...{ clock, random: randomBytes, limits: undefined, sessions, neverBlock, spares },
      lookup: list,
      signatures: () => signatures.matcher,
      onDecision: (decision) => security.judged(decision),
      onAnswered: (decision, status) => security.log.answered(decision, status),
      onReport: (decision, matched) => {
        acts.found(foundIn(decision, matched)).catch((error: unknown) => {
          logger.error({ code: codeOf(error) }, 'an address that this node blocks is not reported');
        });
      },
      onAttack: (attack, samples) => {
        signatures.onAttack(attack, samples).catch((error: unknown) => {
          logger.error({ code: codeOf(error) }, 'no signature of a coordinated attack is proposed');
        });
      },
    },
  );
  const breaker = new DeltaBreaker(gateway);
  security.breakers.attach(breakersOf(gateway, list.held));
  feed.onChange(({ state, listed }) => {
    if (state === 'revoked') gateway.reset(listed.network);
  });
  return { guard: new GatewayGuard({ door, own, proxies, sessions }), list };
}

/** Not what a proxy of ours handed on from elsewhere. */
function isThisMachine({ client, forwarding }: RequestFacts): boolean {
  return forwarding === 'direct' && THIS_MACHINE.some((network) => contains(network, client));
}
