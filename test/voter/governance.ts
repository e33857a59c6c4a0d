// Governance of a simulated network: a change proposed and approved with the keys of some of its clinics.
import { signEd25519 } from '#crypto';
import { genesisId } from '../../consensus/genesis.ts';
import { MEMBERS_APPROVE, MEMBERS_LEAVE, MEMBERS_PROPOSE } from '../../consensus/ledger/kinds.ts';
import { type Change, encodeChange } from '../../consensus/ledger/members/change.ts';
import { encodeApprove, encodeLeave, encodePropose, governanceMessage } from '../../consensus/ledger/members/types.ts';
import { childId, clinicBytes, objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { SimClinic } from '../../node/simulation/nodes/clinic.ts';
import type { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';

/** Proposed and approved with the governance keys of these clinics, sent by the first. */
export async function decide(net: SimNetwork, change: Change, by: readonly SimClinic[]): Promise<void> {
  const { author, outbox, chain } = by[0].core;
  const content = encodeChange(change);
  const approval = ({ number, seeds }: SimClinic, object: Uint8Array) => ({
    clinic: number,
    signature: signEd25519(seeds.governance, governanceMessage(genesisId(net.genesis), object, content)),
  });
  const salt = net.random.bytes(SALT_BYTES);
  const us = { type: 'clinic', clinic: author.clinic } as const;
  if (change.type === 'leave') {
    const object = objectId(MEMBERS_LEAVE, us, salt);
    const payload = encodeLeave({ salt, approval: approval(by[0], object) });
    await outbox.submit([author.make({ kind: MEMBERS_LEAVE, object, version: 1, payload })]);
    return;
  }
  const proposal = objectId(MEMBERS_PROPOSE, us, salt);
  const expiry = chain.tip.header.height + 100;
  const payload = encodePropose({ salt, expiry, approval: approval(by[0], proposal), content });
  await outbox.submit([
    author.make({ kind: MEMBERS_PROPOSE, object: proposal, version: 1, payload }),
    ...by.slice(1).map((clinic) =>
      author.make({
        kind: MEMBERS_APPROVE,
        object: childId(proposal, MEMBERS_APPROVE, clinicBytes(clinic.number)),
        version: 1,
        payload: encodeApprove({ proposal, approval: approval(clinic, proposal) }),
      }),
    ),
  ]);
}
