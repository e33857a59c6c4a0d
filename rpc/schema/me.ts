// me_*: what a signed-in person sees and decides about herself: her records here, who may read them, who did. In clinic mode the
// clinic opens what it keeps; in vault mode it keeps ciphertext and keys that it cannot open, and the browser does the rest.
import { z } from 'zod';
import { application, consentState } from './consent.ts';
import { offeredFile } from './file.ts';
import { defineMethods } from './method.ts';
import { access, notice, place, who } from './my-accesses.ts';
import { lookupFields } from './patient.ts';
import { identityDocument, role } from './people.ts';
import { category, purpose } from './record.ts';
import {
  clinicNumber,
  count,
  empty,
  hash,
  hashParam,
  hex,
  hexParam,
  limitParam,
  statementStatus,
  time,
} from './shapes.ts';

/** Bytes of a key row, of a packet and of a sealed key as a page sends them. */
const MAX_ROW_BYTES = 8192;
const MAX_PACKET_BYTES = 2048;
const MAX_SEALED_BYTES = 128;
const MAX_PAGE = 200;
/** Records, packets or rows in one call. */
const MAX_PARTS = 512;
/** Bytes of an envelope in one answer. */
export const MAX_ENVELOPE_PART = 1024 * 1024;

const ownCategory = category.exclude(['consent']);
const categories = z.array(ownCategory).min(1).max(ownCategory.options.length);
/** clinic: the clinic opens it for whoever may read. vault: opened in browsers and by whom the patient shares it with. */
const mode = z.enum(['clinic', 'vault']);

const epoch = z.int().min(1).max(0xffffffff);
const sealed = hexParam(MAX_SEALED_BYTES);

const recordItem = z.object({
  record: hash,
  version: count,
  amendment: z.enum(['original', 'addendum', 'correction', 'entered-in-error']),
  /** The record that an addendum is about. */
  about: hash.nullable(),
  /** When it was written, ms. */
  date: time,
  category,
  /** What stands in the vault is known to the page alone: kind, title, media type and size are null, `row` opens them. */
  kind: z.string().nullable(),
  title: z.string().nullable(),
  mediaType: z.string().nullable(),
  /** Of the content, bytes. */
  size: count.nullable(),
  /** Null: the clinic itself. */
  writtenBy: who.nullable(),
  ...place.shape,
  status: z.enum(['standing', 'pending', 'superseded', 'entered-in-error']),
  /** Why it was amended. */
  reason: z.string(),
  mode,
  /** Of the ciphertext; vault only. */
  cid: z.string().nullable(),
  /** The key row with sealed manifest and wrapped data key, as bytes; vault only. */
  row: hex.nullable(),
});
export type MyRecord = z.infer<typeof recordItem>;
/** Records in the patient's vault that are not shown: they open for her alone, not for who acts for her. */
const sealedCount = count;

const request = z.object({
  request: hash,
  from: z.object({ ...who.shape, ...place.shape }),
  categories: z.array(category),
  purpose,
  until: time,
  reason: z.string(),
  state: z.enum(['open', 'granted', 'denied']),
  at: time,
});
export type MyRequest = z.infer<typeof request>;

/** Whom something is shared with; fields that say nothing here are null. */
const sharedWith = z.object({
  kind: z.enum(['person', 'role', 'clinic', 'organisation', 'application']),
  account: hash.nullable(),
  name: z.string().nullable(),
  role: role.nullable(),
  clinic: clinicNumber.nullable(),
  clinicName: z.string().nullable(),
  organisation: clinicNumber.nullable(),
});

const share = z.object({
  /** Names what one word of the patient gave, in both modes; the consent itself where the clinic gave it. */
  share: hash,
  consents: z.array(hash),
  effect: z.enum(['permit', 'deny']),
  with: sharedWith,
  categories: z.array(category),
  modes: z.array(mode),
  purposes: z.array(purpose),
  given: time,
  ends: time,
  state: consentState,
  /** Who gave it: the patient, somebody who acts for her, the clinic for what it keeps, or whom that let read, to a colleague. */
  by: z.enum(['patient', 'representative', 'clinic', 'grantee', 'take-over']),
  /** Whether it is about some of the records of these categories only. */
  narrowed: z.boolean(),
  /** Says that branches of the organisation do not read by being branches, and nothing else. */
  organisationRuleOff: z.boolean(),
});
export type MyShare = z.infer<typeof share>;

/** What a device key of the caller's account signed (records/vault/word.ts): that she herself gives, refuses or stops. */
export const word = z.strictObject({
  /** Device key of the account; of a take-over that decides, its own. */
  key: hashParam,
  /** ms, within minutes of now. */
  at: time,
  signature: hexParam(64),
});

/** A category key of the vault, sealed in the browser to one clinic's encryption key, signed by the device: bytes of a packet. */
const packet = hexParam(MAX_PACKET_BYTES);
/** Bytes of a key row, made in the browser and signed by the device. */
const row = hexParam(MAX_ROW_BYTES);

/** What goes with a word where the vault has something of these categories. */
const vaultPart = z.strictObject({
  /** Of the consent's object, 16 bytes, made in the browser, so that packets can name it. */
  salt: hexParam(16),
  packets: z.array(packet).max(MAX_PARTS),
});

const to = z.union([
  z.strictObject({ clinic: clinicNumber.min(1) }),
  z.strictObject({ organisation: clinicNumber.min(1) }),
  z.strictObject({ account: hashParam }),
  z.strictObject({ role, at: clinicNumber.min(1) }),
  application,
]);
export type ShareTo = z.input<typeof to>;

/** The patient for whom the caller acts, as me_actingFor names her; absent: the caller herself. */
export const actingFields = {
  actingFor: z
    .string()
    .regex(/^ref\.[A-Za-z0-9_-]{1,156}$/)
    .optional(),
};
const acting = z.strictObject(actingFields);

const relation = ['me.not-attached', 'representative.not-yours', 'identifier.*'];
const reads = [...relation, 'record.*', 'blob.*'];
const writes = [
  ...[...relation, 'me.*', 'record.*', 'consent.*', 'blob.*', 'upload.*'],
  ...['clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'],
];

export const meMethods = defineMethods({
  patient_attach: {
    summary: 'Says that an account is that of a patient, whose document was checked here; the chain is told.',
    params: z.strictObject({
      ...lookupFields,
      /** Name that the person signs in with. */
      user: z.string().trim().min(1).max(64),
      /** That was looked at. */
      document: identityDocument,
    }),
    result: z.object({ pid: z.string(), account: hash, statement: hash, status: statementStatus }),
    errors: ['identifier.*', 'record.no-relation', ...writes],
    cost: 10,
  },
  patient_account: {
    summary: 'Whose account is that of a patient at this clinic, as reception found it; the outbox counts.',
    params: z.strictObject(lookupFields),
    result: z.object({
      pid: z.string(),
      attached: z
        .object({
          account: hash,
          /** What the person signs in with, and is called; null where this clinic does not know them any more. */
          user: z.string().nullable(),
          name: z.string().nullable(),
          document: identityDocument,
          statement: hash,
          status: statementStatus,
        })
        .nullable(),
    }),
    errors: ['identifier.*', 'record.no-relation'],
    cost: 5,
  },
  patient_detachAccount: {
    summary: 'Takes back that an account is that of a patient.',
    params: z.strictObject(lookupFields),
    result: z.object({ pid: z.string(), statement: hash, status: statementStatus }),
    errors: ['identifier.*', 'record.no-relation', ...writes],
    cost: 10,
  },
  me_summary: {
    summary: 'The first page of a patient: what is new, what waits for an answer, who read last.',
    params: acting,
    result: z.object({
      /** False: reception has not yet said whose account it is, and nothing but this answers. */
      attached: z.boolean(),
      pid: z.string().nullable(),
      ...place.shape,
      records: count,
      sealed: sealedCount,
      newest: z.array(recordItem),
      requests: z.array(request),
      shares: count,
      readers: z.array(access),
      notices: count,
    }),
    errors: ['representative.not-yours', 'identifier.*'],
    cost: 10,
  },
  me_records: {
    summary:
      'Records about the caller that this clinic keeps, and what it may open of those of other clinics at which she is registered, newest first; asking is written down.',
    params: z.strictObject({ ...actingFields, category: category.optional(), mode: mode.optional() }),
    result: z.object({
      records: z.array(recordItem),
      sealed: sealedCount,
      /** This clinic first; of one that refused, or did not answer, nothing is among the records. */
      branches: z.array(place.extend({ state: z.enum(['open', 'refused', 'unreachable']) })),
    }),
    errors: reads,
    cost: 20,
  },
  me_recordRead: {
    summary: 'One record: its content in clinic mode, key row and address of the ciphertext in vault mode.',
    params: z.strictObject({ ...actingFields, record: hashParam, version: count.min(1).optional() }),
    result: z.object({
      record: recordItem,
      /** Earlier and later versions and what was added to it, oldest first. */
      history: z.array(recordItem),
      /** The text of a FHIR resource, byte for byte. */
      resource: z.string().nullable(),
      /** Base64 of a document; of a large one nothing: me_recordDownload gives it. */
      bytes: z.string().nullable(),
    }),
    errors: [...reads, 'envelope.*'],
    cost: 20,
  },
  me_recordDownload: {
    summary:
      'Asks for the content of a record in clinic mode as a file, to be fetched by GET within minutes, also in parts; each fetch is decided anew.',
    params: z.strictObject({ ...actingFields, record: hashParam, version: count.min(1).optional() }),
    result: offeredFile,
    errors: [...reads, 'download.*'],
    cost: 10,
  },
  me_envelope: {
    summary: 'A part of the ciphertext of a record in the vault.',
    params: z.strictObject({ record: hashParam, version: count.min(1), offset: count.default(0) }),
    result: z.object({
      /** Base64, at most 1 MiB. */
      bytes: z.string(),
      /** Of the whole ciphertext. */
      size: count,
    }),
    errors: reads,
    cost: 10,
  },
  me_vault: {
    summary:
      'What the page needs to make and open keys of its own: sealed category keys, names to bind them to, clinics.',
    params: acting,
    result: z.object({
      clinic: clinicNumber,
      /** Of somebody for whom the caller acts nothing opens: no keys, a chart of zeros, and words that name the patient. */
      own: z.boolean(),
      /** By the clinic's clock: what the page signs is dated by it. */
      now: time,
      /** Of the vault at this clinic. */
      chart: hash,
      /** The patient as the chain names her. */
      handle: hash,
      /** The caller's. */
      account: hash,
      /** Whoever took over: with this key alone is signed what lets others in. */
      authority: z.object({ takeOver: hash, key: hash }).nullable(),
      keys: z.array(z.object({ category, epoch, sealed: hex })),
      /** Categories that need a new key before anything is added: somebody has theirs who may no longer read. */
      rekey: z.array(category),
      /** What is shared, for packets of keys that are made now. */
      grants: z.array(
        z.object({
          grant: hash,
          categories: z.array(category),
          purposes: z.array(purpose),
          ends: time,
          clinics: z.array(clinicNumber),
        }),
      ),
      clinics: z.array(
        z.object({
          ...place.shape,
          organisation: clinicNumber,
          encryptionKey: hash,
          /** Of X-Wing, where it is known here. */
          hybridKey: hex.nullable(),
        }),
      ),
    }),
    errors: relation,
    cost: 5,
  },
  me_recordAdd: {
    summary:
      'Adds a record to the vault: envelope, key row and manifest were made in the browser, the clinic cannot open them.',
    params: z.strictObject({
      /** Of the record's object, 16 bytes. */
      salt: hexParam(16),
      /** Names the uploaded envelope, which must be here. */
      row,
      /** Salted commitment to the manifest. */
      commitment: hashParam,
      /** The key of the category sealed under the vault, where it is the first. */
      newKey: sealed.optional(),
      /** Of that key, for those with whom the category is shared already. */
      packets: z.array(packet).max(MAX_PARTS).default([]),
    }),
    result: z.object({ record: hash, version: count, statement: hash, status: statementStatus }),
    errors: writes,
    cost: 10,
  },
  me_requests: {
    summary: 'Who asked for access to the records of the caller, newest first.',
    params: z.strictObject({ ...actingFields, state: z.enum(['open', 'granted', 'denied']).optional() }),
    result: z.object({ requests: z.array(request) }),
    errors: relation,
    cost: 5,
  },
  me_recipients: {
    summary: 'The clinics that a share would go to, for the keys that the page seals to them.',
    params: z.strictObject({ ...actingFields, to }),
    result: z.object({ clinics: z.array(clinicNumber) }),
    errors: [...relation, 'consent.actor'],
    cost: 5,
  },
  me_answer: {
    summary: 'Allows or refuses a request; what stands in the vault goes by the packets that come along.',
    params: z.strictObject({
      ...actingFields,
      request: hashParam,
      allow: z.boolean(),
      word,
      vault: vaultPart.optional(),
    }),
    result: z.object({ share: hash.nullable(), state: z.enum(['granted', 'denied']) }),
    errors: writes,
    cost: 10,
  },
  me_sharing: {
    summary: 'Who may read what of the caller, why and until when, and what has ended.',
    params: acting,
    result: z.object({
      shares: z.array(share),
      /** Whether branches that treat the caller read by being branches; null where there are none, or nothing to read. */
      branches: z.boolean().nullable(),
      /** Whether somebody took over: that key alone lets others in, and shuts them out. */
      takenOver: z.boolean(),
    }),
    errors: relation,
    cost: 5,
  },
  me_share: {
    summary: 'Lets somebody read unasked; with the key of a take-over, keeps them from it too.',
    params: z.strictObject({
      ...actingFields,
      effect: z.enum(['permit', 'deny']).default('permit'),
      to,
      categories,
      purposes: z.array(purpose).min(1).max(purpose.options.length).default(['TREAT']),
      until: time,
      word,
      vault: vaultPart.optional(),
    }),
    result: z.object({ share: hash }),
    errors: writes,
    cost: 10,
  },
  me_branches: {
    summary:
      'Lets branches of the organisation that treat the caller read by being branches, which is the rule, or not.',
    params: z.strictObject({ ...actingFields, read: z.boolean(), word }),
    result: z.object({ branches: z.boolean().nullable() }),
    errors: writes,
    cost: 10,
  },
  me_stop: {
    summary:
      'Stops sharing: nothing new can be read from here on. The page then makes new keys for what is in the vault.',
    params: z.strictObject({ ...actingFields, share: hashParam, word }),
    result: z.object({
      /** False: of a share of whoever took over the part in the vault alone. `rekey`: its categories that need a new key. */
      stopped: z.boolean(),
      rekey: z.array(category),
    }),
    errors: writes,
    cost: 10,
  },
  me_rekey: {
    summary: 'A new key for a category of the vault: rows wrapped anew, packets for those who may still read.',
    params: z.strictObject({
      category: ownCategory,
      /** Of the new key. */
      epoch,
      newKey: sealed,
      rows: z.array(row).max(MAX_PARTS),
      packets: z.array(packet).max(MAX_PARTS),
    }),
    result: z.object({ epoch: count, left: count }),
    errors: writes,
    cost: 10,
  },
  me_access: {
    summary:
      'Who read, wrote or was refused what of the caller and why, newest first, own reads too; asking is written down.',
    params: z.strictObject({ ...actingFields, limit: limitParam(MAX_PAGE, 50), after: count.optional() }),
    result: z.object({ events: z.array(access), next: count.nullable() }),
    errors: [...relation, 'store.*'],
    cost: 20,
  },
  me_dispute: {
    summary: 'Says that an access looks wrong; the privacy officer sees it.',
    params: z.strictObject({ ...actingFields, event: count, text: z.string().trim().min(1).max(1000) }),
    result: z.object({ event: count, at: time }),
    errors: [...relation, 'me.unknown-event', 'me.full', 'store.*'],
    cost: 10,
  },
  audit_disputes: {
    summary: 'Accesses that patients say look wrong, newest first.',
    params: empty,
    result: z.object({
      disputes: z.array(
        z.object({ event: count, account: hash, name: z.string().nullable(), at: time, text: z.string() }),
      ),
    }),
    errors: ['store.*'],
    cost: 10,
  },
  me_notices: {
    summary: 'What the caller is told: requests, emergencies, shares that end soon.',
    params: acting,
    result: z.object({ notices: z.array(notice) }),
    errors: relation,
    cost: 5,
  },
});
