// Single IPv4 addresses, sorted, in typed arrays so small that they stay in the processor's caches: two bytes for each
// address, found by its upper half. What holds for it is read only where it is found. No hash, so none to aim at.
import { joinUntil, type Until } from './until.ts';

/** What `times` says of an entry: one of these alone until then, or, where it is more than one, where in `mixed` it is. */
const BLOCK = 0;
const BY_HAND = 1;
const CHALLENGE = 2;
const MIXED = 3;

const HALVES = 65_536;
/** From so few on one after the other is quicker than halving. */
const FEW = 16;
const PIECE = 20_000;

export class FourTable {
  /** By upper half: where those with it begin in the other arrays. */
  private readonly starts = new Uint32Array(HALVES + 1);
  private readonly lowers: Uint16Array;
  /** Seconds since 1970, or an index. */
  private readonly times: Uint32Array;
  private readonly kinds: Uint8Array;
  private readonly mixed: Until[] = [];
  readonly size: number;

  /** FourTableBuilder fills it. */
  constructor(size: number) {
    this.size = size;
    this.lowers = new Uint16Array(size);
    this.times = new Uint32Array(size);
    this.kinds = new Uint8Array(size);
  }

  /** In ascending order of addresses, as many as it was made for; then `finish`. */
  put(place: number, address: number, until: Readonly<Until>): void {
    this.starts[(address >>> 16) + 1] = place + 1;
    this.lowers[place] = address & 0xffff;
    const { block, byHand, challenge } = until;
    const kind =
      challenge === 0 && byHand === 0
        ? BLOCK
        : challenge === 0 && byHand === block
          ? BY_HAND
          : block === 0 && byHand === 0
            ? CHALLENGE
            : MIXED;
    this.kinds[place] = kind;
    this.times[place] = kind === MIXED ? this.mixed.push({ ...until }) - 1 : Math.max(block, challenge);
  }

  finish(): void {
    for (let half = 1; half <= HALVES; half++) {
      if (this.starts[half] < this.starts[half - 1]) this.starts[half] = this.starts[half - 1];
    }
  }

  /** Writes what is known of the address over `into`, where it is later. */
  read(address: number, into: Until): void {
    const { lowers, starts } = this;
    const lower = address & 0xffff;
    let from = starts[address >>> 16];
    let to = starts[(address >>> 16) + 1];
    while (to - from > FEW) {
      const middle = (from + to) >>> 1;
      if (lowers[middle] <= lower) from = middle;
      else to = middle;
    }
    for (; from < to; from++) if (lowers[from] >= lower) break;
    if (from < to && lowers[from] === lower) this.join(from, into);
  }

  private join(place: number, into: Until): void {
    const time = this.times[place];
    const kind = this.kinds[place];
    if (kind === MIXED) joinUntil(into, this.mixed[time]);
    else if (kind === CHALLENGE) into.challenge = Math.max(into.challenge, time);
    else {
      into.block = Math.max(into.block, time);
      if (kind === BY_HAND) into.byHand = Math.max(into.byHand, time);
    }
  }
}

/** Takes addresses in any order, also twice. */
export class FourTableBuilder {
  private readonly addresses: Uint32Array;
  private readonly untils: Until[] = [];

  constructor(entries: number) {
    this.addresses = new Uint32Array(entries);
  }

  /** At most as often as it was built for. */
  add(address: number, until: Until): void {
    this.addresses[this.untils.length] = address;
    this.untils.push(until);
  }

  /** Sorts by lower and then by upper halves, each counted: no step takes long. */
  async build(pause: () => Promise<void>): Promise<FourTable> {
    const { addresses, untils } = this;
    const order = await this.sorted(16, await this.sorted(0, undefined, pause), pause);
    let size = 0;
    for (let i = 0; i < order.length; i++) {
      if (i === 0 || addresses[order[i]] !== addresses[order[i - 1]]) size++;
    }
    const table = new FourTable(size);
    let place = 0;
    for (let i = 0; i < order.length; place++) {
      if (place % PIECE === PIECE - 1) await pause();
      const address = addresses[order[i]];
      const until = untils[order[i]];
      for (i++; i < order.length && addresses[order[i]] === address; i++) joinUntil(until, untils[order[i]]);
      table.put(place, address, until);
    }
    table.finish();
    return table;
  }

  private async sorted(
    shift: 0 | 16,
    before: Uint32Array | undefined,
    pause: () => Promise<void>,
  ): Promise<Uint32Array> {
    const { addresses } = this;
    const places = new Uint32Array(HALVES + 1);
    for (const address of addresses) places[((address >>> shift) & 0xffff) + 1]++;
    for (let half = 1; half <= HALVES; half++) places[half] += places[half - 1];
    const order = new Uint32Array(addresses.length);
    for (let i = 0; i < addresses.length; i++) {
      if (i % PIECE === PIECE - 1) await pause();
      const entry = before === undefined ? i : before[i];
      order[places[(addresses[entry] >>> shift) & 0xffff]++] = entry;
    }
    return order;
  }
}
