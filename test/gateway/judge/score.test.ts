// Claims about the score: what it is of, how far each factor goes, and where the levels begin.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FACTORS } from '../../../gateway/judge/names.ts';
import {
  ANSWERS,
  ENDPOINTS,
  type Features,
  levelOf,
  pointsOf,
  scoreOf,
  WEIGHTS,
} from '../../../gateway/judge/score.ts';

const IDLE: Features = {
  requests: 0,
  challenged: 0,
  recent: 1,
  distinct: 1,
  session: 'none',
  oddness: 0,
  agentChanges: 0,
  repeats: 0,
  routeRepeats: 0,
  wandered: false,
  signInFailures: 0,
  errors: 0,
  answers: 0,
  signaturePoints: 0,
  reported: false,
  violationPoints: 0,
  malformed: false,
  coordinated: false,
};

const features: fc.Arbitrary<Features> = fc
  .record({
    requests: fc.oneof(fc.nat(400), fc.nat(0xffff)),
    challenged: fc.oneof(fc.constant(0), fc.nat(400)),
    recent: fc.integer({ min: 1, max: ENDPOINTS }),
    distinct: fc.integer({ min: 1, max: ENDPOINTS }),
    session: fc.constantFrom('valid', 'none', 'forged'),
    oddness: fc.nat(100),
    agentChanges: fc.float({ min: 0, max: 20, noNaN: true }),
    repeats: fc.float({ min: 0, max: 41, noNaN: true }),
    routeRepeats: fc.float({ min: 0, max: 61, noNaN: true }),
    wandered: fc.boolean(),
    signInFailures: fc.float({ min: 0, max: 20, noNaN: true }),
    errors: fc.nat(ANSWERS),
    answers: fc.nat(ANSWERS),
    signaturePoints: fc.float({ min: 0, max: 200, noNaN: true }),
    reported: fc.boolean(),
    violationPoints: fc.float({ min: 0, max: 40, noNaN: true }),
    malformed: fc.boolean(),
    coordinated: fc.boolean(),
  })
  .map((each) => ({
    ...each,
    distinct: Math.min(each.distinct, each.recent),
    errors: Math.min(each.errors, each.answers),
  })) as fc.Arbitrary<Features>;

const few = { numRuns: 300 };

describe('the score', () => {
  it('property 6: multi-factor scoring: the clamped sum of bounded factors, which what others say lifts to a challenge only', () => {
    fc.assert(
      fc.property(features, (any) => {
        const given = { ...any, challenged: 0 };
        const points = pointsOf(given);
        const { score, factors } = scoreOf(given);
        for (const name of FACTORS) {
          expect(points[name]).toBeGreaterThanOrEqual(0);
          expect(points[name]).toBeLessThanOrEqual(WEIGHTS[name]);
          expect(Number.isInteger(points[name])).toBe(true);
        }
        const own = FACTORS.filter((name) => name !== 'reports').reduce((sum, name) => sum + points[name], 0);
        const clamped = Math.min(100, own);
        if (!given.reported && !given.coordinated) expect(score).toBe(clamped);
        else {
          expect(score).toBeGreaterThanOrEqual(Math.max(40, clamped));
          if (clamped < 60) expect(levelOf(score)).toBe('challenge');
          else expect(levelOf(score)).toBe(levelOf(clamped));
        }
        expect(factors.map(({ name, points: each }) => [name, each])).toEqual(
          FACTORS.filter((name) => points[name] > 0)
            .map((name) => [name, points[name]])
            .sort((a, b) => Number(b[1]) - Number(a[1])),
        );
      }),
      few,
    );
  });

  it('property 6: multi-factor scoring: rate and diversity never reach 40 with a session and few errors', () => {
    fc.assert(
      fc.property(features, fc.boolean(), ({ requests, recent, distinct, errors, answers }, session) => {
        const quiet = { ...IDLE, recent, distinct, answers, errors: Math.min(errors, Math.floor(answers / 10)) };
        expect(scoreOf({ ...quiet, requests, session: 'valid' }).score).toBeLessThan(40);
        // Not even where limits refuse it is such a client refused for good.
        expect(scoreOf({ ...quiet, requests, session: 'valid', violationPoints: 40 }).score).toBeLessThan(60);
        // And neither of them alone without a session.
        expect(scoreOf({ ...IDLE, requests, session: session ? 'valid' : 'none' }).score).toBeLessThan(40);
        expect(scoreOf({ ...quiet, requests: 1 }).score).toBeLessThan(40);
      }),
      few,
    );
  });

  it('property 6: multi-factor scoring: a flood by itself is refused and never reported, and says nothing of who is signed in', () => {
    fc.assert(
      fc.property(features, ({ requests, recent, distinct, repeats, routeRepeats, wandered }) => {
        const flood = { ...IDLE, requests, recent, distinct, repeats, routeRepeats, wandered };
        expect(scoreOf(flood).score).toBeLessThan(80);
        expect(scoreOf({ ...flood, session: 'valid' }).score).toBe(
          scoreOf({ ...flood, session: 'valid', repeats: 0, routeRepeats: 0 }).score,
        );
      }),
      few,
    );
    expect(scoreOf({ ...IDLE, repeats: 4 }).score).toBe(scoreOf(IDLE).score);
    expect(scoreOf({ ...IDLE, repeats: 12 }).score).toBe(60);
    for (const [wandered, free] of [
      [false, 8],
      [true, 38],
    ] as const) {
      expect(scoreOf({ ...IDLE, wandered, routeRepeats: free }).score).toBe(scoreOf(IDLE).score);
      expect(scoreOf({ ...IDLE, wandered, routeRepeats: free + 6 }).score).toBe(40);
      expect(scoreOf({ ...IDLE, wandered, routeRepeats: free + 10 }).score).toBe(60);
    }
  });

  it('property 7: rate score: who comes on through challenges stays at one, and gets no further by that', () => {
    fc.assert(
      fc.property(features, (given) => {
        const [before, now] = [scoreOf({ ...given, challenged: 0 }).score, scoreOf(given).score];
        const all = { ...given, requests: given.requests + given.challenged, challenged: 0 };
        expect(now).toBe(before < 40 && given.challenged > 0 && scoreOf(all).score >= 40 ? 40 : before);
      }),
      few,
    );
  });

  it('property 7: rate score: grows with the requests, equal for equal windows, 0 when idle', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (a, b) => {
        const [fewer, more] = [Math.min(a, b), Math.max(a, b)];
        expect(pointsOf({ ...IDLE, requests: fewer }).rate).toBeLessThanOrEqual(
          pointsOf({ ...IDLE, requests: more }).rate,
        );
      }),
      few,
    );
    expect(pointsOf(IDLE).rate).toBe(0);
    expect(pointsOf({ ...IDLE, requests: 60 }).rate).toBe(0);
    expect(pointsOf({ ...IDLE, requests: 200 }).rate).toBe(WEIGHTS.rate);
  });

  it('property 8: pattern score: counts only with errors or without a session', () => {
    fc.assert(
      fc.property(features, (given) => {
        const quiet = { ...given, session: 'valid' as const, errors: Math.floor(given.answers / 10) };
        expect(pointsOf(quiet).pattern).toBe(0);
        // A search for weak spots: many endpoints, most of them not there.
        expect(pointsOf({ ...given, distinct: 20, recent: 20, answers: 20, errors: 15 }).pattern).toBe(WEIGHTS.pattern);
      }),
      few,
    );
  });

  it('property 9: session score: a valid one never scores more than none, a forged one never less', () => {
    fc.assert(
      fc.property(features, (given) => {
        const [valid, none, forged] = (['valid', 'none', 'forged'] as const).map((session) => {
          const each = { ...given, session };
          return { score: scoreOf(each).score, points: pointsOf(each).session };
        });
        expect(valid.points).toBe(0);
        expect(none.points).toBeLessThan(forged.points);
        expect(valid.score).toBeLessThanOrEqual(none.score);
        expect(none.score).toBeLessThanOrEqual(forged.score);
      }),
      few,
    );
  });

  it('property 10: classification boundaries: 40 challenges, 60 refuses, 80 blocks, one below does not', () => {
    const levels = [0, 39, 40, 59, 60, 79, 80, 100].map(levelOf);
    expect(levels).toEqual(['allow', 'allow', 'challenge', 'challenge', 'block', 'block', 'auto-block', 'auto-block']);
    fc.assert(
      fc.property(fc.nat(100), (score) => {
        const expected = score < 40 ? 'allow' : score < 60 ? 'challenge' : score < 80 ? 'block' : 'auto-block';
        expect(levelOf(score)).toBe(expected);
      }),
    );
  });

  it('property 11: score monotonicity: making any one factor worse never lowers the score', () => {
    const worse: ((given: Features, by: number) => Features)[] = [
      (given, by) => ({ ...given, requests: given.requests + by }),
      (given, by) => ({ ...given, challenged: given.challenged + by }),
      (given, by) => ({ ...given, oddness: Math.min(100, given.oddness + by) }),
      (given, by) => ({ ...given, agentChanges: given.agentChanges + by }),
      (given, by) => ({ ...given, repeats: given.repeats + by }),
      (given, by) => ({ ...given, routeRepeats: given.routeRepeats + by }),
      (given, by) => ({ ...given, signInFailures: given.signInFailures + by }),
      (given, by) => ({ ...given, errors: Math.min(given.answers, given.errors + by) }),
      (given, by) => ({ ...given, signaturePoints: given.signaturePoints + by }),
      (given, by) => ({ ...given, violationPoints: given.violationPoints + by }),
      (given) => ({ ...given, session: given.session === 'valid' ? 'none' : 'forged' }),
      (given) => ({ ...given, reported: true }),
      (given) => ({ ...given, malformed: true }),
      (given) => ({ ...given, coordinated: true }),
    ];
    fc.assert(
      fc.property(features, fc.constantFrom(...worse), fc.nat(30), (given, make, by) => {
        expect(scoreOf(make(given, by)).score).toBeGreaterThanOrEqual(scoreOf(given).score);
      }),
      { numRuns: 1_000 },
    );
    // More different endpoints, with errors: never fewer points, from two on (below that it is a flood of one).
    for (let distinct = 3; distinct < ENDPOINTS; distinct++) {
      const at = (each: number) => scoreOf({ ...IDLE, recent: 20, distinct: each, answers: 20, errors: 10 }).score;
      expect(at(distinct + 1)).toBeGreaterThanOrEqual(at(distinct));
    }
  });

  it('property 21: signature raises score: by its points, and no number of them reaches 60 without anything else', () => {
    fc.assert(
      fc.property(features, fc.integer({ min: 1, max: 30 }), (given, points) => {
        const before = { ...given, challenged: 0, signaturePoints: 0, reported: false, coordinated: false };
        const after = { ...before, signaturePoints: points };
        expect(scoreOf(after).score).toBe(Math.min(100, scoreOf(before).score + points));
      }),
      few,
    );
    fc.assert(
      fc.property(fc.nat(10_000), (points) => {
        expect(scoreOf({ ...IDLE, session: 'valid', signaturePoints: points }).score).toBeLessThan(60);
      }),
    );
  });
});
