// Refusals, and whatever strangers do, count together when they are alike: the first is written at once, the rest of ten
// minutes as one entry with a number, so that nobody can push the past out of a bounded log by being refused often. Owns no
// entry and no time.
import type { AccessEvent } from '../../../rpc/ports.ts';

export interface Counted {
  readonly event: AccessEvent;
  readonly times: number;
}

/** Kinds of refusals that are told apart at once, of strangers and of those who are known; the rest stand together. */
export const MAX_ALIKE_EVENTS = 128;
export const ALIKE_TTL_MS = 10 * 60_000;

interface Group {
  readonly event: AccessEvent;
  readonly until: number;
  /** Beside the one that was written at once. */
  more: number;
}

export class AlikeEvents {
  private readonly strangers = new Map<string, Group>();
  private readonly known = new Map<string, Group>();

  /** What is to be written now; undefined while it is only counted. */
  take(event: AccessEvent, now: number): AccessEvent | undefined {
    if (event.outcome === 'permitted' && event.principal.kind !== 'open') return event;
    const groups = event.principal.kind === 'open' ? this.strangers : this.known;
    const key = keyOf(event);
    const group = groups.get(key);
    if (group !== undefined) {
      group.more++;
      return undefined;
    }
    if (groups.size < MAX_ALIKE_EVENTS) {
      groups.set(key, { event, until: now + ALIKE_TTL_MS, more: 0 });
      return event;
    }
    return this.together(groups, event, now);
  }

  /** What was counted and is over now; with `all`, everything. */
  due(now: number, all = false): Counted[] {
    const over: Counted[] = [];
    for (const groups of [this.strangers, this.known]) {
      for (const [key, { event, until, more }] of groups) {
        if (!all && until > now) continue;
        groups.delete(key);
        if (more > 0) over.push({ event, times: more });
      }
    }
    return over;
  }

  /** When the next is over; undefined when none waits. */
  get next(): number | undefined {
    const ends = [this.strangers, this.known].flatMap((groups) => [...groups.values()].map(({ until }) => until));
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  private together(groups: Map<string, Group>, event: AccessEvent, now: number): AccessEvent | undefined {
    const group = groups.get('');
    if (group !== undefined) {
      group.more++;
      return undefined;
    }
    const nobody = { ...event.client, address: '' };
    const first: AccessEvent = {
      ...{ principal: { kind: 'open' }, method: 'many', outcome: 'refused', code: null, object: null },
      client: nobody,
    };
    groups.set('', { event: first, until: now + ALIKE_TTL_MS, more: 0 });
    return first;
  }
}

function keyOf({ principal, method, code, object, client }: AccessEvent): string {
  const who =
    principal.kind === 'session'
      ? principal.session.user
      : principal.kind === 'application'
        ? principal.key.id
        : `${principal.kind} ${client.address}`;
  return [who, method, code ?? '', object ?? ''].join('\n');
}
