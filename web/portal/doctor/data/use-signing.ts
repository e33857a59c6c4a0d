// What somebody writes into a chart, signed by the own device key in this page, beside the clinic's signature. Whoever has the
// vault open signs without being asked; others may, and write unsigned where they do not.
import { useState } from 'react';
import { fromHex, toHex } from '../../../../common/bytes.ts';
import type { Vouched } from '../../../../records/chart/author-word.ts';
import type { Params } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson, useVault } from '../../../shared/session/session-context.tsx';
import { useUnlock } from '../../../shared/vault/unlock.tsx';
import { useCard } from './patient.ts';

const NO_RECORD = new Uint8Array(32);

export type GivenSignature = NonNullable<Params<'record_amend'>['signed']>;
export type Said = Omit<Vouched, 'clinic' | 'author'>;

export interface Signing {
  /** Whether the person can sign at all. */
  readonly can: boolean;
  readonly wanted: boolean;
  want(wanted: boolean): void;
  /** Undefined where the person does not sign. Throws RpcError. */
  sign(said: Said, content: Uint8Array | undefined): Promise<GivenSignature | undefined>;
}

export function useSigning(patient: string): Signing {
  const { client, nodeClock } = useNode();
  const { account } = usePerson();
  const { data: card } = useCard(patient);
  const open = useVault();
  const unlock = useUnlock();
  const [chosen, want] = useState<boolean>();
  const can = account !== null && card !== undefined;
  const wanted = can && (chosen ?? open !== undefined);
  const sign = async (said: Said, content: Uint8Array | undefined): Promise<GivenSignature | undefined> => {
    if (!wanted || account === null || card === undefined) return undefined;
    const { genesis, clinic } = await client.call('node_health');
    const vault = await unlock();
    // Loaded when something is signed.
    const { signedHere } = await import('./sign-word.ts');
    const vouched = { ...said, clinic: clinic.number, author: fromHex(account) };
    const signed = signedHere(vault.open, vouched, {
      ...{ patient: fromHex(card.handle), content, at: Math.round(nodeClock.now()), genesisId: fromHex(genesis) },
    });
    return { key: toHex(signed.key), at: signed.at, signature: toHex(signed.signature) };
  };
  return { can, wanted, want, sign };
}

/** A document as the first version of a record; the title as the clinic keeps it. */
export function newDocument({ category, mediaType, title }: Pick<Said, 'category' | 'mediaType' | 'title'>): Said {
  return {
    ...{ amendment: 'original', version: 1, record: NO_RECORD, about: undefined, reason: '' },
    ...{ category, kind: 'document', mediaType, title: title.normalize('NFC') },
  };
}
