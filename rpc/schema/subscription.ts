// Streams that a WebSocket can follow: heads, states of statements, events of the ledger families, what is judged.
// Notifications are `{jsonrpc, method: 'subscription', params: {subscription, value}}`.
import { z } from 'zod';
import { blockSummary } from './chain.ts';
import { defineMethods } from './method.ts';
import { actions } from './security.ts';
import { count, hash, hashParam, height, statementState, statementStatus, time } from './shapes.ts';

const families = z.string().regex(/^[a-z]{1,32}$/);

const headValue = z.object({
  head: blockSummary,
  /** Blocks of the former chain that were left behind by this head. */
  replaced: count,
});
export type HeadValue = z.infer<typeof headValue>;

const eventValue = z.object({
  family: z.string(),
  type: z.string(),
  statement: hash,
  height,
  block: hash,
  status: statementStatus,
  /** True when the block of this event was left behind: what the event told did not happen after all. */
  undone: z.boolean(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type EventValue = z.infer<typeof eventValue>;

/** What is judged now; without addresses, which are read by calls that are logged. */
const trafficValue = z.object({
  at: time,
  /** Of the last second and of the last minute. */
  second: actions,
  minute: actions,
});
export type TrafficValue = z.infer<typeof trafficValue>;

export interface StreamSpec {
  readonly filter: z.ZodType;
  readonly value: z.ZodType;
}

export const STREAMS = {
  heads: { filter: z.strictObject({}), value: headValue },
  statements: {
    /** Without ids: every statement made at this clinic. */
    filter: z.strictObject({ ids: z.array(hashParam).max(512).optional() }),
    value: statementState,
  },
  events: { filter: z.strictObject({ families: z.array(families).max(16).optional() }), value: eventValue },
  threats: { filter: z.strictObject({}), value: trafficValue },
} as const satisfies Record<string, StreamSpec>;

export type Streams = typeof STREAMS;
export type StreamName = keyof Streams;
export type StreamFilter<S extends StreamName> = z.output<Streams[S]['filter']>;
/** As a subscriber writes it. */
export type StreamFilterIn<S extends StreamName> = z.input<Streams[S]['filter']>;
export type StreamValue<S extends StreamName> = z.output<Streams[S]['value']>;

const subscriptionId = z.string().regex(/^[0-9a-f]{16}$/);

/** Served by the door itself, on WebSockets only. */
export const subscriptionMethods = defineMethods({
  subscribe: {
    summary: 'Follows a stream on this WebSocket.',
    params: z.discriminatedUnion('stream', [
      z.strictObject({ stream: z.literal('heads'), filter: STREAMS.heads.filter.default({}) }),
      z.strictObject({ stream: z.literal('statements'), filter: STREAMS.statements.filter.default({}) }),
      z.strictObject({ stream: z.literal('events'), filter: STREAMS.events.filter.default({}) }),
      z.strictObject({ stream: z.literal('threats'), filter: STREAMS.threats.filter.default({}) }),
    ]),
    result: z.object({ subscription: subscriptionId }),
    errors: ['rpc.websocket-only', 'rpc.unauthorized', 'rpc.too-many-subscriptions'],
  },
  unsubscribe: {
    summary: 'Ends a subscription of this WebSocket; false when there is none of that name.',
    params: z.strictObject({ subscription: subscriptionId }),
    result: z.boolean(),
    errors: ['rpc.websocket-only'],
  },
});
