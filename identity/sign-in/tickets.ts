// Steps of signing in that are not finished: what must be remembered between two calls of one browser. The browser carries it,
// sealed under a key of this process, so that strangers who begin and never finish fill nothing. Short-lived, single use,
// bound to the purpose and to the browser that began.
import { base64urlnopad } from '@scure/base';
import { aeadOpen, aeadSeal, equalSecret, randomBytes, sha256 } from '#crypto';
import { concatBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { SignInError } from './errors.ts';

/** How long a person may take for a step: to find the telephone, or the security key. */
export const TICKET_TTL_MS = 300_000;
export const MAX_TICKET_TEXT = 4096;
/** Tickets that were tried or spent and could come again; to be among them one shows a right password, passkey or wallet. */
export const MAX_KNOWN_TICKETS = 65_536;

interface Sealed {
  /** SHA-256 of the device cookie, hex. */
  readonly browser: string;
  readonly endsAt: number;
  readonly value: unknown;
}

interface Known {
  readonly endsAt: number;
  triesLeft: number;
}

/** Tries before it ends, by purpose, where its answer can be guessed; where it cannot, only success ends it. */
export type TicketTries<V> = { readonly [P in keyof V]: number | 'any' };

export interface TicketsModules {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random?: (length: number) => Uint8Array;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** `V`: by purpose, what is remembered; plain JSON. */
export class Tickets<V> {
  private readonly tries: TicketTries<V>;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly random: (length: number) => Uint8Array;
  private readonly key: Uint8Array;
  /** By name of the ticket, in the order in which they were first tried. */
  private readonly known: BoundedMap<string, Known>;

  constructor(options: { readonly tries: TicketTries<V> }, modules: TicketsModules) {
    this.tries = options.tries;
    this.clock = modules.clock;
    this.random = modules.random ?? randomBytes;
    this.key = this.random(AEAD_KEY_BYTES);
    this.known = new BoundedMap({ maxEntries: MAX_KNOWN_TICKETS, whenFull: 'refuse' });
  }

  /** Base64url. `browser`: value of the device cookie. */
  issue<P extends keyof V & string>(purpose: P, browser: string, value: V[P]): string {
    const endsAt = this.clock.monotonic() + TICKET_TTL_MS;
    const sealed: Sealed = { browser: hashOf(browser), endsAt, value };
    const nonce = this.random(AEAD_NONCE_BYTES);
    const plaintext = utf8.encode(JSON.stringify(sealed));
    const ticket = base64urlnopad.encode(
      concatBytes(nonce, aeadSeal(this.key, nonce, plaintext, utf8.encode(purpose))),
    );
    if (ticket.length > MAX_TICKET_TEXT) throw new RangeError('a ticket must be short');
    return ticket;
  }

  /**
   * One try with it. Throws SignInError: `session.ticket` for one that ended, was spent, has no tries left, is for something
   * else or began in another browser; `session.busy`.
   */
  open<P extends keyof V & string>(ticket: string, purpose: P, browser: string): V[P] {
    const { name, endsAt, value } = this.read(ticket, purpose, browser);
    const known = this.known.get(name);
    if (known !== undefined && known.triesLeft <= 0) throw ended();
    const tries: number | 'any' = this.tries[purpose];
    if (known !== undefined) known.triesLeft--;
    else if (tries !== 'any') this.remember(name, { endsAt, triesLeft: tries - 1 });
    return value as V[P];
  }

  /** Ends it, for success. Throws as `open` for the second of two answers at the same time. */
  spend<P extends keyof V & string>(ticket: string, purpose: P, browser: string): void {
    const { name, endsAt } = this.read(ticket, purpose, browser);
    const known = this.known.get(name);
    if (known?.triesLeft === SPENT) throw ended();
    if (known === undefined) this.remember(name, { endsAt, triesLeft: SPENT });
    else known.triesLeft = SPENT;
  }

  private read(ticket: string, purpose: string, browser: string): Sealed & { name: string } {
    const bytes = decoded(ticket);
    if (bytes === undefined || bytes.length < AEAD_NONCE_BYTES) throw ended();
    const nonce = bytes.subarray(0, AEAD_NONCE_BYTES);
    let sealed: Sealed;
    try {
      const plaintext = aeadOpen(this.key, nonce, bytes.subarray(AEAD_NONCE_BYTES), utf8.encode(purpose));
      sealed = JSON.parse(text.decode(plaintext)) as Sealed;
    } catch (cause) {
      throw new SignInError({ code: 'session.ticket' }, { cause });
    }
    const mine = equalSecret(utf8.encode(sealed.browser), utf8.encode(hashOf(browser)));
    if (!mine || sealed.endsAt <= this.clock.monotonic()) throw ended();
    return { ...sealed, name: toHex(nonce) };
  }

  private remember(name: string, known: Known): void {
    const now = this.clock.monotonic();
    for (const [old, { endsAt }] of this.known) {
      // Not in the order of their ends, but none is first tried after its end.
      if (endsAt > now && this.known.size < MAX_KNOWN_TICKETS) break;
      if (endsAt <= now) this.known.delete(old);
    }
    if (!this.known.set(name, known)) throw new SignInError({ code: 'session.busy' });
  }
}

/** Below what counting down reaches. */
const SPENT = -1;

function ended(): SignInError {
  return new SignInError({ code: 'session.ticket' });
}

function decoded(ticket: string): Uint8Array | undefined {
  if (ticket.length > MAX_TICKET_TEXT) return undefined;
  try {
    return base64urlnopad.decode(ticket);
  } catch {
    return undefined;
  }
}

function hashOf(browser: string): string {
  return toHex(sha256(utf8.encode(browser)));
}
