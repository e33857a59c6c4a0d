// Methods about this node: health, status, configuration, keys, members.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicRef, count, decimal, empty, hash, height, hex, time } from './shapes.ts';

const headRef = z.object({ height, id: hash, timestamp: time });
const finalRef = z.object({ height, id: hash.nullable() });

/** What is fetched from the other clinics: `done` of `total` blocks, or parts of a snapshot. */
const syncState = z.object({
  phase: z.enum(['idle', 'headers', 'bodies', 'snapshot-headers', 'snapshot', 'backfill']),
  done: count,
  total: count,
});

/** What the network cannot promise now, as sentences for people. */
const claims = z.array(z.string());

export const nodeMethods = defineMethods({
  node_health: {
    summary: 'Whether the node is ready, which clinic and network it belongs to, and its head.',
    params: empty,
    result: z.object({
      ready: z.boolean(),
      /** Why it is not ready. */
      reasons: z.array(z.string()),
      clinic: clinicRef,
      network: z.string(),
      genesis: hash,
      version: z.string(),
      /** The node's clock; ages on pages follow it. */
      now: time,
      /** T, the target block interval, ms. */
      blockInterval: count,
      head: headRef,
      final: finalRef,
      peers: count,
      members: count,
      claims,
      sync: syncState,
    }),
    errors: [],
  },
  node_status: {
    summary: 'The whole status of the node for its operator.',
    params: empty,
    result: z.object({
      clinic: z.object({ ...clinicRef.shape, organisationName: z.string() }),
      network: z.string(),
      genesis: hash,
      version: z.string(),
      ready: z.boolean(),
      reasons: z.array(z.string()),
      /** `stateRoot` is the root of the state after this block. */
      head: z.object({ ...headRef.shape, stateRoot: hash, work: decimal }),
      final: finalRef,
      peers: count,
      members: count,
      claims,
      syncing: z.boolean(),
      sync: syncState,
      /** What the other clinics' clocks are ahead of this one, ms; an alarm beyond a third of T, no mining beyond T. */
      clock: z.object({ offsetMs: z.int(), alarm: z.boolean() }),
      /** Bytes free for this node; `low`: nothing new is taken until there is room. */
      disk: z.object({ free: count.nullable(), low: z.boolean() }),
      /** How late the main thread is, 99th percentile of ten seconds; late above 50 ms. */
      eventLoop: z.object({ p99Ms: z.number(), late: z.boolean() }),
      mempool: z.object({ transactions: count, bytes: count }),
      outbox: z.object({ queued: count, pending: count, refused: count }),
      mining: z.object({ enabled: z.boolean(), hashesPerSecond: z.number().nonnegative() }),
      /**
       * The weekly key of threat reports: the newest epoch and when it began, the epoch under which this clinic reports,
       * those whose key it lacks, and whether nobody made the next one in time. Null for an observer.
       */
      threatKey: z
        .object({ epoch: count, since: time, sealing: count.nullable(), missing: z.array(count), overdue: z.boolean() })
        .nullable(),
      /** Of the doors; null where they speak plain HTTP. The fingerprint is SHA-256, as browsers show it. */
      certificate: z.object({ fingerprint: z.string(), selfSigned: z.boolean(), from: time, until: time }).nullable(),
      peerId: z.string(),
      addresses: z.array(z.string()),
      now: time,
      startedAt: time,
      uptimeMs: count,
      blockInterval: count,
      memoryBytes: count,
      /** Identity number defaults of the network. */
      defaults: z.object({ country: z.string(), idType: z.string() }),
    }),
    errors: [],
  },
  node_config: {
    summary: 'The configuration in force, without secrets.',
    params: empty,
    result: z.object({
      config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])),
    }),
    errors: [],
  },
  key_list: {
    summary: "The public halves of this clinic's keys.",
    params: empty,
    result: z.object({
      keys: z.array(
        z.object({ role: z.string(), type: z.enum(['ed25519', 'x25519', 'ristretto255']), publicKey: hex }),
      ),
    }),
    errors: [],
  },
});
