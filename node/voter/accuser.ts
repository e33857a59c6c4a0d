// Brings two votes that cannot both be honest before the chain (PROTOCOL 7.1.8): once for each clinic, by a statement of
// ours. The chain decides; here nobody is punished.
import { sha256 } from '#crypto';
import type { Logger } from '../../common/logger.ts';
import { encodeVote } from '../../consensus/chain/finality/vote.ts';
import { MEMBERS_EVIDENCE } from '../../consensus/ledger/kinds.ts';
import { encodeEvidence } from '../../consensus/ledger/members/types.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Evidence } from './vote-pool.ts';

export interface AccuserModules {
  readonly members: MemberSets;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly logger: Logger;
}

export class Accuser {
  private readonly modules: AccuserModules;
  /** Whose evidence was sent under which vote key: no more than there are clinics. */
  private readonly accused = new Map<ClinicNumber, Uint8Array>();

  constructor(modules: AccuserModules) {
    this.modules = modules;
  }

  accuse({ first, second }: Evidence): void {
    const { members, author, outbox, logger } = this.modules;
    const { clinic } = first;
    const key = members.current.voters.find(({ number }) => number === clinic)?.voteKey;
    if (key === undefined || clinic === author.clinic || this.accused.get(clinic) === key) return;
    this.accused.set(clinic, key);
    const votes = [first, second] as const;
    // From the votes themselves: the same evidence again is the same object.
    const salt = sha256(...votes.map(encodeVote)).subarray(0, SALT_BYTES);
    const statement = author.make({
      kind: MEMBERS_EVIDENCE,
      object: objectId(MEMBERS_EVIDENCE, { type: 'clinic', clinic: author.clinic }, salt),
      version: 1,
      payload: encodeEvidence({ salt, votes }),
    });
    outbox.submit([statement]).catch((error) => {
      this.accused.delete(clinic);
      logger.warn({ err: error, clinic }, 'evidence was not sent');
    });
  }
}
