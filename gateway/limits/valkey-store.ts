// The connection to Valkey or Redis that several gateways count at: one script, atomic at the server and by its clock, so that
// gateways need not agree on the time. Owns no fallback: valkey-limiter.ts does.
import { createClient } from '@redis/client';
import { hmacSha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Limit, LimitResult } from './limiter.ts';

export interface ValkeyStoreOptions {
  /** `redis[s]://[[user][:password]@]host[:port][/database]`. */
  readonly url: string;
  /** The same at every gateway that counts together, 32 bytes: keys at the server are no addresses to whoever reads there. */
  readonly secret: Uint8Array;
}

export interface ValkeyStoreModules {
  /** The connection came or went: once each, and once when there is none from the start. */
  onStanding(up: boolean): void;
}

/** Commands that wait for the server; beyond it a gateway counts by itself. */
export const MAX_WAITING_COMMANDS = 2_000;
const LONGEST_PAUSE_MS = 2_000;
const PREFIX = 'wardmesh/limit/';
const KEY_BYTES = 16;
const encoder = new TextEncoder();

/** KEYS[1]; ms per unit, burst in ms, cost. Answers allowed, ms to wait and ms until rest, in thousandths of a ms. */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = tonumber(redis.call('GET', KEYS[1]) or now)
if at < now then at = now end
local cost = ARGV[1] * ARGV[3] * 1000
local burst = ARGV[2] * 1000
local wait = at + cost - now - burst
if wait > 0.5 then return {0, math.ceil(wait), math.ceil(at - now)} end
if cost > 0 then
  redis.call('SET', KEYS[1], string.format('%.0f', at + cost), 'PX', math.ceil((at + cost - now) / 1000))
end
return {1, 0, math.ceil(at + cost - now)}
`;

export class ValkeyStore {
  private readonly secret: Uint8Array;
  private readonly client: ReturnType<typeof connection>;
  private script: Promise<string> | undefined;

  constructor({ url, secret }: ValkeyStoreOptions, { onStanding }: ValkeyStoreModules) {
    this.secret = secret;
    this.client = connection(url);
    // Errors are told by `ready` and by refused commands; without a listener they would end the process.
    let standing: boolean | undefined;
    const tell = (up: boolean): void => {
      if (up !== standing) onStanding(up);
      standing = up;
    };
    this.client.on('error', () => tell(false));
    this.client.on('ready', () => {
      this.script = undefined;
      tell(true);
    });
  }

  get ready(): boolean {
    return this.client.isReady;
  }

  /** Returns at once: the connection is made and made again in the background. */
  start(): void {
    if (!this.client.isOpen) this.client.connect().catch(() => undefined);
  }

  stop(): void {
    if (this.client.isOpen) this.client.destroy();
  }

  /** Rejects when the server is gone or answers with an error. */
  async take(key: number | string, limit: Limit, cost: number): Promise<LimitResult> {
    const msPerUnit = 1000 / limit.rate;
    const name = `${PREFIX}${limit.name}/${toHex(hmacSha256(this.secret, encoder.encode(String(key))).subarray(0, KEY_BYTES))}`;
    const args = [String(msPerUnit), String(limit.burst * msPerUnit), String(cost)];
    const [allowed, wait, rest] = numbers(await this.run(name, args));
    const reset = rest / 1000;
    const remaining = Math.max(0, Math.floor(limit.burst - reset / msPerUnit + 1e-6));
    return { allowed: allowed === 1, retryAfter: wait / 1000, remaining, reset };
  }

  private async run(key: string, args: string[]): Promise<unknown> {
    this.script ??= this.client.scriptLoad(SCRIPT);
    try {
      return await this.client.evalSha(await this.script, { keys: [key], arguments: args });
    } catch (error) {
      // The server forgot its scripts: loaded again with the next request.
      this.script = undefined;
      throw error;
    }
  }
}

function connection(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    socket: {
      connectTimeout: LONGEST_PAUSE_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_PAUSE_MS),
    },
  });
}

function numbers(answer: unknown): readonly [number, number, number] {
  if (!Array.isArray(answer) || answer.length !== 3 || !answer.every(Number.isFinite)) throw new TypeError('answer');
  return [answer[0], answer[1], answer[2]];
}
