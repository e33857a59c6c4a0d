// The list of a gateway that follows a node: in effect at once, on disk for when the node is gone, a sequence to go on from.
// Addresses stand in the file as long as they are blocked; one that is over is dropped with the next writing.
import { readFile } from 'node:fs/promises';
import { setImmediate as pause } from 'node:timers/promises';
import { formatNetwork, type Network, parseNetwork } from '../../gateway/address.ts';
import { type EnforcedEntry, EnforcedList } from '../../gateway/lookup/enforced-list.ts';
import { writePrivateFile } from '../../node/data-directory.ts';

export interface Change {
  readonly address: string;
  readonly effect: 'block' | 'challenge' | null;
  readonly byHand: boolean;
  readonly until: number;
}

/** Networks that are kept; what comes beyond is counted and not in force. */
export const MAX_KEPT = 1_100_000;

export interface KeptListOptions {
  readonly path: string;
  readonly seed: number;
  /** The node took something off its list: an unblock, or an end. */
  onRemoved(network: Network): void;
}

interface Kept {
  readonly network: Network;
  readonly entry: EnforcedEntry;
}

export class KeptList {
  readonly enforced: EnforcedList;
  private readonly path: string;
  private readonly onRemoved: KeptListOptions['onRemoved'];
  private readonly kept = new Map<string, Kept>();
  private cursor = 0;
  private changed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: KeptListOptions) {
    this.path = options.path;
    this.onRemoved = options.onRemoved;
    this.enforced = new EnforcedList({ seed: options.seed }, { pause: async () => void (await pause()) });
  }

  get size(): number {
    return this.kept.size;
  }

  /** Where to go on from at the node. */
  get since(): number {
    return this.cursor;
  }

  /** A file that is missing or damaged is an empty list: the node gives all of it again. */
  async load(now: number): Promise<void> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    const lines = text.split('\n');
    const head = /^wardmesh\/gateway-list\/1 (\d{1,16}) (\d{1,8})$/.exec(lines[0]);
    if (head === null || lines.length !== Number(head[2]) + 2) return;
    try {
      for (const line of lines.slice(1, -1)) this.keep(changeOf(JSON.parse(line)), now);
      this.cursor = Number(head[1]);
    } catch {
      this.kept.clear();
    }
    await this.enforced.rebuild(this.entries());
  }

  /** In force when this returns. */
  async take(changes: readonly Change[], next: number, now: number): Promise<void> {
    for (const change of changes) {
      const network = parseNetwork(change.address);
      const entry = this.keep(change, now);
      this.enforced.set(network, entry === undefined ? [] : [entry]);
      if (change.effect === null) this.onRemoved(network);
    }
    this.cursor = next;
    this.changed ||= changes.length > 0;
    if (this.enforced.rebuildDue) await this.enforced.rebuild(this.entries());
  }

  /** Writes what has changed and drops what is over. */
  async save(now: number): Promise<void> {
    let over = 0;
    for (const [text, { entry }] of this.kept) if (entry.until <= now && this.kept.delete(text)) over += 1;
    if (!this.changed && over === 0) return;
    this.changed = false;
    const lines = [...this.kept].map(([address, { entry }]) =>
      JSON.stringify([address, entry.verdict, entry.byHand, entry.until]),
    );
    const text = `wardmesh/gateway-list/1 ${this.cursor} ${lines.length}\n${lines.map((line) => `${line}\n`).join('')}`;
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => writePrivateFile(this.path, text))
      .catch((error: unknown) => {
        // Tried again with the next.
        this.changed = true;
        throw error;
      });
    await this.writing;
  }

  private keep({ address, effect, byHand, until }: Change, now: number): EnforcedEntry | undefined {
    const network = parseNetwork(address);
    const text = formatNetwork(network);
    if (effect === null || until <= now || (this.kept.size >= MAX_KEPT && !this.kept.has(text))) {
      this.kept.delete(text);
      return undefined;
    }
    const entry: EnforcedEntry = { network, verdict: effect, byHand, until };
    this.kept.set(text, { network, entry });
    return entry;
  }

  private entries(): EnforcedEntry[] {
    return [...this.kept.values()].map(({ entry }) => entry);
  }
}

function changeOf(row: unknown): Change {
  const [address, effect, byHand, until] = row as [string, Change['effect'], boolean, number];
  if (effect !== 'block' && effect !== 'challenge') throw new TypeError('effect');
  return { address, effect, byHand: byHand === true, until: Number(until) };
}
