// What a governance key signs where it is kept, as a file that travels there and back. Made and sent by the node, signed by
// `wardmesh member sign` with nothing but a keystore.
import { signEd25519, verifyEd25519Sync } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Subject } from '../../consensus/ledger/members/proposal-rows.ts';
import { type GovernanceSignature, governanceMessage } from '../../consensus/ledger/members/types.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import type { GovernanceFile } from '../../rpc/schema/member.ts';

/** What is decided, before anybody signed it. */
export interface Decision {
  readonly action: GovernanceFile['action'];
  readonly subject: Subject;
  /** Object of the proposal. */
  readonly proposal: Uint8Array;
  readonly content: Uint8Array;
  /** Of a proposal that is new. */
  readonly salt?: Uint8Array;
  readonly expiry?: number;
}

export function messageOf(
  genesisId: Uint8Array,
  { proposal, content }: Pick<Decision, 'proposal' | 'content'>,
): Uint8Array {
  return governanceMessage(genesisId, proposal, content);
}

export function fileOf(
  { action, subject, proposal, content, salt, expiry }: Decision,
  about: Pick<GovernanceFile, 'genesis' | 'clinic' | 'summary'>,
): GovernanceFile {
  return {
    version: 1,
    ...about,
    ...{ action, subject },
    proposal: toHex(proposal),
    salt: salt === undefined ? null : toHex(salt),
    expiry: expiry ?? null,
    content: toHex(content),
    signature: null,
  };
}

export function decisionOf({ action, subject, proposal, content, salt, expiry }: GovernanceFile): Decision {
  return {
    ...{ action, subject },
    proposal: fromHex(proposal),
    content: fromHex(content),
    salt: salt === null ? undefined : fromHex(salt),
    expiry: expiry ?? undefined,
  };
}

export function signFile(file: GovernanceFile, governanceSeed: Uint8Array): GovernanceFile {
  const message = messageOf(fromHex(file.genesis), decisionOf(file));
  return { ...file, signature: toHex(signEd25519(governanceSeed, message)) };
}

/** Undefined unless the clinic's governance key of this set made the signature. */
export function signatureOf(file: GovernanceFile, set: MemberSet): GovernanceSignature | undefined {
  const key = set.clinic(file.clinic)?.governanceKey;
  if (key === undefined || file.signature === null) return undefined;
  const signature = fromHex(file.signature);
  const message = messageOf(fromHex(file.genesis), decisionOf(file));
  return verifyEd25519Sync(key, message, signature) ? { clinic: file.clinic, signature } : undefined;
}
