// Methods about the other members as this node meets them: list, ban, unban.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, empty, hash, height, time } from './shapes.ts';

const ban = z.object({ since: time, reason: z.string() });

const peer = z.object({
  peerId: z.string(),
  clinic: clinicNumber.nullable(),
  name: z.string().nullable(),
  /** Null while it is not connected. */
  connection: z
    .object({
      address: z.string(),
      direction: z.enum(['inbound', 'outbound']),
      /** Through another member, because it cannot be dialled. */
      relayed: z.boolean(),
      since: time,
      latencyMs: z.number().nullable(),
      /** Whether gossip flows both ways. */
      gossip: z.boolean(),
    })
    .nullable(),
  head: z.object({ height, id: hash }).nullable(),
  /** How it behaved since this node started; the score forgets within minutes, 0 is normal. */
  standing: z.object({
    score: z.number(),
    useful: count,
    timeouts: count,
    throttled: count,
    invalid: count,
  }),
  /** What it could have known to be wrong and did all the same, newest last. */
  blames: z.array(
    z.object({
      code: z.string(),
      blame: z.enum(['throttle', 'disconnect', 'quarantine']),
      because: z.string(),
      at: time,
      times: count,
    }),
  ),
  /** Reports about which one key of this clinic said two different things; both are kept here with their signatures. */
  evidence: z.array(z.object({ report: hash, version: count, at: time })),
  /** By this clinic's operator. */
  banned: ban.nullable(),
});
export type PeerView = z.infer<typeof peer>;

/** A PeerId, or the number of a clinic. */
const peerParam = z.string().trim().min(1).max(128);

export const peerMethods = defineMethods({
  peer_list: {
    summary: 'The other members and how they behave: connected, banned, blamed.',
    params: empty,
    result: z.object({ peers: z.array(peer) }),
    errors: [],
    cost: 2,
  },
  peer_ban: {
    summary: 'Keeps a member away from this node, at once and until it is let in again; no other clinic is asked.',
    params: z.strictObject({ peer: peerParam, reason: z.string().trim().max(200).default('') }),
    result: z.object({ peerId: z.string(), clinic: clinicNumber.nullable(), banned: ban }),
    errors: ['peer.unknown', 'peer.own', 'peer.full'],
  },
  peer_unban: {
    summary: 'Lets a banned member in again.',
    params: z.strictObject({ peer: peerParam }),
    result: z.object({ peerId: z.string(), clinic: clinicNumber.nullable() }),
    errors: ['peer.unknown', 'peer.not-banned'],
  },
});
