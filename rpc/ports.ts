// What the doors ask of the node: handlers for the methods, a source of events, the chain as a stream.
// The node implements these; rpc knows nothing else of it.

import type { BlockView } from './schema/chain.ts';
import type { Access } from './schema/method.ts';
import type { Params, Result, ServiceMethodName } from './schema/methods.ts';
import type { StreamFilter, StreamName, StreamValue } from './schema/subscription.ts';

export interface CallContext {
  /** Who calls: `operator` showed the token. Handlers leave out what an open caller may not see. */
  readonly access: Access;
  /** Ends when the caller is gone or the node stops; long calls (tx_wait) heed it. */
  readonly signal: AbortSignal;
}

export type Handler<M extends ServiceMethodName> = (params: Params<M>, context: CallContext) => Promise<Result<M>>;
/** A thrown CodedError whose code the method declares reaches the caller with its metadata; anything else is an internal error. */
export type Handlers = { readonly [M in ServiceMethodName]: Handler<M> };

/** Calls the listener without waiting for it; the listener never throws. Returns the unsubscriber. */
export interface EventSource {
  subscribe<S extends StreamName>(
    stream: S,
    filter: StreamFilter<S>,
    listener: (value: StreamValue<S>) => void,
  ): () => void;
}

/** The clinic's backup as the bytes of an archive. */
export interface BackupStream {
  stream(withChain: boolean, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The main chain from block 0 to the head, in order; pulled one at a time. */
export interface ChainExport {
  blocks(signal: AbortSignal): AsyncIterable<BlockView>;
}
