// Whom this node lets follow the chain though they are no members: those whom its operator invited, until the invitation
// ends. Kept in a small file, so that a restart forgets nobody. They get blocks; never the network's shared keys.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { writePrivateFile } from '../data-directory.ts';
import { JoiningError } from './errors.ts';

/** Number of a clinic that follows a network without being a member; members are numbered from 1. */
export const OBSERVER = 0;
export const MAX_OBSERVERS = 64;

export interface Observer {
  readonly nodeKey: Uint8Array;
  readonly name: string;
  readonly addresses: readonly string[];
  /** ms since 1970. */
  readonly expires: number;
}

const fileSchema = z.array(
  z.strictObject({
    nodeKey: z.string().regex(/^[0-9a-f]{64}$/),
    name: z.string(),
    addresses: z.array(z.string()),
    expires: z.int(),
  }),
);

export class Observers {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly known = new Map<string, Observer>();
  private readonly listeners = new Set<() => void>();

  constructor(options: { path: string }, modules: { clock: Clock; logger: Logger }) {
    this.path = options.path;
    this.clock = modules.clock;
    this.logger = modules.logger;
  }

  /** An unreadable file costs the observers their connection until they are invited again, and nothing else. */
  async load(): Promise<void> {
    try {
      const rows = fileSchema.parse(JSON.parse(await readFile(this.path, 'utf8')));
      for (const row of rows) this.known.set(row.nodeKey, { ...row, nodeKey: fromHex(row.nodeKey) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.logger.error({ err: error, path: this.path }, 'the list of observers does not read: invite them again');
    }
  }

  /** Those whose invitation holds. */
  list(): Observer[] {
    const now = this.clock.now();
    return [...this.known.values()].filter(({ expires }) => expires > now);
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** On disk when it resolves. Throws `observers.full`. */
  async add(observer: Observer): Promise<void> {
    const key = toHex(observer.nodeKey);
    const others = this.list().filter(({ nodeKey }) => toHex(nodeKey) !== key);
    if (others.length >= MAX_OBSERVERS) throw new JoiningError({ code: 'observers.full', limit: MAX_OBSERVERS });
    await this.keep([...others, observer]);
  }

  /** Who has become a member, or is not wanted any more. */
  async remove(nodeKey: Uint8Array): Promise<boolean> {
    const key = toHex(nodeKey);
    if (!this.known.has(key)) return false;
    await this.keep(this.list().filter((observer) => toHex(observer.nodeKey) !== key));
    return true;
  }

  /** Whoever is a member needs no invitation, and shall have none left when it is removed. */
  async admitted(members: readonly { readonly nodeKey: Uint8Array }[]): Promise<void> {
    const keys = new Set(members.map(({ nodeKey }) => toHex(nodeKey)));
    const left = this.list().filter(({ nodeKey }) => !keys.has(toHex(nodeKey)));
    if (left.length < this.known.size) await this.keep(left);
  }

  private async keep(observers: readonly Observer[]): Promise<void> {
    const rows = observers.map((observer) => ({ ...observer, nodeKey: toHex(observer.nodeKey) }));
    await writePrivateFile(this.path, JSON.stringify(rows));
    this.known.clear();
    for (const observer of observers) this.known.set(toHex(observer.nodeKey), observer);
    for (const listener of this.listeners) listener();
  }
}
