// Signature checks of transactions, each made once in the node's life: what the mempool verified is not verified
// again in a block. Keyed by witness id, because that commits to the signature bytes too.
import { verifyEd25519 } from '#crypto';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { type Counter, counter, type Registry } from '../../common/metrics.ts';
import { signatureJobs } from '../../consensus/ledger/signatures.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';

/** Witness ids remembered as verified: about 90 bytes each, so at most about 12 MB. */
export const VERIFIED_LIMIT = 131_072;
/** Verifications handed to the thread pool at a time; more only grows its queue. */
const IN_FLIGHT = 256;

export class Verifier {
  private readonly genesisId: Uint8Array;
  private readonly verified = new BoundedMap<string, true>({ maxEntries: VERIFIED_LIMIT });
  private readonly checks: Counter | undefined;

  constructor(options: { genesisId: Uint8Array }, modules: { registry?: Registry }) {
    this.genesisId = options.genesisId;
    this.checks = counter(modules.registry, {
      name: 'wardmesh_signature_checks_total',
      help: 'Ed25519 verifications of transactions and statements',
    });
  }

  /** Whether a transaction's signatures hold; remembered, because a block will bring it again. */
  async holds(sealed: SealedTransaction): Promise<boolean> {
    const holds = (await this.firstBad([sealed])) === undefined;
    if (holds) this.trust(sealed);
    return holds;
  }

  /** The index of a transaction with a bad signature, or undefined when all hold. Stops at the first bad slice. */
  async firstBad(transactions: readonly SealedTransaction[]): Promise<number | undefined> {
    const jobs = transactions.flatMap((sealed, index) => {
      if (this.verified.has(nameOf(sealed))) return [];
      return signatureJobs(this.genesisId, sealed).map((job) => ({ ...job, index }));
    });
    for (let at = 0; at < jobs.length; at += IN_FLIGHT) {
      const slice = jobs.slice(at, at + IN_FLIGHT);
      const results = await Promise.all(slice.map((job) => verifyEd25519(job.publicKey, job.message, job.signature)));
      this.checks?.inc(slice.length);
      const bad = results.indexOf(false);
      if (bad !== -1) return slice[bad].index;
    }
    return undefined;
  }

  /** For transactions that this node signed itself. */
  trust(sealed: SealedTransaction): void {
    this.verified.set(nameOf(sealed), true);
  }
}

/** Half the size of hex. */
function nameOf({ witnessId }: SealedTransaction): string {
  return String.fromCharCode.apply(null, witnessId as unknown as number[]);
}
