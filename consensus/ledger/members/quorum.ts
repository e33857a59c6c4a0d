// When governance keys are enough (PROTOCOL 7.1.5): more than two thirds, of clinics or of organisations as genesis says,
// the accused not counted.
import { checkpointMessage } from '../../chain/finality/certificate.ts';
import type { GovernanceCertificate } from '../../chain/finality/types.ts';
import type { Genesis, GovernanceMode } from '../../genesis.ts';
import type { Member, MemberSet } from '../../member-set.ts';
import type { SignatureJob } from '../signatures.ts';
import type { ClinicNumber, OrganisationNumber } from '../types.ts';
import type { Change } from './change.ts';

/** No clinic alone removes another. */
const LEAST_FOR_REMOVAL = 2;

type Clinics = ReadonlySet<ClinicNumber>;

/** Whether these clinics may make the change. */
export function mayChange(mode: GovernanceMode, set: MemberSet, change: Change, approved: Clinics): boolean {
  const isRemoval = change.type === 'remove-clinic' || change.type === 'remove-organisation';
  return electorates(set, change).some((electorate) => {
    const enough = !isRemoval || electorate.filter(({ number }) => approved.has(number)).length >= LEAST_FOR_REMOVAL;
    return enough && areMost(mode, electorate, approved);
  });
}

/** Whether all approvals together could make it: in a network of two one can only leave. */
export function couldChange(mode: GovernanceMode, set: MemberSet, change: Change): boolean {
  return mayChange(mode, set, change, new Set(set.clinics.map(({ number }) => number)));
}

/** More than two thirds of all members. An organisation speaks by more than half of its clinics. */
export function areMost(mode: GovernanceMode, electorate: readonly Member[], approved: Clinics): boolean {
  if (mode === 'clinic') {
    return 3 * electorate.filter(({ number }) => approved.has(number)).length > 2 * electorate.length;
  }
  const voices = new Map<OrganisationNumber, { yes: number; of: number }>();
  for (const { number, organisation } of electorate) {
    const voice = voices.get(organisation) ?? { yes: 0, of: 0 };
    voices.set(organisation, { yes: voice.yes + (approved.has(number) ? 1 : 0), of: voice.of + 1 });
  }
  const yes = [...voices.values()].filter((voice) => 2 * voice.yes > voice.of).length;
  return 3 * yes > 2 * voices.size;
}

/** The signatures of a checkpoint file that must all verify; undefined when it names another set, no member, or too few. */
export function governanceJobs(
  { genesis, genesisId }: { readonly genesis: Genesis; readonly genesisId: Uint8Array },
  set: MemberSet,
  certificate: GovernanceCertificate,
): SignatureJob[] | undefined {
  if (certificate.set !== set.id) return undefined;
  const signers = new Set(certificate.signatures.map(({ clinic }) => clinic));
  if (!areMost(genesis.governance, set.clinics, signers)) return undefined;
  const message = checkpointMessage(genesisId, certificate);
  const jobs: SignatureJob[] = [];
  for (const { clinic, signature } of certificate.signatures) {
    const publicKey = set.clinic(clinic)?.governanceKey;
    if (publicKey === undefined) return undefined;
    jobs.push({ publicKey, message, signature });
  }
  return jobs;
}

/**
 * Who is asked about a change. About a clinic everyone outside its organisation, so that branches cannot shield each
 * other; or everyone but the clinic, so that an organisation can take part in ending its own branch.
 */
function electorates(set: MemberSet, change: Change): readonly (readonly Member[])[] {
  const without = (accused: (member: Member) => boolean) => set.clinics.filter((member) => !accused(member));
  switch (change.type) {
    case 'remove-organisation':
      return [without(({ organisation }) => organisation === change.organisation)];
    case 'remove-clinic': {
      const owner = set.clinic(change.clinic)?.organisation;
      return [without(({ organisation }) => organisation === owner), without(({ number }) => number === change.clinic)];
    }
    default:
      return [set.clinics];
  }
}
