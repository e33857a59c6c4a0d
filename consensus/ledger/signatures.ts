// Which signatures a transaction carries (PROTOCOL 4.1, 4.4). Verifying them is the caller's, in parallel and once.
import type { SealedTransaction } from './types.ts';

export interface SignatureJob {
  readonly publicKey: Uint8Array;
  /** The 32-byte id that was signed; it covers the genesis id. */
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** The sender's first, then each person's in statement order. */
export function signatureJobs(_genesisId: Uint8Array, sealed: SealedTransaction): SignatureJob[] {
  const { transaction, id, statementIds } = sealed;
  const jobs = [{ publicKey: transaction.sender, message: id, signature: transaction.signature }];
  for (const [index, { author, signature }] of transaction.statements.entries()) {
    if (author.type === 'person' && signature !== undefined) {
      jobs.push({ publicKey: author.key, message: statementIds[index], signature });
    }
  }
  return jobs;
}
