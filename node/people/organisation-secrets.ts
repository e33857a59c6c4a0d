// Secrets that all clinics of the organisation have and nobody else: each clinic makes one, and branches tell each other
// all that they know. What is sealed is sealed under the newest; what must be alike everywhere comes from the oldest.
import { equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { type OrganisationSecret, readSecrets, writeSecrets } from './wire.ts';

/** One for each clinic that the organisation ever had. */
export const MAX_ORGANISATION_SECRETS = 200;
const ROW = Uint8Array.of(0x6f);

export class OrganisationSecrets {
  private readonly database: LocalDatabase;
  private readonly listeners = new Set<() => void>();
  private known: readonly OrganisationSecret[] = [];

  constructor(modules: { readonly database: LocalDatabase }) {
    this.database = modules.database;
  }

  /** Makes one where there is none. */
  async start(make: () => OrganisationSecret): Promise<void> {
    const kept = await this.database.get(ROW);
    this.known = kept === undefined ? [] : readSecrets(new Reader(kept));
    if (this.known.length === 0) await this.take([make()]);
  }

  /** The oldest first. */
  get all(): readonly OrganisationSecret[] {
    return this.known;
  }

  /** When another one is known. */
  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  async take(secrets: readonly OrganisationSecret[]): Promise<void> {
    const fresh = secrets.filter(({ secret }) => !this.known.some((one) => equalBytes(one.secret, secret)));
    if (fresh.length === 0) return;
    const all = [...this.known, ...fresh].sort(order).slice(0, MAX_ORGANISATION_SECRETS);
    const value = writeSecrets(new Writer(64), all).finish();
    await this.database.batch([{ type: 'put', key: ROW, value }], { sync: true });
    this.known = all;
    for (const listener of this.listeners) listener();
  }
}

function order(a: OrganisationSecret, b: OrganisationSecret): number {
  return a.made - b.made || Buffer.compare(a.secret, b.secret);
}
