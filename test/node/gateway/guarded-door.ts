// A node's doors with the gateway before them: the real server, guard and blocklist; what would go to the chain and the log is
// written down. Visitors come through a trusted proxy on loopback, by the address that they say.
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { parseNetwork } from '../../../gateway/address.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import type { GatewayMode } from '../../../gateway/gateway.ts';
import type { CoordinatedAttack } from '../../../gateway/judge/coordinated.ts';
import type { Decision } from '../../../gateway/judge/decision.ts';
import type { FoundThreat } from '../../../gateway/judge/found.ts';
import type { LogEntry } from '../../../gateway/lists/change-log.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import { SignatureMatcher } from '../../../gateway/signatures/matcher.ts';
import { STARTER_SET } from '../../../gateway/signatures/starter-set.ts';
import { assembleDoorGateway } from '../../../node/gateway/assemble.ts';
import type { Announced } from '../../../node/threats/acts.ts';
import { type DoorSettings, openDoor } from '../../rpc/helpers/door.ts';

export const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml',
  'accept-language': 'de,en;q=0.7',
};
/** What a search for weak spots asks for, and no signature names. */
export const NOT_THERE = [
  ...['news', 'shop', 'forum', 'gallery', 'events', 'team', 'jobs', 'press', 'maps', 'films', 'books', 'music'],
].map((name) => `/${name}/start.html`);
/** Hides its name and tries a key that it made up. */
export const SEARCH = { 'user-agent': 'x', authorization: `Bearer wmk_${'0'.repeat(16)}_${'A'.repeat(43)}` };
const PROXIES = ['127.0.0.0/8'];
const matcher = new SignatureMatcher(STARTER_SET);

export const from = (address: string, more: Record<string, string> = {}): Record<string, string> => ({
  'x-forwarded-for': address,
  ...more,
});

export async function openGuardedDoor(mode: GatewayMode, settings: DoorSettings = {}, trustedProxies = PROXIES) {
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const blocklist = new Blocklist({ blockInterval: 1_000, threatMaxLife: 604_800_000 }, { neverBlock });
  const decisions: Decision[] = [];
  const answered = new Map<string, number>();
  const found: FoundThreat[] = [];
  const attacks: CoordinatedAttack[] = [];
  const warned: string[] = [];
  const signatures = {
    matcher,
    onAttack: async (attack: CoordinatedAttack) => {
      attacks.push(attack);
      return undefined;
    },
  };
  const listeners: ((entry: LogEntry) => void)[] = [];
  const { guard } = assembleDoorGateway(
    {
      clinic: { name: 'Northside', organisation: 1 },
      config: { 'gateway.mode': mode, 'http.trustedProxies': trustedProxies },
      storageKey: new Uint8Array(32).fill(7),
      path: 'nowhere',
    },
    {
      ...{ blocklist, neverBlock, signatures, clock: systemClock },
      acts: {
        found: async (one) => {
          found.push(one);
          return {} as Announced;
        },
      },
      feed: { onChange: (listener) => void listeners.push(listener), listed: () => [] },
      behind: () => false,
      security: {
        judged: (decision) => void decisions.push(decision),
        log: { answered: ({ reference }, status) => void answered.set(reference, status) },
        breakers: { attach: () => undefined },
      },
      logger: createLogger({ level: 'warn', destination: { write: (line) => void warned.push(line) } }),
    },
  );
  const door = await openDoor({
    ...settings,
    options: { trustedProxies, ...settings.options },
    modules: { guard, ...settings.modules },
  });
  return {
    ...{ door, decisions, answered, found, attacks, warned },
    block: (address: string) =>
      blocklist.pin({ network: parseNetwork(address), action: 'block', by: 'test', at: 0, until: undefined }),
    /** As the feed says that a block is over. */
    revoked: (address: string) => {
      const listed = { network: parseNetwork(address) } as LogEntry['listed'];
      for (const listener of listeners) listener({ state: 'revoked', listed } as LogEntry);
    },
    factor: (name: string) => decisions.at(-1)?.factors.find((factor) => factor.name === name),
  };
}
