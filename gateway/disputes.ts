// Which tags are disputed and whose reports of them are suspended: what the chain says, and for a short time what has only
// been received. A function of both; owns no report.
import { fromHex, toHex } from '../common/bytes.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import type { DisputeReason } from '../common/threat-names.ts';

/** The sealed address as the chain knows it: equal for equal addresses under one key. */
export interface Tagged {
  readonly keyEpoch: number;
  /** 16 bytes. */
  readonly tag: Uint8Array;
}

/** ms since 1970. */
interface SettledDispute {
  readonly organisation: number;
  readonly reason: DisputeReason;
  readonly at: number;
}

/** Who says that a tag is reported wrongly. */
export interface KnownDispute {
  readonly organisation: number;
  readonly reason: DisputeReason;
  /** Of its block; undefined until one holds it. */
  readonly at: number | undefined;
}

/** What the chain says of one tag. */
export interface TagState {
  /** Who disputes it. */
  readonly disputers: readonly SettledDispute[];
  /** Whose reports were suspended, and when, ms. */
  readonly suspended: readonly { readonly organisation: number; readonly at: number }[];
}

/** A dispute that no block holds yet. */
export interface HeardDispute extends Tagged {
  readonly organisation: number;
  readonly reason: DisputeReason;
  /** When it came here, ms since 1970. */
  readonly receivedAt: number;
}

export const MAX_DISPUTED_TAGS = 50_000;
const MAX_HEARD = 10_000;
const MAX_HEARD_OF_TAG = 64;
const DISPUTES_TO_SUSPEND = 2;
const SUSPENSION = 86_400_000;
const BAR = 7 * SUSPENSION;

interface Reported extends Tagged {
  readonly organisation: number;
}

export class Disputes {
  private readonly lapse: number;
  private readonly settled = new BoundedMap<string, TagState>({ maxEntries: MAX_DISPUTED_TAGS });
  private readonly heard = new BoundedMap<string, Map<number, HeardDispute>>({ maxEntries: MAX_HEARD });

  /** `lapse`: how long a dispute counts that no block takes, ms. */
  constructor(options: { readonly lapse: number }) {
    this.lapse = options.lapse;
  }

  /** In the place of what the chain said of this tag before. False when that was nothing, and is. */
  settle(tagged: Tagged, state: TagState): boolean {
    const key = nameOf(tagged);
    const isKnown = this.settled.get(key) !== undefined || this.heard.get(key) !== undefined;
    if (state.disputers.length === 0 && state.suspended.length === 0) this.settled.delete(key);
    else this.settled.set(key, state);
    // What the chain has taken up is the chain's from here on.
    const heard = this.heard.get(key);
    for (const { organisation } of state.disputers) heard?.delete(organisation);
    if (state.suspended.length > 0 || heard?.size === 0) this.heard.delete(key);
    return isKnown || this.settled.get(key) !== undefined;
  }

  hear(dispute: HeardDispute): void {
    const key = nameOf(dispute);
    const of = this.heard.get(key) ?? new Map<number, HeardDispute>();
    const known = of.get(dispute.organisation);
    if (known === undefined && of.size >= MAX_HEARD_OF_TAG) return;
    // Said again it does not begin to count anew.
    if (known === undefined) of.set(dispute.organisation, dispute);
    this.heard.set(key, of);
  }

  /**
   * Until when a report has no effect at clinics of `own`: it is suspended, or they themselves dispute it. Whenever it was
   * issued: that is the reporter's word, and what is reported again after a suspension is advice. `elsewhere`: the same
   * network under the other keys, since what was said of it under one holds under all.
   */
  stoppedUntil(
    report: Reported,
    { own, now, elsewhere }: { readonly own: number; readonly now: number; elsewhere(): readonly Tagged[] },
  ): number | undefined {
    if (this.settled.size === 0 && this.heard.size === 0) return undefined;
    const names = [nameOf(report), ...elsewhere().map(nameOf)];
    for (const [index, name] of names.entries()) {
      const found = this.settled.get(name)?.suspended.find(({ organisation }) => organisation === report.organisation);
      // Under another key its bar is not seen by the chain, so that it holds here for as long as there.
      const end = found && found.at + (index === 0 ? SUSPENSION : BAR);
      if (end !== undefined && now < end) return end;
    }
    const by = this.disputersOf(names, now);
    by.delete(report.organisation);
    return by.get(own) ?? (by.size < DISPUTES_TO_SUSPEND ? undefined : Math.min(...by.values()));
  }

  /** Who disputes a network now that goes under these tags, by number; none any more once it was suspended. */
  disputesOf(names: readonly Tagged[], now: number): readonly KnownDispute[] {
    const by = new Map<number, KnownDispute>();
    for (const key of names.map(nameOf)) {
      for (const { organisation, reason, receivedAt } of this.heard.get(key)?.values() ?? []) {
        if (now < receivedAt + this.lapse && !by.has(organisation)) {
          by.set(organisation, { organisation, reason, at: undefined });
        }
      }
      for (const dispute of this.settled.get(key)?.disputers ?? []) by.set(dispute.organisation, dispute);
    }
    return [...by.values()].sort((a, b) => a.organisation - b.organisation);
  }

  /** Until when whose dispute of any of these counts. */
  private disputersOf(names: readonly string[], now: number): Map<number, number> {
    const by = new Map<number, number>();
    for (const name of names) {
      for (const { organisation } of this.settled.get(name)?.disputers ?? [])
        by.set(organisation, Number.POSITIVE_INFINITY);
      for (const { organisation, receivedAt } of this.heard.get(name)?.values() ?? []) {
        const end = receivedAt + this.lapse;
        if (now < end) by.set(organisation, Math.max(end, by.get(organisation) ?? 0));
      }
    }
    return by;
  }

  /** Tags about which anything is known. */
  tags(): Tagged[] {
    return [...new Set([...this.settled.keys(), ...this.heard.keys()])].map(tagOf);
  }

  prune(now: number): void {
    for (const [key, of] of this.heard) {
      for (const [organisation, { receivedAt }] of of) if (receivedAt + this.lapse <= now) of.delete(organisation);
      if (of.size === 0) this.heard.delete(key);
    }
    for (const [key, { disputers, suspended }] of this.settled) {
      if (disputers.length === 0 && suspended.every(({ at }) => at + BAR <= now)) this.settled.delete(key);
    }
  }
}

function nameOf({ keyEpoch, tag }: Tagged): string {
  return `${keyEpoch} ${toHex(tag)}`;
}

function tagOf(name: string): Tagged {
  const [epoch, tag] = name.split(' ');
  return { keyEpoch: Number(epoch), tag: fromHex(tag) };
}
