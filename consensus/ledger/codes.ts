// Why a statement, or an entry of a list, was refused: numbers for the chain, names and sentences for people.
// A number is never reused. General codes are below 0x100; a family's are `family << 8 | n`.

const TABLE = [
  [0x0001, 'unknown-kind', 'This network does not know statements of this kind.'],
  [0x0002, 'issued-ahead', 'The statement is dated too far after its block.'],
  [0x0003, 'issued-old', 'The statement is older than the network accepts.'],
  [0x0004, 'author', 'Statements of this kind come from another type of author.'],
  [0x0005, 'payload', 'The payload is malformed or holds a value that is not allowed.'],
  [0x0006, 'attachment', 'The kind needs an attachment that is missing, or allows none.'],
  [0x0007, 'version', 'The object has another version than the statement names.'],
  [0x0008, 'object', 'The object id does not follow from the payload.'],
  [0x0009, 'exists', 'Another statement created this object before.'],
  [0x000a, 'unknown-object', 'There is no such object.'],
  [0x000b, 'ended', 'The object has ended.'],
  [0x000c, 'unknown-key', 'No account has this key.'],
  [0x000d, 'key-ended', 'The key was revoked.'],
  [0x000e, 'account-suspended', 'The account is suspended.'],
  [0x000f, 'authority', 'The author has no authority over this object.'],
  [0x0101, 'not-member', 'The clinic is no member of the network.'],
  [0x0102, 'unknown-organisation', 'No member belongs to this organisation.'],
  [0x0103, 'name-taken', 'A member has this name already.'],
  [0x0104, 'member-key-known', 'A clinic has or had one of these keys.'],
  [0x0105, 'network-full', 'The network takes no more clinics.'],
  [0x0106, 'last-voter', 'Nobody would be left whose vote counts.'],
  [0x0107, 'governance-signature', 'The signature is not by the governance key of a member.'],
  [0x0108, 'proposal-expiry', 'The proposal would end too late, or not after its block.'],
  [0x0109, 'proposal-expired', 'The proposal was not approved in time.'],
  [0x010a, 'too-few-to-remove', 'Fewer than two clinics could decide on this removal; a clinic can only leave.'],
  [0x010b, 'too-many-changes', 'Too many approved changes of the members wait to come into force.'],
  [0x010c, 'no-evidence', 'The votes do not contradict each other, or are not by the vote key of one member.'],
  [0x010d, 'vote-suspended', 'The vote key of the clinic is suspended already.'],
  [0x0201, 'feature-known', 'The feature was activated before, or there is no room for another.'],
  [0x0202, 'feature-height', 'The feature would be active too soon, or too far ahead.'],
  [0x0301, 'key-known', 'The key is registered already.'],
  [0x0302, 'key-invalid', 'The key is not a point of the prime-order group.'],
  [0x0303, 'key-proof', 'The proof that the new key is held does not verify.'],
  [0x0304, 'unknown-account', 'There is no such account.'],
  [0x0305, 'too-many-keys', 'The account has as many devices as the network keeps.'],
  [0x0306, 'recovery-key', 'The statement is not by the recovery key of the account.'],
  [0x0307, 'recovery-early', 'The devices of the account can still stop this recovery.'],
  [0x0308, 'recovery-other', 'The account is being recovered to another key.'],
  [0x0401, 'unknown-patient', 'No clinic registered this patient.'],
  [0x0402, 'not-attached', 'The clinic is not attached to this patient.'],
  [0x0403, 'not-witnessed', 'Too few clinics have witnessed this take-over.'],
  [0x0404, 'take-over-early', 'The clinics that hold the patient can still object to this take-over.'],
  [0x0405, 'take-over-objected', 'An objection stands against this take-over.'],
  [0x0406, 'take-over-other', 'The take-over is by another key.'],
  [0x0407, 'representative-over', 'Nobody would act for the patient any more when the block was made.'],
  [0x0501, 'no-role', 'The author holds no role here that may write records.'],
  [0x0601, 'consent-over', 'The consent would end before its block.'],
  [0x0701, 'held', 'A legal hold keeps what this erasure names.'],
  [0x0702, 'not-approved', 'Two persons have not approved this erasure.'],
  [0x0703, 'no-officer', 'The author holds no role there that may approve an erasure.'],
  [0x0801, 'anchor-order', 'The events do not follow those that the clinic anchored last.'],
  [0x0a01, 'threat-expiry', 'The report would end too late, or not later than it does already.'],
  [0x0a02, 'threat-expired', 'The report is over.'],
  [0x0a03, 'threat-time', 'The reported time is not rounded to ten minutes, or lies after the statement.'],
  [0x0a04, 'threat-barred', 'Two organisations disputed this; whoever reported it may not again for seven days.'],
  [0x0a05, 'threat-disputed', 'The report is disputed, and stays under the key under which it is.'],
  [0x0a06, 'threat-rows', 'The network holds as many reports of the organisation as it takes of one.'],
  [0x0a10, 'threat-epoch', 'The network does not use the threat key of this epoch now.'],
  [0x0a11, 'threat-key-early', 'The threat key in force is not due to be replaced.'],
  [0x0a12, 'threat-key-turn', 'It is the turn of another clinic to make the next threat key.'],
  [0x0a20, 'signatures-full', 'The organisation, or the network, has as many attack signatures as it may.'],
  [0x0a21, 'signature-over', 'The attack signature was not confirmed in time.'],
  [0x0c01, 'zero-amount', 'The amount is zero.'],
  [0x0c02, 'to-itself', 'The sender and the receiver are the same clinic.'],
  [0x0c03, 'unknown-clinic', 'The receiver is no clinic of the network.'],
  [0x0c04, 'short-balance', 'The wallet holds less than the amount.'],
  [0x0c05, 'full-wallet', 'The receiving wallet cannot hold that much.'],
  [0x0d01, 'ceremony-running', 'A ceremony for this key is under way.'],
  [0x0d02, 'ceremony-rest', 'The last ceremony for this key ended only just now.'],
  [0x0d03, 'ceremony-generation', 'The ceremony would not make the next generation of this key.'],
  [0x0d04, 'ceremony-clinics', 'Too few members hold a share of the key as it is.'],
  [0x0d05, 'ceremony-part', 'The clinic has no such part in this ceremony.'],
  [0x0d06, 'ceremony-step', 'The ceremony is at another step or in another run.'],
  [0x0d07, 'ceremony-commitments', 'The commitments are not the right ones, or their proof does not verify.'],
  [0x0d08, 'ceremony-open', 'A complaint of the clinic waits for its answer.'],
] as const;

export type RefusalName = (typeof TABLE)[number][1];

export interface Refusal {
  readonly code: number;
  readonly name: RefusalName;
  readonly sentence: string;
}

export const REFUSALS: readonly Refusal[] = TABLE.map(([code, name, sentence]) => ({ code, name, sentence }));

const byName: ReadonlyMap<RefusalName, Refusal> = new Map(REFUSALS.map((refusal) => [refusal.name, refusal]));
const byCode: ReadonlyMap<number, Refusal> = new Map(REFUSALS.map((refusal) => [refusal.code, refusal]));

/** The number of a refusal, u16. */
export function refusalCode(name: RefusalName): number {
  return byName.get(name)!.code;
}

/** Name and sentence of a code, or undefined when this version does not know it. */
export function refusalOf(code: number): Refusal | undefined {
  return byCode.get(code);
}
