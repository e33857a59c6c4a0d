// Browsers and networks in which persons signed in at this clinic before: a stranger who guesses does not use up what is
// theirs (identity/sign-in/lockout.ts). A browser is known for its person, a network for everybody. Of this clinic alone;
// browsers by the hash of their cookie.
import { sha256 } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { Serial } from '../../common/serial.ts';
import type { UserId } from '../../identity/people/types.ts';
import type { LocalDatabase } from '../store/local-database.ts';

/** Of one person; the one that was used longest ago goes. */
export const MAX_KNOWN_PLACES = 16;
const ROW = 0x64;
const utf8 = new TextEncoder();

interface Places {
  /** Latest last. */
  readonly devices: readonly string[];
  readonly prefixes: readonly string[];
}

export class KnownPlaces {
  private readonly database: LocalDatabase;
  private readonly serial = new Serial();
  /** How many persons know each network. */
  private readonly networks = new Map<string, number>();

  constructor(modules: { readonly database: LocalDatabase }) {
    this.database = modules.database;
  }

  async start(): Promise<void> {
    for await (const [, value] of this.database.range({ prefix: Uint8Array.of(ROW) })) {
      this.count(placesOf(value).prefixes, 1);
    }
  }

  async of(user: UserId, device: string | undefined, prefix: string): Promise<{ device: boolean; prefix: boolean }> {
    const { devices } = await this.read(user);
    return { device: device !== undefined && devices.includes(hashOf(device)), prefix: this.networks.has(prefix) };
  }

  add(user: UserId, device: string, prefix: string): Promise<void> {
    return this.serial.run(async () => {
      const places = await this.read(user);
      const next: Places = {
        devices: latest(places.devices, hashOf(device)),
        prefixes: latest(places.prefixes, prefix),
      };
      const value = utf8.encode(JSON.stringify(next));
      await this.database.batch([{ type: 'put', key: rowKey(user), value }]);
      this.count(places.prefixes, -1);
      this.count(next.prefixes, 1);
    });
  }

  forget(user: UserId): Promise<void> {
    return this.serial.run(async () => {
      const { prefixes } = await this.read(user);
      await this.database.batch([{ type: 'del', key: rowKey(user) }]);
      this.count(prefixes, -1);
    });
  }

  private async read(user: UserId): Promise<Places> {
    const bytes = await this.database.get(rowKey(user));
    return bytes === undefined ? { devices: [], prefixes: [] } : placesOf(bytes);
  }

  private count(prefixes: readonly string[], by: 1 | -1): void {
    for (const prefix of prefixes) {
      const count = (this.networks.get(prefix) ?? 0) + by;
      if (count > 0) this.networks.set(prefix, count);
      else this.networks.delete(prefix);
    }
  }
}

function placesOf(bytes: Uint8Array): Places {
  return JSON.parse(new TextDecoder().decode(bytes));
}

function latest(list: readonly string[], value: string): string[] {
  return [...list.filter((one) => one !== value), value].slice(-MAX_KNOWN_PLACES);
}

function hashOf(device: string): string {
  return toHex(sha256(utf8.encode('wardmesh/device/1'), utf8.encode(device.slice(0, 256))));
}

function rowKey(user: UserId): Uint8Array {
  return concatBytes(Uint8Array.of(ROW), fromHex(user));
}
