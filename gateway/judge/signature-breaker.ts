// The circuit breaker on signatures of the chain: one that requests of people here match is for the log alone at this gateway,
// until an administrator lets it count. People are who is signed in, and whoever comes from where somebody was lately: what an
// attack sends says nothing against the signature that finds it. Owns no signature and no matching.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { type Network, widen } from '../address.ts';
import type { OpenBreaker } from '../breakers.ts';
import { type NetworkKey, networkKey } from '../network-key.ts';
import { MAX_SIGNATURES } from '../signatures/signature.ts';

/** Counted over this one and the one before: between half a day and a day. */
const WINDOW_MS = 12 * 3_600_000;
/** More than one of so many requests of people. */
const ONE_OF = 1_000;
/** Of one kind, IPv4 /24s or IPv6 /48s: the line and the phone of one household, both of both kinds, are two of each. */
const FEWEST_NEIGHBOURHOODS = 3;
/** For so long those that an administrator let count do, whatever they match. */
const RELEASED_MS = 24 * 3_600_000;
const STARTER = 'starter/';

/** Neighbourhoods, FEWEST_NEIGHBOURHOODS of each kind at most. */
type From = Readonly<Record<Network['family'], Set<NetworkKey>>>;

interface Counted {
  now: number;
  before: number;
  from: From;
  fromBefore: From;
  /** ms since 1970; 0 while it is in force. */
  heldSince: number;
  releasedUntil: number;
}

export class SignatureBreaker {
  private readonly counted = new BoundedMap<string, Counted>({ maxEntries: MAX_SIGNATURES });
  private windowStart = 0;
  private requests = 0;
  private requestsBefore = 0;

  /** A request of people that was let in, with the signatures that it matches, those on trial too. */
  note(client: Network, ids: readonly string[], at: number): void {
    this.turn(at);
    this.requests++;
    for (const id of ids) {
      if (id.startsWith(STARTER)) continue;
      let known = this.counted.get(id);
      if (known === undefined) {
        known = { now: 0, before: 0, from: nowhere(), fromBefore: nowhere(), heldSince: 0, releasedUntil: 0 };
        this.counted.set(id, known);
      }
      known.now++;
      const from = known.from[client.family];
      if (from.size < FEWEST_NEIGHBOURHOODS) from.add(networkKey(widen(client, client.family === 4 ? 24 : 48)));
      if (!this.isMany(known)) known.heldSince = 0;
      else if (known.heldSince === 0) known.heldSince = at;
    }
  }

  /** True for what is without effect here for now. */
  holds(id: string, at: number): boolean {
    if (this.counted.size === 0) return false;
    this.turn(at);
    const known = this.counted.get(id);
    return known !== undefined && this.isHeld(known, at);
  }

  /** By the signature that most requests of people match. */
  open(at: number): OpenBreaker | undefined {
    this.turn(at);
    const held = [...this.counted].map(([, known]) => known).filter((known) => this.isHeld(known, at));
    if (held.length === 0) return undefined;
    const since = Math.min(...held.map(({ heldSince }) => heldSince));
    const hit = Math.max(...held.map(({ now, before }) => now + before));
    const of = this.requests + this.requestsBefore;
    return { breaker: 'signatures', since, cause: 'ordinary-requests', hit, of, waiting: held.length };
  }

  /** Those that are held count, for a day whatever they match. False when none is. */
  release(at: number): boolean {
    const isOpen = this.open(at) !== undefined;
    for (const [, known] of this.counted) if (this.isHeld(known, at)) known.releasedUntil = at + RELEASED_MS;
    return isOpen;
  }

  private isHeld(known: Counted, at: number): boolean {
    return known.heldSince !== 0 && at >= known.releasedUntil && this.isMany(known);
  }

  private isMany({ now, before, from, fromBefore }: Counted): boolean {
    if ((now + before) * ONE_OF <= this.requests + this.requestsBefore) return false;
    const many = (kind: Network['family']) =>
      new Set([...from[kind], ...fromBefore[kind]]).size >= FEWEST_NEIGHBOURHOODS;
    return many(4) || many(6);
  }

  private turn(at: number): void {
    const passed = at - this.windowStart;
    if (passed >= 0 && passed < WINDOW_MS) return;
    const follows = passed >= 0 && passed < 2 * WINDOW_MS;
    this.requestsBefore = follows ? this.requests : 0;
    this.requests = 0;
    this.windowStart = at;
    for (const [id, known] of [...this.counted]) {
      known.before = follows ? known.now : 0;
      known.now = 0;
      known.fromBefore = follows ? known.from : nowhere();
      known.from = nowhere();
      if (!this.isMany(known)) known.heldSince = 0;
      if (known.before === 0 && at >= known.releasedUntil) this.counted.delete(id);
    }
  }
}

function nowhere(): From {
  return { 4: new Set(), 6: new Set() };
}
