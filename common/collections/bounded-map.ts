// A Map with a ceiling, for everything that is keyed by something remote. Owns no time: entries do not expire.

export interface BoundedMapOptions<K, V> {
  readonly maxEntries: number;
  /** What a new key does when the map is full: drop the oldest entry (default), or be refused. */
  readonly whenFull?: 'evict' | 'refuse';
  /** Called for each entry dropped to make room. */
  onEvict?(key: K, value: V): void;
}

/** Insertion order is age; setting a known key keeps its age, `touch` makes it the youngest. */
export class BoundedMap<K, V> implements Iterable<[K, V]> {
  private readonly options: BoundedMapOptions<K, V>;
  private readonly entriesByKey = new Map<K, V>();
  /** Stays where the last entry was evicted: one that begins anew walks over every hole that evictions left. */
  private oldest: MapIterator<[K, V]> | undefined;
  /** Entries moved since it stood there: an iterator that stands still keeps every table that the map has outgrown. */
  private moved = 0;

  constructor(options: BoundedMapOptions<K, V>) {
    if (!Number.isSafeInteger(options.maxEntries) || options.maxEntries < 1) throw new RangeError('maxEntries');
    this.options = options;
  }

  get size(): number {
    return this.entriesByKey.size;
  }

  has(key: K): boolean {
    return this.entriesByKey.has(key);
  }

  get(key: K): V | undefined {
    return this.entriesByKey.get(key);
  }

  /** False when the map is full and refuses: nothing was stored. */
  set(key: K, value: V): boolean {
    const map = this.entriesByKey;
    if (!map.has(key) && map.size >= this.options.maxEntries) {
      if (this.options.whenFull === 'refuse') return false;
      this.evictOldest();
    }
    map.set(key, value);
    return true;
  }

  /** Reads a key and makes it the youngest: a map read only by `touch` is least-recently-used. */
  touch(key: K): V | undefined {
    const map = this.entriesByKey;
    if (!map.has(key)) return undefined;
    const value = map.get(key) as V;
    map.delete(key);
    map.set(key, value);
    if (++this.moved > map.size + 64) this.oldest = undefined;
    return value;
  }

  delete(key: K): boolean {
    if (++this.moved > this.entriesByKey.size + 64) this.oldest = undefined;
    return this.entriesByKey.delete(key);
  }

  clear(): void {
    this.entriesByKey.clear();
  }

  keys(): IterableIterator<K> {
    return this.entriesByKey.keys();
  }

  values(): IterableIterator<V> {
    return this.entriesByKey.values();
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entriesByKey.entries();
  }

  private evictOldest(): void {
    this.moved = 0;
    this.oldest ??= this.entriesByKey.entries();
    let next = this.oldest.next();
    if (next.done === true) {
      this.oldest = this.entriesByKey.entries();
      next = this.oldest.next();
    }
    if (next.done === true) return;
    const [key, value] = next.value;
    this.entriesByKey.delete(key);
    this.options.onEvict?.(key, value);
  }
}
