// Who acts for a patient at this clinic: named and ended by reception, by the patient herself, by the clock. patient_* is for
// staff, me_* for the patient and for whoever acts for her.
import { z } from 'zod';
import { actingFields, word } from './me.ts';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { representativeKind } from './representative-kind.ts';
import { empty, hash, hashParam, statementStatus, time } from './shapes.ts';

/** What was looked at; `own-word`: the patient or a guardian signed it with a device. */
const shownDocument = z.enum([
  'birth-certificate',
  'court-order',
  'power-of-attorney',
  'signed-letter',
  'other',
  'own-word',
]);
const user = z.string().trim().min(1).max(64);

const representative = z.object({
  /** Names it when it is ended. */
  representative: hash,
  account: hash,
  /** Null where this clinic does not know the person. */
  name: z.string().nullable(),
  kind: representativeKind,
  document: shownDocument,
  from: time,
  /** The first moment at which it is over. */
  ends: time,
  /** ended: before its time. unsaid: the chain does not say it, and nobody acts by it. */
  state: z.enum(['acts', 'ended', 'over', 'unsaid']),
  endedAt: time.nullable(),
});
export type RepresentativeView = z.infer<typeof representative>;

const said = z.object({ representative, statement: hash, status: statementStatus });
const treated = ['identifier.*', 'record.no-relation'];
const writes = ['clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'];
const names = ['me.unknown-user', 'me.no-account', 'me.provisional', 'representative.*', 'consent.*', ...writes];
const relation = ['me.not-attached', 'representative.not-yours', 'identifier.*'];

export const representativeMethods = defineMethods({
  patient_representativeAdd: {
    summary: 'Says that somebody acts for a patient, whose document was checked here, until an end; the chain is told.',
    params: z.strictObject({
      ...lookupFields,
      /** Name that the person signs in with. */
      user,
      kind: representativeKind,
      document: shownDocument.exclude(['own-word']),
      /** At most a year for a delegate; where it is missing, a guardian acts until the child is of age. */
      until: time.optional(),
    }),
    result: said,
    errors: [...treated, ...names, 'consent.taken-over'],
    cost: 10,
  },
  patient_representatives: {
    summary: 'Who acts for a patient at this clinic, and who did last, the newest first.',
    params: z.strictObject(lookupFields),
    result: z.object({ representatives: z.array(representative) }),
    errors: treated,
    cost: 5,
  },
  patient_representativeEnd: {
    summary: 'Ends that somebody acts for a patient: at once, with what she shared.',
    params: z.strictObject({ ...lookupFields, representative: hashParam }),
    result: said,
    errors: [...treated, 'representative.unknown', 'consent.*', ...writes],
    cost: 10,
  },
  me_actingFor: {
    summary: 'The patients for whom the caller acts here now; the other me methods take what it names them by.',
    params: empty,
    result: z.object({
      patients: z.array(
        z.object({
          /** Says nothing to anybody else. */
          patient: z.string(),
          /** Null where the clinic knows none. */
          name: z.string().nullable(),
          kind: representativeKind,
          ends: time,
        }),
      ),
    }),
    errors: [],
    cost: 5,
  },
  me_representatives: {
    summary: 'Who acts for the caller, or for the patient for whom she acts, and who did last.',
    params: z.strictObject(actingFields),
    result: z.object({ representatives: z.array(representative) }),
    errors: relation,
    cost: 5,
  },
  me_delegate: {
    summary: 'Lets an adult act for the caller until a day within a year, by the word of her device.',
    params: z.strictObject({
      ...actingFields,
      /** Name that the person signs in with. */
      user,
      until: time,
      word,
    }),
    result: said,
    errors: [
      ...relation,
      'me.word',
      'me.taken-over',
      ...names.filter((code) => code !== 'me.no-account'),
      'rpc.rate-limited',
    ],
    cost: 20,
  },
  me_representativeEnd: {
    summary: 'Ends what somebody whom the patient chose may do for her, or what the caller does; at once.',
    params: z.strictObject({
      ...actingFields,
      representative: hashParam,
      /** With the key of a take-over also a guardian's is ended. */
      word: word.optional(),
    }),
    result: said,
    errors: [...relation, 'me.word', 'me.taken-over', 'representative.*', 'consent.*', ...writes],
    cost: 10,
  },
});
