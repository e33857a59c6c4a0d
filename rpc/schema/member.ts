// Methods of membership: who belongs to the network, invitations, proposals of governance and their approval.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, empty, hash, hashParam, height, hex, statementState, time } from './shapes.ts';

const MAX_DOCUMENT_CHARACTERS = 64 * 1024;
const DAY_MS = 86_400_000;
const MAX_CONTENT_BYTES = 16 * 1024;

const member = z.object({
  number: clinicNumber,
  name: z.string(),
  organisation: clinicNumber,
  status: z.enum(['active', 'removed', 'left']),
  /** Its votes do not count: evidence against its vote key stands on the chain. */
  voteSuspended: z.boolean(),
  /** Connected to this node now; true for the node's own clinic. */
  connected: z.boolean(),
  lastBlock: z.object({ height, timestamp: time }).nullable(),
  governanceKey: hex,
  nodeKey: hex,
  gatewayKey: hex,
  voteKey: hex,
  encryptionKey: hex,
});

const organisation = z.object({ number: clinicNumber, name: z.string() });

/** The document that `wardmesh init` leaves as founder.json. */
const clinicDocument = z.string().min(2).max(MAX_DOCUMENT_CHARACTERS);

/** Public keys that take the place of a clinic's. */
const keysParam = z.strictObject({
  governance: hashParam.optional(),
  node: hashParam.optional(),
  gateway: hashParam.optional(),
  vote: hashParam.optional(),
  encryption: hashParam.optional(),
});

const changeParam = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('admit'), clinic: clinicDocument }),
  z.strictObject({
    type: z.literal('update'),
    clinic: clinicNumber.min(1),
    name: z.string().min(1).max(200).optional(),
    addresses: z.array(z.string().max(200)).max(16).optional(),
    networks: z.array(z.string().max(200)).max(64).optional(),
    keys: keysParam.optional(),
  }),
  z.strictObject({ type: z.literal('remove-clinic'), clinic: clinicNumber.min(1) }),
  z.strictObject({ type: z.literal('remove-organisation'), organisation: clinicNumber.min(1) }),
  z.strictObject({ type: z.literal('activate'), feature: z.int().min(1).max(0xffff), height }),
]);

const proposal = z.object({
  id: hash,
  status: z.enum(['open', 'approved', 'expired']),
  /** What would change, in words. */
  summary: z.string(),
  type: z.string(),
  proposer: clinicNumber,
  /** Last height at which it can be approved. */
  expires: height,
  approvals: z.array(clinicNumber),
  /** Approvals that are still missing. */
  missing: count,
});

const sent = z.object({ statement: hash, status: statementState.shape.status });

/** What a governance key that is kept elsewhere has to sign, and its signature once it has. */
export const governanceFile = z.strictObject({
  version: z.literal(1),
  genesis: hash,
  /** Whose governance key. */
  clinic: clinicNumber.min(1),
  action: z.enum(['propose', 'approve', 'leave']),
  subject: z.enum(['members', 'params']),
  /** Object of the proposal, and of a proposal that is new its salt and the last height that may approve it. */
  proposal: hash,
  salt: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  expiry: height.nullable(),
  /** What is decided on, in the layout of the chain: what is signed, whatever `summary` says. */
  content: z
    .string()
    .max(2 * MAX_CONTENT_BYTES)
    .regex(/^(?:[0-9a-f]{2})+$/),
  summary: z.string().max(1000),
  signature: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .nullable(),
});
export type GovernanceFile = z.infer<typeof governanceFile>;

const decision = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('propose'), change: changeParam }),
  z.strictObject({ action: z.literal('approve'), proposal: hashParam }),
  z.strictObject({ action: z.literal('leave') }),
]);

export const memberMethods = defineMethods({
  member_list: {
    summary: 'Organisations and clinics of the network with their public keys, and the change that comes next.',
    params: z.strictObject({ former: z.boolean().default(false) }),
    result: z.object({
      memberSet: count,
      /** Until a checkpoint of this set is final, the one before must agree too. */
      previousSet: count.nullable(),
      /** A change that is final and bites at a height. */
      next: z.object({ memberSet: count, height }).nullable(),
      governance: z.enum(['clinic', 'organisation']),
      organisations: z.array(organisation),
      members: z.array(member),
    }),
    errors: [],
  },
  member_invite: {
    summary: 'Lets a clinic follow the chain of this network before it is admitted: the text is for `wardmesh join`.',
    params: z.strictObject({
      clinic: clinicDocument,
      forMs: z
        .int()
        .min(60_000)
        .max(90 * DAY_MS)
        .default(14 * DAY_MS),
    }),
    result: z.object({ invitation: z.string(), name: z.string(), nodeKey: hex, expires: time }),
    errors: ['genesis.*', 'observers.full', 'observers.member', 'clinic.not-a-member'],
  },
  member_observers: {
    summary: 'Clinics that this node has invited.',
    params: empty,
    result: z.object({
      observers: z.array(z.object({ nodeKey: hex, name: z.string(), expires: time, connected: z.boolean() })),
    }),
    errors: [],
  },
  member_uninvite: {
    summary: 'Takes an invitation back and closes the connection.',
    params: z.strictObject({ nodeKey: hashParam }),
    result: z.object({ removed: z.boolean() }),
    errors: [],
  },
  member_propose: {
    summary: "Proposes a change of the members, with this clinic's governance key; counts as its approval.",
    params: z.strictObject({ change: changeParam }),
    result: z.object({ ...sent.shape, proposal: hash, summary: z.string() }),
    errors: ['genesis.*', 'member.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped'],
  },
  member_approve: {
    summary: "Approves a proposal with this clinic's governance key.",
    params: z.strictObject({ proposal: hashParam }),
    result: sent,
    errors: ['member.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped'],
  },
  member_prepare: {
    summary: 'What a governance key that is kept off this node has to sign for a decision; sends nothing.',
    params: z.strictObject({ decision }),
    result: governanceFile,
    errors: ['genesis.*', 'member.*', 'clinic.not-a-member'],
  },
  member_submit: {
    summary: 'Sends a decision that a governance key has signed elsewhere.',
    params: z.strictObject({ file: governanceFile }),
    result: z.object({ ...sent.shape, proposal: hash, summary: z.string() }),
    errors: ['member.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped'],
  },
  member_leave: {
    summary: 'Takes this clinic out of the network for good; nobody else need agree.',
    params: empty,
    result: sent,
    errors: ['member.governance-elsewhere', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped'],
  },
  member_proposals: {
    summary: 'Proposals of governance, newest first.',
    params: empty,
    result: z.object({ proposals: z.array(proposal) }),
    errors: [],
  },
});
