import { base58 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, toHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { decodeGoodbye, encodeGoodbye, goodbyeName } from '../../p2p/goodbye.ts';
import { messageId } from '../../p2p/gossip.ts';
import { GossipQueue } from '../../p2p/gossip-queue.ts';
import { MAX_TIMED_PEERS } from '../../p2p/limits.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { TopicOptions, Verdict } from '../../p2p/ports.ts';
import { FramingViolation } from '../../p2p/reqresp/errors.ts';
import {
  decodeFrame,
  decodeFrameHeader,
  decodeRequestHeader,
  encodeFrame,
  encodeRequest,
  FRAME_HEADER_BYTES,
  type Frame,
} from '../../p2p/reqresp/framing.ts';
import { RequestSlots } from '../../p2p/reqresp/request-slots.ts';
import { TimedPeers } from '../../p2p/timed-peers.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const LIMIT = 300;

function decodeWhole(bytes: Uint8Array): Frame {
  const header = decodeFrameHeader(bytes.subarray(0, FRAME_HEADER_BYTES), LIMIT);
  return decodeFrame(header, bytes.subarray(FRAME_HEADER_BYTES, FRAME_HEADER_BYTES + header.length));
}

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('chunk' as const), body: fc.uint8Array({ maxLength: LIMIT }) }),
  fc.constant({ kind: 'end' as const }),
  fc.record({ kind: fc.constant('rateLimited' as const), retryAfterMs: fc.nat() }),
  fc.record({
    kind: fc.constant('error' as const),
    status: fc.constantFrom(1 as const, 2 as const, 3 as const),
    reason: fc.stringMatching(/^[a-z0-9.-]{0,64}$/),
  }),
);

describe('framing', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeWhole(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('accepts no bytes but those it would encode, and announces no length above the limit', () => {
    const mutated = fc
      .tuple(frames, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }))
      .map(([frame, changes]) => {
        const bytes = encodeFrame(frame);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const any = fc.oneof(mutated, fc.uint8Array({ minLength: FRAME_HEADER_BYTES, maxLength: 400 }));
    fc.assert(
      fc.property(any, (bytes) => {
        try {
          const header = decodeFrameHeader(bytes.subarray(0, FRAME_HEADER_BYTES), LIMIT);
          expect(header.length).toBeLessThanOrEqual(LIMIT);
          if (bytes.length < FRAME_HEADER_BYTES + header.length) return;
          const used = bytes.subarray(0, FRAME_HEADER_BYTES + header.length);
          expect(encodeFrame(decodeWhole(used))).toEqual(used);
        } catch (error) {
          expect(error).toBeInstanceOf(FramingViolation);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('has these bytes on the wire', () => {
    const bytes = (frame: Frame): string => toHex(encodeFrame(frame));
    expect(toHex(encodeRequest(Uint8Array.of(7, 8)))).toBe('000000020708');
    expect(bytes({ kind: 'chunk', body: Uint8Array.of(9) })).toBe('000000000109');
    expect(bytes({ kind: 'end' })).toBe('0400000000');
    expect(bytes({ kind: 'rateLimited', retryAfterMs: 1_500.2 })).toBe('8b00000004000005dd');
    expect(bytes({ kind: 'error', status: 3, reason: 'a.b' })).toBe('0300000003612e62');
    expect(() => decodeRequestHeader(Uint8Array.of(0, 0, 1, 1), 256)).toThrow(FramingViolation);
    expect(decodeRequestHeader(Uint8Array.of(0, 0, 1, 0), 256)).toBe(256);
  });
});

describe('goodbye', () => {
  it('is two bytes, no more and no less', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), (code) => {
        expect(decodeGoodbye(encodeGoodbye(code))).toBe(code);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        if (bytes.length === 2) expect(encodeGoodbye(decodeGoodbye(bytes))).toEqual(bytes);
        else expect(() => decodeGoodbye(bytes)).toThrow();
      }),
    );
    expect([1, 300, 77].map(goodbyeName)).toEqual(['shutdown', 'notAMember', 'other']);
  });
});

describe('names', () => {
  it('derives the PeerId as libp2p specifies it: base58 of the identity multihash of the key as protobuf', () => {
    const publicKey = new Uint8Array(32).fill(5);
    const multihash = concatBytes(Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20), publicKey);
    expect(peerIdOf(publicKey)).toBe(base58.encode(multihash));
    expect(() => peerIdOf(publicKey.subarray(1))).toThrow('p2p.options');
  });

  it('keeps the same bytes on two topics apart', () => {
    const id = (topic: string, data: string): string => toHex(messageId(topic, new TextEncoder().encode(data)));
    expect(id('tx', 'x')).toHaveLength(40);
    expect(new Set([id('tx', 'x'), id('t', 'xx'), id('txx', ''), id('block', 'x')]).size).toBe(4);
  });
});

describe('quarantine', () => {
  it('ends by the clock, is never shortened, and is bounded', () => {
    const clock = new ManualClock();
    const quarantine = new TimedPeers({ clock });
    quarantine.add('a', 1_000);
    quarantine.add('a', 10);
    quarantine.add('b', 0);
    expect([quarantine.has('a'), quarantine.has('b')]).toEqual([true, false]);
    clock.advance(999);
    expect(quarantine.has('a')).toBe(true);
    clock.advance(1);
    expect(quarantine.has('a')).toBe(false);
    for (let i = 0; i < 2 * MAX_TIMED_PEERS; i++) quarantine.add(`p${i}`, 1_000);
    expect(quarantine.size).toBe(MAX_TIMED_PEERS);
    clock.advance(1_000);
    expect(quarantine.size).toBe(0);
  });
});

describe('request slots', () => {
  it('forgets lines that are empty and waiters that gave up', async () => {
    const slots = new RequestSlots();
    const first = await slots.acquire('k', undefined);
    const second = await slots.acquire('k', undefined);
    const controller = new AbortController();
    const third = slots.acquire('k', controller.signal);
    const fourth = slots.acquire('k', undefined);
    controller.abort(new Error('gave up'));
    await expect(third).rejects.toThrow('gave up');
    first?.();
    first?.();
    const release = await fourth;
    expect(release).toBeDefined();
    second?.();
    release?.();
    expect(Reflect.get(slots, 'lines').size).toBe(0);
  });
});

describe('gossip queue', () => {
  const lane = (topic: string, priority: number, queue = 4): TopicOptions => ({
    topic,
    priority,
    queue,
    maxBytes: 100,
  });

  /** Nothing runs until `run`. */
  function makeQueue() {
    const deferred: (() => void)[] = [];
    const errors: string[] = [];
    const queue = new GossipQueue({
      clock: systemClock,
      defer: (run) => void deferred.push(run),
      onHandlerError: (topic) => errors.push(topic),
    });
    const run = async (): Promise<void> => {
      while (deferred.length > 0) {
        deferred.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { queue, run, errors };
  }

  it('runs the more urgent topic first, whatever came first', async () => {
    const { queue, run } = makeQueue();
    const order: string[] = [];
    const handler = async (_: string, data: Uint8Array): Promise<Verdict> => {
      order.push(new TextDecoder().decode(data));
      return 'accept';
    };
    queue.addLane(lane('tx', 2), handler, 1);
    queue.addLane(lane('block', 0), handler, 1);
    queue.addLane(lane('vote', 1), handler, 1);
    for (const topic of ['tx', 'tx', 'vote', 'block', 'block'])
      void queue.push(topic, 'p', new TextEncoder().encode(topic));
    expect(queue.size).toBe(5);
    await run();
    expect(order.slice(0, 3)).toEqual(['block', 'vote', 'tx']);
    expect(order.sort()).toEqual(['block', 'block', 'tx', 'tx', 'vote']);
    expect(queue.size).toBe(0);
  });

  it('takes from the flooder, not from the others, and answers ignore', async () => {
    const { queue, run } = makeQueue();
    queue.addLane(lane('tx', 2), async () => 'accept', 1);
    const flood = Array.from({ length: 10 }, () => queue.push('tx', 'flooder', new Uint8Array(1)));
    const other = [queue.push('tx', 'other', new Uint8Array(1)), queue.push('tx', 'other', new Uint8Array(1))];
    await run();
    expect(await Promise.all(other)).toEqual(['accept', 'accept']);
    expect((await Promise.all(flood)).filter((verdict) => verdict === 'accept')).toHaveLength(2);
  });

  it('counts bytes too, and takes a handler that throws for ignore', async () => {
    const { queue, run, errors } = makeQueue();
    queue.addLane(lane('tx', 2, 1_000), () => Promise.reject(new Error('bug')), 8);
    const verdicts = Array.from({ length: 40 }, () => queue.push('tx', 'p', new Uint8Array(1024 * 1024)));
    expect(queue.size).toBe(32);
    await run();
    expect(new Set(await Promise.all(verdicts))).toEqual(new Set(['ignore']));
    expect(errors).toHaveLength(32);
    expect(await queue.push('unknown', 'p', new Uint8Array(1))).toBe('ignore');
  });

  it('never runs more handlers of a topic at once than it may, and never exceeds its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5), { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (peers, most) => {
        const { queue, run } = makeQueue();
        let running = 0;
        let peak = 0;
        const handler = async (): Promise<Verdict> => {
          peak = Math.max(peak, ++running);
          await Promise.resolve();
          running--;
          return 'accept';
        };
        queue.addLane(lane('tx', 2, 8), handler, most);
        const verdicts = peers.map((peer) => queue.push('tx', `p${peer}`, new Uint8Array(1)));
        expect(queue.size).toBe(Math.min(8, peers.length));
        await run();
        expect((await Promise.all(verdicts)).filter((verdict) => verdict === 'accept')).toHaveLength(
          Math.min(8, peers.length),
        );
        expect(peak).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('ignores what still waits when it is cleared', async () => {
    const { queue } = makeQueue();
    queue.addLane(lane('tx', 2), async () => 'accept', 1);
    const verdict = queue.push('tx', 'p', new Uint8Array(1));
    queue.clear();
    expect(await verdict).toBe('ignore');
    expect(queue.size).toBe(0);
  });
});
