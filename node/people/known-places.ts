// Browsers and networks in which each person signed in at this clinic before: a stranger who guesses does not use up what
// is theirs (identity/sign-in/lockout.ts). Of this clinic alone; browsers by the hash of their cookie.
import { sha256 } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
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

  constructor(modules: { readonly database: LocalDatabase }) {
    this.database = modules.database;
  }

  async of(user: UserId, device: string | undefined, prefix: string): Promise<{ device: boolean; prefix: boolean }> {
    const { devices, prefixes } = await this.read(user);
    return { device: device !== undefined && devices.includes(hashOf(device)), prefix: prefixes.includes(prefix) };
  }

  async add(user: UserId, device: string, prefix: string): Promise<void> {
    const places = await this.read(user);
    const next: Places = {
      devices: latest(places.devices, hashOf(device)),
      prefixes: latest(places.prefixes, prefix),
    };
    const value = utf8.encode(JSON.stringify(next));
    await this.database.batch([{ type: 'put', key: rowKey(user), value }]);
  }

  async forget(user: UserId): Promise<void> {
    await this.database.batch([{ type: 'del', key: rowKey(user) }]);
  }

  private async read(user: UserId): Promise<Places> {
    const bytes = await this.database.get(rowKey(user));
    return bytes === undefined ? { devices: [], prefixes: [] } : JSON.parse(new TextDecoder().decode(bytes));
  }
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
