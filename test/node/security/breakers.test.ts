import { describe, expect, it } from 'vitest';
import type { BreakerName, Breakers, OpenBreaker } from '../../../gateway/breakers.ts';
import { BREAKER_NEWS_MS, BreakerBoard } from '../../../node/security/breakers.ts';
import { MAX_GATEWAYS } from '../../../node/security/security-log.ts';

const open = (since: number, breaker: BreakerName = 'refusals'): OpenBreaker => ({
  ...{ breaker, since, cause: breaker === 'list' ? 'pace' : 'refused-share' },
  ...{ hit: 300, of: 900, waiting: breaker === 'list' ? 7 : 0 },
});

/** A gateway with one open breaker that closes when it is told to. */
class Own implements Breakers {
  released: BreakerName[] = [];

  openBreakers(): readonly OpenBreaker[] {
    return this.released.length === 0 ? [open(5)] : [];
  }

  releaseBreaker(breaker: BreakerName): boolean {
    this.released.push(breaker);
    return true;
  }
}

function board() {
  const clock = { at: 1_000, now: () => clock.at };
  return { clock, board: new BreakerBoard({ clock }) };
}

describe('the circuit breakers of a clinic', () => {
  it('shows those of its own doors and of gateways elsewhere, longest open first', () => {
    const { board: all } = board();
    all.attach(new Own());
    expect(all.told('front', [open(3), open(9, 'list')])).toEqual([]);
    expect(all.list().map(({ gateway, breaker, since }) => [gateway, breaker, since])).toEqual([
      ['front', 'refusals', 3],
      [undefined, 'refusals', 5],
      ['front', 'list', 9],
    ]);
    all.told('front', []);
    expect(all.list()).toHaveLength(1);
  });

  it('closes its own at once, one elsewhere when the gateway speaks next, and only what is open', () => {
    const { board: all } = board();
    const own = new Own();
    all.attach(own);
    all.told('front', [open(3), open(9, 'list')]);
    expect(all.release(undefined, 'refusals').releasing).toBe(false);
    expect(own.released).toEqual(['refusals']);
    expect(() => all.release(undefined, 'refusals')).toThrow('not open');
    expect(() => all.release('back', 'list')).toThrow('not open');

    expect(all.release('front', 'list')).toMatchObject({ breaker: 'list', waiting: 7, releasing: true });
    expect(all.list().map(({ releasing }) => releasing)).toEqual([false, true]);
    // Said until it has closed: an answer may be lost.
    expect(all.told('front', [open(3), open(9, 'list')])).toEqual(['list']);
    expect(all.told('front', [open(3), open(9, 'list')])).toEqual(['list']);
    expect(all.told('front', [open(3)])).toEqual([]);
    // Closed and opened again between two words of the gateway, it is another one.
    all.release('front', 'refusals');
    expect(all.told('front', [open(4)])).toEqual([]);
    expect(all.list().map(({ since, releasing }) => [since, releasing])).toContainEqual([4, false]);
    expect(all.told('front', [open(3)])).toEqual([]);
    // One that opens again waits for another word.
    expect(all.told('front', [open(3), open(20, 'list')])).toEqual([]);
  });

  it('forgets a gateway that says nothing any more, and holds no more than a log takes', () => {
    const { clock, board: all } = board();
    for (let gateway = 0; gateway <= MAX_GATEWAYS; gateway++) all.told(`gateway-${gateway}`, [open(gateway)]);
    expect(all.list()).toHaveLength(MAX_GATEWAYS);
    expect(all.list()[0].gateway).toBe('gateway-1');
    clock.at += BREAKER_NEWS_MS;
    expect(all.list()).toEqual([]);
    expect(() => all.release('gateway-1', 'refusals')).toThrow('not open');
  });
});
