// Local decisions about addresses, kept over restarts: a pin of this clinic's administrator always wins here and is told to
// nobody. What a pin does is gateway/blocklist.ts.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { type Network, parseNetwork } from '../../gateway/address.ts';
import { type Blocklist, MAX_PINS, type Pin } from '../../gateway/blocklist.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { networkBytes, readNetwork, writeNetwork } from '../../gateway/network-codec.ts';
import type { KeyValueStore } from '../../records/ports.ts';

const MAX_NAME_BYTES = 256;

export interface PinsModules {
  readonly database: Pick<KeyValueStore, 'put' | 'delete' | 'range'>;
  readonly blocklist: Pick<Blocklist, 'pin' | 'unpin' | 'pins'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class Pins {
  private readonly modules: PinsModules;
  private changes = 0;

  constructor(modules: PinsModules) {
    this.modules = modules;
  }

  async load(): Promise<void> {
    const { database, clock } = this.modules;
    for (const [key, value] of await database.range(new Uint8Array(0), { limit: MAX_PINS })) {
      const pin = decodePin(value);
      const isOver = pin.until !== undefined && pin.until <= clock.now();
      if (isOver || !this.stands(pin)) await database.delete(key);
    }
  }

  /** Whoever has become a member since is never blocked. */
  private stands(pin: Pin): boolean {
    try {
      this.modules.blocklist.pin(pin);
      return true;
    } catch (error) {
      if (error instanceof GatewayError) return false;
      throw error;
    }
  }

  /** Grows with each decision; ends by time change nothing of it. */
  get revision(): number {
    return this.changes;
  }

  /** In force now, oldest first. */
  list(): readonly Pin[] {
    const now = this.modules.clock.now();
    return this.modules.blocklist
      .pins()
      .filter(({ until }) => until === undefined || until > now)
      .sort((a, b) => a.at - b.at);
  }

  /** In place of an earlier one of the same network. Throws GatewayError for a block that nobody may make, and when full. */
  async pin(address: string, action: Pin['action'], by: string, forMs: number | undefined): Promise<Pin> {
    const { database, blocklist, clock } = this.modules;
    const at = clock.now();
    const pin = { network: parseNetwork(address), action, by, at, until: forMs === undefined ? undefined : at + forMs };
    blocklist.pin(pin);
    this.changes++;
    await database.put(networkBytes(pin.network), encodePin(pin));
    return pin;
  }

  /** Of exactly this network. Undefined when there was none. */
  async unpin(address: string): Promise<Network | undefined> {
    const { database, blocklist } = this.modules;
    const network = parseNetwork(address);
    const key = networkBytes(network);
    const known = blocklist.pins().some((pin) => equalBytes(networkBytes(pin.network), key));
    blocklist.unpin(network);
    this.changes++;
    await database.delete(key);
    return known ? network : undefined;
  }
}

function encodePin({ network, action, by, at, until }: Pin): Uint8Array {
  const out = writeNetwork(new Writer(64), network).u8(action === 'block' ? 1 : 0);
  return out
    .u64(at)
    .u64(until ?? 0)
    .text16(by, MAX_NAME_BYTES)
    .finish();
}

function decodePin(bytes: Uint8Array): Pin {
  const input = new Reader(bytes);
  const network = readNetwork(input);
  const action = input.u8() === 1 ? 'block' : 'allow';
  const at = input.u64();
  const until = input.u64();
  const pin: Pin = { network, action, at, until: until === 0 ? undefined : until, by: input.text16(MAX_NAME_BYTES) };
  input.end();
  return pin;
}
