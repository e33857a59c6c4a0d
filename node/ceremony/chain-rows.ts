// Ceremony rows as a node reads them: over a store that answers later.
import type { Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import {
  type CeremonyRow,
  type CommitRow,
  type ComplaintRow,
  decodeCeremonyRow,
  decodeCommitRow,
  decodeComplaintRow,
  decodeGenerationRow,
  type GenerationRow,
  purposeByte,
} from '../../consensus/ledger/ceremony/rows.ts';
import { ceremonyCommitKey, ceremonyKey, complaintKey, keyGenerationKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { CeremonyChain } from './ports.ts';

export class CeremonyRows {
  private readonly chain: Pick<CeremonyChain, 'states'>;

  constructor(chain: Pick<CeremonyChain, 'states'>) {
    this.chain = chain;
  }

  ceremony(purpose: Purpose): Promise<CeremonyRow | undefined> {
    return this.read(ceremonyKey(purposeByte(purpose)), decodeCeremonyRow);
  }

  generation(purpose: Purpose, generation: number): Promise<GenerationRow | undefined> {
    return this.read(keyGenerationKey(purposeByte(purpose), generation), decodeGenerationRow);
  }

  commit(ceremony: Uint8Array, dealer: ClinicNumber): Promise<CommitRow | undefined> {
    return this.read(ceremonyCommitKey(ceremony, dealer), decodeCommitRow);
  }

  complaint(ceremony: Uint8Array, holder: ClinicNumber, dealer: ClinicNumber): Promise<ComplaintRow | undefined> {
    return this.read(complaintKey(ceremony, holder, dealer), decodeComplaintRow);
  }

  private async read<T>(key: Uint8Array, decode: (bytes: Uint8Array) => T): Promise<T | undefined> {
    const [bytes] = await this.chain.states([key]);
    return bytes === undefined ? undefined : decode(bytes);
  }
}
