// An erasure as a clinic carries it out: asked for, approved by people with their device keys, answered by every clinic.
import { signEd25519 } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import type { TestNodes } from './nodes.ts';
import { type MadeUp, type Portal, signIn } from './portal.ts';
import { waitFor } from './wait-for.ts';

const SLOW = { timeoutMs: 240_000, intervalMs: 300 };

export interface Approver {
  readonly portal: Portal;
  readonly person: MadeUp;
}

/** Asked for at clinic 1; the id of the erasure once no clinic's acknowledgement is missing. */
export async function erased(
  net: TestNodes,
  asked: ParamsIn<'erasure_request'>,
  approvers: readonly Approver[],
): Promise<string> {
  const client = net.client(1);
  const { erasure } = await client.call('erasure_request', asked);
  for (const { portal, person } of approvers) {
    await signIn(portal, person);
    const prepare = () => portal.call('erasure_prepare', { erasure, author: person.key });
    const { statement, id } = await waitFor(prepare, { ...SLOW, what: 'the request in a block' });
    const signature = signEd25519(person.seed, fromHex(id));
    const signed = toHex(concatBytes(fromHex(statement), Uint8Array.of(1), signature));
    const sent = await portal.call('tx_submit', { statements: [{ statement: signed }] });
    await net.applied(1, sent.statements[0].id);
  }
  const unanswered = async () => (await client.call('erasure_certificate', { erasure })).unanswered;
  await waitFor(async () => (await unanswered()).length === 0, { ...SLOW, what: 'all acknowledgements' });
  return erasure;
}
