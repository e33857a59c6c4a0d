import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attempt, BUDGETS, Lockout, SPRAYING } from '../../../identity/sign-in/lockout.ts';
import { MAX_WAITING_CHECKS, Passwords } from '../../../identity/sign-in/password.ts';
import { checkPassword } from '../../../identity/sign-in/password-step.ts';
import { Slots } from '../../../identity/slots.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const limited = expect.objectContaining({ code: 'rpc.rate-limited' });
const stranger = (target: string, prefix: string): Attempt => ({
  ...{ target, guessed: 'password', prefix, knownDevice: undefined, knownPrefix: false },
});
/** From a network where somebody signed in before. */
const inside = (target: string, prefix: string): Attempt => ({ ...stranger(target, prefix), knownPrefix: true });
const device = (target: string, knownDevice: string, prefix = '192.0.2'): Attempt => ({
  ...{ target, guessed: 'password', prefix, knownDevice, knownPrefix: false },
});

/** Whether it was admitted; it fails when it was. */
function guess(lockout: Lockout, attempt: Attempt): boolean {
  try {
    lockout.admit(attempt).failed();
    return true;
  } catch (error) {
    expect(error).toEqual(limited);
    return false;
  }
}

interface Step {
  readonly wait: number;
  readonly name: number;
  readonly prefix: number;
}

const schedule = fc.array(
  fc.record({ wait: fc.integer({ min: 0, max: 20_000 }), name: fc.nat(3), prefix: fc.nat(60) }),
  { maxLength: 200, size: 'max' },
);

describe('lockout', () => {
  it('never lets strangers keep out a browser or a network in which the person signed in before', () => {
    fc.assert(
      fc.property(schedule, (steps: readonly Step[]) => {
        const clock = new ManualClock();
        const lockout = new Lockout({ clock });
        for (const { wait, name, prefix } of steps) {
          clock.advance(wait);
          guess(lockout, stranger(`name${name}`, `198.51.${prefix}`));
          // The person mistypes once a minute and a bit, from the very network of the attacker.
          clock.advance(61_000);
          expect(guess(lockout, device('name0', 'cookie of name0', `198.51.${prefix}`))).toBe(true);
          expect(guess(lockout, inside('name1', '203.0.113'))).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives a name no more guesses of all strangers together than its budget, over any schedule', () => {
    fc.assert(
      fc.property(schedule, (steps: readonly Step[]) => {
        const clock = new ManualClock();
        const lockout = new Lockout({ clock });
        const { rate, burst } = BUDGETS.password.name;
        let admitted = 0;
        for (const { wait, prefix } of steps) {
          clock.advance(wait);
          if (guess(lockout, stranger('anna', `198.51.${prefix}`))) admitted++;
          expect(admitted).toBeLessThanOrEqual(burst + rate * (clock.monotonic() / 1000) + 1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['strange', stranger, SPRAYING.stranger],
    ['known', inside, SPRAYING.known],
  ] as const)('slows a %s network that tries a password on many names, and no other', (_which, attempt, budget) => {
    const clock = new ManualClock();
    const lockout = new Lockout({ clock });
    let admitted = 0;
    for (let i = 0; i < 3600; i++) {
      clock.advance(1000);
      if (guess(lockout, attempt(`name${i}`, '198.51.100'))) admitted++;
    }
    expect(admitted).toBeLessThanOrEqual(budget.burst + budget.rate * 3600);
    expect(admitted).toBeGreaterThan(budget.rate * 3000);
    expect(guess(lockout, attempt('name1', '203.0.113'))).toBe(true);
  });

  it('gives a name no more guesses of all known networks together than their budget', () => {
    const clock = new ManualClock();
    const lockout = new Lockout({ clock });
    const { burst, rate } = BUDGETS.password.networks;
    let admitted = 0;
    for (let i = 0; i < 3600; i++) {
      clock.advance(1000);
      if (guess(lockout, inside('anna', `198.51.${i % 100}`))) admitted++;
    }
    expect(admitted).toBeLessThanOrEqual(burst + rate * 3600);
  });

  it('holds one browser that knows the person to its budget', () => {
    const clock = new ManualClock();
    const lockout = new Lockout({ clock });
    let admitted = 0;
    for (let i = 0; i < 86_400; i += 10) {
      clock.advance(10_000);
      if (guess(lockout, device('anna', 'cookie'))) admitted++;
    }
    expect(admitted).toBeLessThanOrEqual(10 + 1440);
  });

  it('costs nothing for who is right, or was not looked at; both are said once', () => {
    const lockout = new Lockout({ clock: new ManualClock() });
    for (let i = 0; i < 100; i++) lockout.admit(stranger('anna', '192.0.2')).succeeded();
    for (let i = 0; i < 100; i++) lockout.admit(stranger('anna', '192.0.2')).cancelled();
    const { burst } = BUDGETS.password.stranger;
    for (let i = 0; i < burst; i++) {
      const admitted = lockout.admit(stranger('anna', '192.0.2'));
      admitted.failed();
      admitted.succeeded();
    }
    expect(guess(lockout, stranger('anna', '192.0.2'))).toBe(false);
  });

  it('does not let guesses at a password use up the codes, nor the other way round', () => {
    const lockout = new Lockout({ clock: new ManualClock() });
    while (guess(lockout, device('anna', 'cookie')));
    const code: Attempt = { ...device('anna', 'cookie'), guessed: 'code' };
    expect(guess(lockout, code)).toBe(true);
    while (guess(lockout, code));
    expect(guess(lockout, device('ben', 'cookie'))).toBe(true);
  });

  it('says when the next attempt counts, and is right about it', () => {
    fc.assert(
      fc.property(fc.boolean(), (known) => {
        const clock = new ManualClock();
        const lockout = new Lockout({ clock });
        const attempt = known ? device('anna', 'cookie') : stranger('anna', '192.0.2');
        while (guess(lockout, attempt));
        try {
          lockout.admit(attempt);
          expect.unreachable('still limited');
        } catch (error) {
          clock.advance((error as { type: { retryAfterMs: number } }).type.retryAfterMs);
        }
        expect(guess(lockout, attempt)).toBe(true);
      }),
    );
  });

  it('takes nothing from the other budgets when one refuses', () => {
    const clock = new ManualClock();
    const lockout = new Lockout({ clock });
    const { burst } = BUDGETS.password.stranger;
    for (let i = 0; i < 10 * SPRAYING.stranger.burst; i++) guess(lockout, stranger('anna', '198.51.100'));
    // What was refused for the name did not count for the network.
    let others = 0;
    while (guess(lockout, stranger(`name${others}`, '198.51.100'))) others++;
    expect(others).toBe(SPRAYING.stranger.burst - burst);
  });

  it('treats names alike that nobody has', () => {
    const clock = new ManualClock();
    const [a, b] = [new Lockout({ clock }), new Lockout({ clock })];
    const known = Array.from({ length: 30 }, () => guess(a, stranger('anna', '192.0.2')));
    expect(Array.from({ length: 30 }, () => guess(b, stranger('nobody', '192.0.2')))).toEqual(known);
  });
});

describe('the step of a password', () => {
  const modules = () => ({
    lockout: new Lockout({ clock: new ManualClock() }),
    passwords: new Passwords({ scrypt: { N: 2, r: 1, p: 1 } }, { slots: new Slots({ limit: 2 }) }),
  });
  const auth = new Uint8Array(32).fill(5);
  const wrong = new Uint8Array(32).fill(6);

  it('says the same of a wrong password and of a name that nobody has, and limits both alike', async () => {
    const known = modules();
    const verifier = await known.passwords.verifierOf(auth);
    const unknown = modules();
    const said = async (kept: typeof verifier | undefined, given: ReturnType<typeof modules>) => {
      const errors: unknown[] = [];
      for (let i = 0; i < 8; i++) {
        const error = await checkPassword(stranger('anna', '192.0.2'), wrong, kept, given).catch((caught) => caught);
        errors.push(JSON.stringify(error));
      }
      return errors;
    };
    const answers = await said(verifier, known);
    expect(await said(undefined, unknown)).toEqual(answers);
    expect(answers[0]).toContain('session.refused');
    expect(answers[7]).toContain('rpc.rate-limited');
  });

  it('lets the right one in as often as it comes', async () => {
    const given = modules();
    const verifier = await given.passwords.verifierOf(auth);
    for (let i = 0; i < 20; i++) await checkPassword(stranger('anna', '192.0.2'), auth, verifier, given);
  });

  it('charges nobody for what a busy clinic did not look at', async () => {
    const given = modules();
    const crowd = Array.from({ length: MAX_WAITING_CHECKS + 30 }, (_, i) =>
      checkPassword(device('anna', `cookie${i}`), wrong, undefined, given).catch((error) => error.code),
    );
    const codes = await Promise.all(crowd);
    const late = codes.lastIndexOf('session.busy');
    expect(late).toBeGreaterThan(0);
    for (let i = 0; i < BUDGETS.password.device.burst; i++) {
      expect(guess(given.lockout, device('anna', `cookie${late}`))).toBe(true);
    }
  });
});
