// The way without a script: wait, then press a button. A ticket says when that was and for whom; it is good once.
import { equalSecret } from '#crypto';
import { parseHex, toHex } from '../../common/bytes.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { prefixKey, tagOf } from './secrets.ts';

export const WAIT_MS = 12_000;
export const TICKET_MS = 5 * 60_000;
const TICKET = /^([0-9a-z]{1,10})\.([0-9a-f]{32})\.([0-9a-f]{32})$/;

export type TicketCheck =
  | { readonly result: 'ripe'; readonly id: string; readonly until: number }
  /** `wait`: ms. */
  | { readonly result: 'early'; readonly wait: number }
  /** `unknown`: no ticket of this client. */
  | { readonly result: 'unknown' | 'expired' };

export interface WaitingModules {
  random(length: number): Uint8Array;
}

export class WaitingTickets {
  private readonly key: Uint8Array;
  private readonly modules: WaitingModules;

  constructor(key: Uint8Array, modules: WaitingModules) {
    this.key = key;
    this.modules = modules;
  }

  make(facts: RequestFacts): string {
    const ripe = (facts.at + WAIT_MS).toString(36);
    const id = toHex(this.modules.random(16));
    return `${ripe}.${id}.${toHex(this.tag(facts, ripe, id))}`;
  }

  check(facts: RequestFacts, ticket: string): TicketCheck {
    const [, ripeText, id, tagText] = TICKET.exec(ticket) ?? [];
    const tag = tagText === undefined ? undefined : parseHex(tagText);
    if (tag === undefined || !equalSecret(tag, this.tag(facts, ripeText, id))) return { result: 'unknown' };
    const ripe = Number.parseInt(ripeText, 36);
    if (facts.at < ripe) return { result: 'early', wait: ripe - facts.at };
    const until = ripe + TICKET_MS;
    return facts.at < until ? { result: 'ripe', id, until } : { result: 'expired' };
  }

  private tag({ client, userAgent }: RequestFacts, ripe: string, id: string): Uint8Array {
    return tagOf(this.key, [prefixKey(client), userAgent, ripe, id]);
  }
}
