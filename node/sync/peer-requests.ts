// Asking peers, as all parts of sync do it: a limit of time on every request, answers read to their end. Owns no meaning.
import type { Network } from '../../p2p/ports.ts';
import { RequestError } from '../../p2p/reqresp/errors.ts';
import { decodeHeaderItems, type HeaderItem } from '../store/rows.ts';
import { SyncError } from './errors.ts';
import { HEADERS } from './protocols.ts';
import { encodeHeadersRequest } from './wire.ts';

const REQUEST_MS = 15_000;

export class PeerRequests {
  private readonly network: Network;
  private readonly ended: AbortSignal;

  constructor(options: { readonly ended: AbortSignal }, modules: { readonly network: Network }) {
    this.network = modules.network;
    this.ended = options.ended;
  }

  request(peerId: string, protocol: string, request: Uint8Array, limitMs = REQUEST_MS): AsyncIterable<Uint8Array> {
    const signal = AbortSignal.any([this.ended, AbortSignal.timeout(limitMs)]);
    return this.network.request(peerId, protocol, request, signal);
  }

  async collect(peerId: string, protocol: string, request: Uint8Array, limitMs = REQUEST_MS): Promise<Uint8Array[]> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.request(peerId, protocol, request, limitMs)) chunks.push(chunk);
    return chunks;
  }

  /** Main-chain headers of a peer, as many as come in time; throws SyncError for others than those asked for. */
  async headers(peerId: string, from: number, count: number, limitMs = REQUEST_MS): Promise<HeaderItem[]> {
    const items: HeaderItem[] = [];
    try {
      for await (const chunk of this.request(
        peerId,
        HEADERS.protocol,
        encodeHeadersRequest({ from, count }),
        limitMs,
      )) {
        for (const item of decodeHeaderItems(chunk)) {
          const { height } = item.signed.header;
          if (height !== from + items.length || items.length === count) {
            throw new SyncError({ code: 'sync.wrong-answer', height: from + items.length });
          }
          items.push(item);
        }
      }
    } catch (error) {
      // What a slow peer gave is good all the same.
      if (items.length === 0 || !(error instanceof RequestError) || this.ended.aborted) throw error;
    }
    return items;
  }
}
