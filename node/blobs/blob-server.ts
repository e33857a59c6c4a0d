// Serves blobs to other clinics. Whether a ticket is good is for others to judge, before a file is looked at, so that nobody
// learns what is here without one.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { isDamage } from './block-folder.ts';
import type { DiskBlobStore } from './disk-blob-store.ts';
import { BLOBS, decodeBlobRequest, piecesOf } from './protocol.ts';

/** Answers under way, of all peers: each holds two blocks and what its stream has unsent. */
export const MAX_BLOBS_SERVED = 32;

/** Whether this peer may have this blob, by the ticket that it shows; written down before it resolves. */
export type Authorise = (from: string, ticket: Uint8Array, cid: string) => Promise<boolean>;

export interface BlobServerModules {
  readonly store: Pick<DiskBlobStore, 'blocks'>;
  readonly network: Pick<Network, 'serve'>;
  readonly authorise: Authorise;
  readonly logger: Logger;
}

export class BlobServer {
  private readonly modules: BlobServerModules;
  private served = 0;

  /** Before the network starts. */
  constructor(modules: BlobServerModules) {
    this.modules = modules;
    modules.network.serve(BLOBS, (from, request) => this.answer(from, request));
  }

  private async *answer(from: string, request: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    const { cid, range, ticket } = decodeBlobRequest(request);
    if (this.served >= MAX_BLOBS_SERVED) throw refusal('blob.busy');
    this.served++;
    try {
      if (!(await this.modules.authorise(from, ticket, cid))) throw refusal('blob.refused');
      for await (const { bytes } of this.modules.store.blocks(cid, range)) yield* piecesOf(bytes);
    } catch (error) {
      if (!(error instanceof BlobError)) throw error;
      if (isDamage(error)) {
        this.modules.logger.error({ code: codeOf(error), cid }, 'a blob that is kept here is not whole');
      }
      throw refusal(error.code);
    } finally {
      this.served--;
    }
  }
}

function refusal(reason: string): ProtocolError {
  return new ProtocolError({ code: 'p2p.unavailable', reason });
}
