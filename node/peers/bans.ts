// Peers that the operator of this clinic keeps out: at once, until the operator lets them in again, and by no other clinic.
// Kept in a small file, so that a restart lets nobody in.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Clock } from '../../common/clock.ts';
import type { Network } from '../../p2p/ports.ts';
import { writePrivateFile } from '../data-directory.ts';

/** More than the largest network has members. */
const MAX_BANS = 1_024;

const fileSchema = z
  .array(z.strictObject({ peerId: z.string().min(1).max(128), since: z.int(), reason: z.string().max(200) }))
  .max(MAX_BANS);

export interface Ban {
  readonly peerId: string;
  /** ms since 1970. */
  readonly since: number;
  /** What the operator noted. */
  readonly reason: string;
}

export interface BansModules {
  readonly network: Pick<Network, 'setBanned'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class Bans {
  private readonly path: string;
  private readonly modules: BansModules;
  private readonly bans = new Map<string, Ban>();

  constructor(options: { path: string }, modules: BansModules) {
    this.path = options.path;
    this.modules = modules;
  }

  /** Before the network starts. A file that does not read stops the start: nobody is let in by a mistake. */
  async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    for (const ban of fileSchema.parse(JSON.parse(text))) this.bans.set(ban.peerId, ban);
    this.apply();
  }

  list(): readonly Ban[] {
    return [...this.bans.values()];
  }

  get(peerId: string): Ban | undefined {
    return this.bans.get(peerId);
  }

  /** In force when it returns, and written. False when there is no room for another. */
  async ban(peerId: string, reason: string): Promise<boolean> {
    if (!this.bans.has(peerId) && this.bans.size >= MAX_BANS) return false;
    this.bans.set(peerId, { peerId, since: this.modules.clock.now(), reason });
    this.apply();
    await this.write();
    return true;
  }

  /** False when it was not banned. */
  async unban(peerId: string): Promise<boolean> {
    if (!this.bans.delete(peerId)) return false;
    this.apply();
    await this.write();
    return true;
  }

  private apply(): void {
    this.modules.network.setBanned(new Set(this.bans.keys()));
  }

  private write(): Promise<void> {
    return writePrivateFile(this.path, `${JSON.stringify(this.list(), null, 2)}\n`);
  }
}
