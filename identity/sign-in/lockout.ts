// How fast somebody may guess, without letting a stranger lock anybody out (device cookies, as OWASP describes them): who
// failed from a browser in which the person signed in before spends a budget of that browser alone; networks in which
// anybody of the clinic signed in before do not share what strangers use up. What is known of a network is the same for all
// names, had by somebody or not: how often one may guess tells nothing of a name. Owns no memory of known places: the caller
// says how well this one is known.
import type { Clock } from '../../common/clock.ts';
import { Gcra, type GcraOptions, type GcraVerdict } from '../../common/gcra.ts';
import { SignInError } from './errors.ts';

/**
 * What an attempt is made at. The two do not share budgets: who guesses passwords does not use up a person's codes, and
 * three of a million codes are right at any time.
 */
export type Guessed = 'password' | 'code';

export interface Attempt {
  /** A password: the folded name, or what was typed instead. A code: the user. */
  readonly target: string;
  readonly guessed: Guessed;
  /** IPv4 /24 or IPv6 /64 of the client. */
  readonly prefix: string;
  /** Value of the device cookie, when this person signed in with it before. */
  readonly knownDevice: string | undefined;
  /** Somebody, whoever it was, signed in from this prefix before. */
  readonly knownPrefix: boolean;
}

/** An attempt that was admitted, and is paid for until one of these is said, once. */
export interface Admitted {
  /** It was right: it cost nothing. */
  succeeded(): void;
  /** It was wrong: it stays paid for. */
  failed(): void;
  /** It was not looked at (the clinic was busy): it cost nothing. */
  cancelled(): void;
}

type Budget = Omit<GcraOptions, 'maxKeys'>;

/** Attempts that fail, each second and at once. */
export const BUDGETS = {
  password: {
    /** One person in one browser where the person signed in before. */
    device: { rate: 1 / 60, burst: 10 },
    /** One name from one network where somebody signed in before, and from all of those together. */
    network: { rate: 1 / 60, burst: 10 },
    networks: { rate: 1 / 30, burst: 60 },
    /** One name from one strange network. */
    stranger: { rate: 1 / 120, burst: 5 },
    /** One name from all strange networks together. */
    name: { rate: 1 / 300, burst: 20 },
  },
  code: {
    device: { rate: 1 / 600, burst: 10 },
    network: { rate: 1 / 600, burst: 10 },
    networks: { rate: 1 / 300, burst: 30 },
    stranger: { rate: 1 / 600, burst: 5 },
    name: { rate: 1 / 1800, burst: 10 },
  },
} as const satisfies Readonly<Record<Guessed, Readonly<Record<string, Budget>>>>;

/** All names from one network, passwords and codes: one where nobody signed in before, and one where somebody did. */
export const SPRAYING = {
  stranger: { rate: 1 / 10, burst: 40 },
  known: { rate: 1 / 2, burst: 200 },
} as const satisfies Readonly<Record<string, Budget>>;

/**
 * Keys of each budget. Only attempts that were looked at stay in it, and two runs of scrypt at a time look at some 50 a
 * second: fewer than this in the time for which one counts.
 */
export const MAX_TRACKED = 65_536;

interface Charge {
  readonly limiter: Gcra;
  readonly key: string;
}

type Limiters = { readonly [B in keyof (typeof BUDGETS)['password']]: Gcra };

export class Lockout {
  private readonly limiters: { readonly [G in Guessed]: Limiters };
  private readonly spraying: { readonly [S in keyof typeof SPRAYING]: Gcra };

  constructor(modules: { readonly clock: Pick<Clock, 'monotonic'> }) {
    const limiter = (budget: Budget) => new Gcra({ ...budget, maxKeys: MAX_TRACKED }, modules);
    const limiters = (budgets: Readonly<Record<keyof Limiters, Budget>>): Limiters => ({
      device: limiter(budgets.device),
      network: limiter(budgets.network),
      networks: limiter(budgets.networks),
      stranger: limiter(budgets.stranger),
      name: limiter(budgets.name),
    });
    this.limiters = { password: limiters(BUDGETS.password), code: limiters(BUDGETS.code) };
    this.spraying = { stranger: limiter(SPRAYING.stranger), known: limiter(SPRAYING.known) };
  }

  /** Before anything costly. Throws SignInError `rpc.rate-limited`. */
  admit(attempt: Attempt): Admitted {
    const taken: Charge[] = [];
    for (const charge of this.charges(attempt)) {
      const verdict: GcraVerdict = charge.limiter.take(charge.key);
      if (verdict.ok) {
        taken.push(charge);
        continue;
      }
      giveBack(taken);
      throw new SignInError({ code: 'rpc.rate-limited', retryAfterMs: verdict.retryAfterMs });
    }
    let open = true;
    const close = (free: boolean) => {
      if (open && free) giveBack(taken);
      open = false;
    };
    return { succeeded: () => close(true), failed: () => close(false), cancelled: () => close(true) };
  }

  private charges({ target, guessed, prefix, knownDevice, knownPrefix }: Attempt): Charge[] {
    const { device, network, networks, stranger, name } = this.limiters[guessed];
    // A browser that is known is not held to what its network did: others may sit behind the same address.
    if (knownDevice !== undefined) return [{ limiter: device, key: `${knownDevice} ${target}` }];
    const [spraying, here, everywhere] = knownPrefix
      ? [this.spraying.known, network, networks]
      : [this.spraying.stranger, stranger, name];
    return [
      // The network first: one that tries many names fills no table of names.
      { limiter: spraying, key: prefix },
      { limiter: here, key: `${prefix} ${target}` },
      { limiter: everywhere, key: target },
    ];
  }
}

function giveBack(charges: readonly Charge[]): void {
  for (const { limiter, key } of charges) limiter.giveBack(key);
}
