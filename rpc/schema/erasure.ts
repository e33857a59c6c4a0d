// erasure_*, me_erasure*: erasing what this clinic wrote of a patient, holding it, approving, and showing what became of it everywhere.
import { z } from 'zod';
import { actingFields, word } from './me.ts';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { clinicNumber, count, empty, hash, hashParam, hex, time } from './shapes.ts';

const text = z.string().trim().min(1).max(500);

const erasure = z.object({
  erasure: hash,
  kind: z.enum(['erasure', 'hold']),
  /** The patient as the chain names it. */
  handle: hash,
  text: z.string(),
  /** Account; null: the operator. */
  by: hash.nullable(),
  asked: time,
  /** Queued: in no block. Asked: waits for approvals. Done: shredded here; a hold: released. */
  state: z.enum(['queued', 'asked', 'held', 'approved', 'done']),
  /** Accounts that approved it. */
  approvals: z.array(hash),
  /** Rows that were shredded here. */
  removed: count,
});
export type ErasureView = z.infer<typeof erasure>;

const myErasure = z.object({
  /** False: reception has not said whose account it is, or the patient is erased here. */
  attached: z.boolean(),
  /** What the patient asked for last. */
  wish: z
    .object({
      asked: time,
      /** Waiting: nobody of the clinic has answered. From `queued` on as of an erasure. */
      state: z.enum(['waiting', 'refused', 'queued', 'asked', 'held', 'approved', 'done']),
      answered: time.nullable(),
      /** In words; of a refusal never empty. */
      answer: z.string().nullable(),
      /** Persons who approved it, of two. */
      approvals: count,
      removed: count,
      /** Once it is approved: who has carried it out, and when. */
      clinics: z.array(
        z.object({ clinic: clinicNumber, clinicName: z.string().nullable(), answered: time.nullable() }),
      ),
    })
    .nullable(),
  /** What keeps the records from being erased. */
  holds: z.array(z.object({ text: z.string(), since: time })),
});
export type MyErasure = z.infer<typeof myErasure>;

const wish = z.object({
  /** Names it: the patient as the chain does. */
  wish: hash,
  handle: hash,
  /** Of who asks. */
  name: z.string().nullable(),
  as: z.enum(['patient', 'guardian']),
  text: z.string(),
  asked: time,
  state: z.enum(['waiting', 'refused', 'taken-up']),
  erasure: hash.nullable(),
  answer: z.string().nullable(),
});
export type ErasureWishView = z.infer<typeof wish>;

const failures = ['erasure.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'];
const asks = ['identifier.*', ...failures];

/** Of who acts for another. */
const relation = ['representative.*', 'identifier.*'];

export const erasureMethods = defineMethods({
  erasure_request: {
    summary: 'Asks to erase what this clinic wrote of a patient; two persons approve, every member shreds.',
    params: z.strictObject({ ...lookupFields, text }),
    result: erasure,
    errors: asks,
    cost: 10,
  },
  erasure_hold: {
    summary: "Keeps this clinic's records of a patient from being erased until the hold is released.",
    params: z.strictObject({ ...lookupFields, text }),
    result: erasure,
    errors: asks,
    cost: 10,
  },
  erasure_release: {
    summary: 'Releases a hold.',
    params: z.strictObject({ hold: hashParam }),
    result: erasure,
    errors: failures,
    cost: 10,
  },
  erasure_list: {
    summary: 'Erasures and holds of this clinic, newest first.',
    params: empty,
    result: z.object({ erasures: z.array(erasure) }),
    errors: ['store.*'],
    cost: 10,
  },
  erasure_wishes: {
    summary: 'Patients who asked this clinic to erase their records, newest first, and what was answered.',
    params: empty,
    result: z.object({ wishes: z.array(wish) }),
    errors: ['store.*'],
    cost: 5,
  },
  erasure_answer: {
    summary: 'Takes up what a patient asked for, which makes it an erasure to approve, or refuses it with a reason.',
    params: z
      .strictObject({
        wish: hashParam,
        /** Of the wish that was read: another one that came after it is not answered. */
        asked: time,
        accept: z.boolean(),
        text: z.string().trim().max(500).default(''),
      })
      .refine(({ accept, text: said }) => accept || said !== '', 'expected a reason'),
    result: z.object({ erasure: hash.nullable() }),
    errors: failures,
    cost: 10,
  },
  me_erasure: {
    summary:
      'What became of the wish that the caller, or the child for whom she acts, is erased here; what keeps it from it.',
    params: z.strictObject(actingFields),
    result: myErasure,
    errors: [...relation, 'store.*'],
    cost: 10,
  },
  me_erasureAsk: {
    summary:
      'Asks the clinic to erase what it wrote of the caller, or of the child for whom she acts, until it is taken up.',
    params: z.strictObject({
      ...actingFields,
      text: z.string().trim().max(500).default(''),
      /** Once somebody took over: with that key alone. */
      word: word.optional(),
    }),
    result: myErasure,
    errors: ['me.not-attached', 'me.word', 'me.taken-over', ...relation, 'erasure.*', 'store.*'],
    cost: 10,
  },
  me_erasureCancel: {
    summary: 'Takes back what the caller asked for, while nobody of the clinic has taken it up.',
    params: z.strictObject(actingFields),
    result: myErasure,
    errors: [...relation, 'erasure.*', 'store.*'],
    cost: 10,
  },
  erasure_prepare: {
    summary: 'The bytes with which a person approves an erasure, and what they mean; tx_submit sends them.',
    params: z.strictObject({
      erasure: hashParam,
      /** Public key of the device that will sign. */
      author: hashParam,
    }),
    result: z.object({
      /** The statement without its signature. */
      statement: hex,
      /** What the author signs: then `statement`, `01` and the 64 bytes of the signature go to tx_submit. */
      id: hash,
      words: z.string(),
    }),
    errors: ['erasure.*', 'store.*'],
    cost: 5,
  },
  erasure_certificate: {
    summary: 'What every member has said of an erasure, signed; clinics that have not answered are named.',
    params: z.strictObject({ erasure: hashParam }),
    result: z.object({
      clinic: clinicNumber,
      approvers: z.array(hash),
      approved: time,
      holders: z.array(
        z.object({
          clinic: clinicNumber,
          /** Null: it has not answered. */
          answered: z.object({ statement: hash, removed: count, time }).nullable(),
        }),
      ),
      unanswered: z.array(clinicNumber),
      made: time,
      /** The certificate, its signer and signature, to be kept. */
      certificate: hex,
      key: hash,
      signature: hex,
    }),
    errors: ['erasure.*', 'store.*'],
    cost: 10,
  },
  erasure_challenge: {
    summary: 'Asks a clinic to show, signed, what it has left of what was erased.',
    params: z.strictObject({ erasure: hashParam, clinic: clinicNumber.min(1) }),
    result: z.object({
      clinic: clinicNumber,
      /** Null: it has not shredded. */
      shredded: time.nullable(),
      removed: count,
      left: count,
      at: time,
    }),
    errors: ['erasure.*', 'p2p.*'],
    cost: 20,
  },
});
