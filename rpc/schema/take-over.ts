// takeover_*: how a patient, or whoever acts for one, gets authority over what clinics keep.
import { z } from 'zod';
import { actingFields } from './me.ts';
import { defineMethods } from './method.ts';
import { clinicNumber, count, hash, hashParam, hex, limitParam, statementState, time } from './shapes.ts';

const MAX_PAGE = 100;
/** As many keys as a vault makes for one patient. */
const MAX_NAMED = 8;

/** An identity number or a PID; country and type default to the network's and are ignored for a PID. */
const patient = {
  patient: z.string().trim().min(1).max(128),
  country: z.string().toUpperCase().length(2).optional(),
  type: z.string().toLowerCase().max(32).optional(),
};
/** 128 bits: nobody makes another that begins the same. */
const CODE = /^[0-9a-f]{32}$/;
const takeOver = hashParam;
/** Made for this one take-over. */
const key = hashParam;

const view = z.object({
  takeOver: hash,
  /** The patient as the chain names it. */
  handle: hash,
  key: hash,
  state: z.enum(['open', 'finished']),
  /** Null where this clinic does not have the block. */
  begun: time.nullable(),
  witnesses: z.array(clinicNumber),
  /** Clinics that hold the patient and have not acknowledged it. */
  waiting: z.array(clinicNumber),
  /** Objections that stand. */
  objections: count,
  outvoted: z.boolean(),
  /** From when on it can be finished; null until it is witnessed. */
  readyAt: time.nullable(),
  /** Of this clinic. */
  attached: z.boolean(),
  asked: z.boolean(),
  objects: z.boolean(),
});
export type TakeOverAnswer = z.infer<typeof view>;

const page = z.object({
  takeOvers: z.array(view),
  /** Whether there may be others. */
  more: z.boolean(),
});

/** Who took over, and whose key alone lets others in; null while nobody did. */
const authority = z.object({ key: hash, since: time }).nullable();

const outboxErrors = ['outbox.full', 'outbox.stopped', 'clinic.not-a-member'] as const;
const relation = ['me.not-attached', 'representative.not-yours', 'identifier.*'];
const word = {
  params: z.strictObject({ takeOver }),
  result: z.object({ takeOver: hash, statement: statementState }),
  errors: ['takeover.*', ...outboxErrors],
  cost: 5,
};

/** A key that is made for this one take-over, and what belongs to it. */
const newKey = {
  key,
  encryptionKey: hashParam,
  /** Salted commitment to who takes over for whom and until when. */
  commitment: hashParam,
};
const prepared = z.object({
  takeOver: hash,
  statement: hex,
  /** What the key signs: then `statement`, `01` and the 64 bytes of the signature go to tx_submit. */
  id: hash,
  words: z.string(),
});

export const takeOverMethods = defineMethods({
  takeover_list: {
    summary:
      'Take-overs of a patient; without one, those that wait for a word of this clinic or that its objection stops.',
    params: z
      .strictObject({
        ...{ patient: patient.patient.optional(), country: patient.country, type: patient.type },
        /** Of a patient: the one whose id begins so, as pages show it. */
        code: z.string().toLowerCase().regex(CODE, 'expected 32 hex digits').optional(),
        limit: limitParam(MAX_PAGE, 20),
      })
      .refine(({ patient: of, code }) => of !== undefined || code === undefined, 'expected a patient beside the code'),
    /** `authority`: of the patient that was asked for. */
    result: page.extend({ authority }),
    errors: ['identifier.*'],
    cost: 20,
  },
  takeover_get: {
    summary: 'One take-over, as this clinic sees it.',
    params: z.strictObject({ takeOver }),
    result: view,
    errors: ['takeover.unknown'],
    cost: 2,
  },
  takeover_prepare: {
    summary: 'The bytes of a statement about a take-over, what of them is signed, and in words what they mean.',
    params: z.discriminatedUnion('action', [
      z.strictObject({
        action: z.literal('start'),
        ...patient,
        ...newKey,
      }),
      z.strictObject({ action: z.literal('finish'), takeOver }),
      /** By the key that took over before. */
      z.strictObject({ action: z.literal('object'), takeOver, key }),
      z.strictObject({ action: z.literal('withdraw'), takeOver, key }),
    ]),
    result: prepared,
    errors: ['takeover.*', 'identifier.*'],
    cost: 20,
  },
  takeover_witness: { summary: 'Says that this clinic saw the person and the document.', ...word },
  takeover_acknowledge: { summary: 'Says that this clinic, which holds the patient, knows of the take-over.', ...word },
  takeover_object: {
    summary: 'Objects to a take-over: it stops until the objection is withdrawn or outvoted.',
    ...word,
  },
  takeover_withdraw: { summary: "Withdraws this clinic's objection to a take-over.", ...word },
  me_takeOvers: {
    summary: 'Take-overs of what clinics keep of the caller, or of the patient for whom she acts, and who decides now.',
    params: z.strictObject({
      ...actingFields,
      /** These alone: found however many others begin. */
      takeOvers: z.array(takeOver).max(MAX_NAMED).optional(),
    }),
    result: z.object({
      handle: hash,
      /** Of the caller. */
      account: hash,
      /** Whether the caller may take over or object. */
      mayDecide: z.boolean(),
      authority,
      ...page.shape,
    }),
    errors: relation,
    cost: 10,
  },
  me_takeOverPrepare: {
    summary: 'The bytes by which the caller begins to take over, for a key made for it; as takeover_prepare.',
    params: z.strictObject({ ...actingFields, ...newKey }),
    result: prepared,
    errors: [...relation, 'representative.may-not'],
    cost: 10,
  },
  me_takeOverObject: {
    summary: 'Objects through this clinic to a take-over by somebody else; the clinic alone can withdraw it.',
    params: z.strictObject({ ...actingFields, takeOver }),
    result: word.result,
    errors: [...relation, 'representative.may-not', ...word.errors],
    cost: 10,
  },
});
