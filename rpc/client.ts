// The typed client of a node's RPC door, for the command line, the pages and other programs: fetch for calls, one
// WebSocket for subscriptions. Runs in Node and in browsers.
import { type Clock, systemClock } from '../common/clock.ts';
import { archiveBytes } from './client/archive.ts';
import { exportBlocks } from './client/export.ts';
import { type Begun, type FetchedFile, fetchFile, uploadFile } from './client/files.ts';
import { callOverHttp } from './client/http.ts';
import { type ConnectionState, SubscriptionSocket } from './client/subscription-socket.ts';
import type { BlockView } from './schema/chain.ts';
import { FILE_PATHS, type UploadedFile } from './schema/file.ts';
import type { MethodName, ParamsIn, Result } from './schema/methods.ts';
import type { StreamFilterIn, StreamName, StreamValue } from './schema/subscription.ts';

export type { ConnectionState } from './client/subscription-socket.ts';
export { RpcError } from './errors.ts';

/** Methods that only make sense inside the client's own WebSocket. */
export type CallableMethod = Exclude<MethodName, 'subscribe' | 'unsubscribe'>;

export interface ClientOptions {
  /** Of the node, e.g. `http://localhost:8641`. */
  readonly url: string;
  /** The operator token. */
  readonly token?: string;
  /** How long a call may take, ms; 90 s when absent. */
  readonly timeoutMs?: number;
}

export interface ClientModules {
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  readonly webSocket?: typeof WebSocket;
  /** 0 to 1, spreads reconnections. */
  readonly random?: () => number;
}

export interface SubscribeHooks {
  /** Each time the subscription is in force: the first time, and after a gap in which values were missed. */
  onReady?(): void;
  /** The node refuses the subscription; it is over. */
  onError?(error: Error): void;
}

export interface RpcClient {
  /** Throws RpcError: the node's code, or `rpc.unreachable`, `rpc.bad-answer`, `rpc.aborted`, `gateway.*`. */
  call<M extends CallableMethod>(
    method: M,
    ...rest: Record<never, never> extends ParamsIn<M>
      ? [params?: ParamsIn<M>, signal?: AbortSignal]
      : [params: ParamsIn<M>, signal?: AbortSignal]
  ): Promise<Result<M>>;
  /** Follows a stream over reconnections; returns the unsubscriber. */
  subscribe<S extends StreamName>(
    stream: S,
    filter: StreamFilterIn<S>,
    listener: (value: StreamValue<S>) => void,
    hooks?: SubscribeHooks,
  ): () => void;
  /** Tells now and with every change whether the WebSocket is up; returns the unsubscriber. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Opens the WebSocket anew: the old one stays what it was when the caller has signed in since. */
  renew(): void;
  /** The whole chain, block 0 first. Throws RpcError, also when the stream was cut short. */
  exportBlocks(signal?: AbortSignal): AsyncIterable<BlockView>;
  /** The backup of the node as an archive, with the blocks if `chain`; for its operator. Throws RpcError. */
  backup(chain: boolean, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Everything that the clinic wrote of a patient, or of the caller, with proofs, as an archive. Throws RpcError. */
  takeout(
    patient: ParamsIn<'patient_get'> | 'own' | { readonly actingFor: string },
    signal?: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Sends a file up, for record_attach. Throws RpcError. */
  upload(file: Blob, signal?: AbortSignal): Promise<UploadedFile>;
  /** What record_download named; with `begun` only what comes after, if it is still the same. Throws RpcError. */
  download(download: string, begun?: Begun, signal?: AbortSignal): Promise<FetchedFile>;
  /** A blob of the node's disk as a CAR file; for its operator. Throws RpcError. */
  exportBlob(cid: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Ends subscriptions and running calls. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 90_000;

export function createClient(options: ClientOptions, modules: ClientModules = {}): RpcClient {
  const { token, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { clock = systemClock, fetch: fetcher = fetch, webSocket = WebSocket, random = Math.random } = modules;
  const base = options.url.replace(/\/+$/, '');
  const closed = new AbortController();
  const signalOf = (signal?: AbortSignal): AbortSignal =>
    signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal]);
  const socket = new SubscriptionSocket(
    { url: `${base.replace(/^http/, 'ws')}/rpc`, token },
    { clock, webSocket, random },
  );
  return {
    call: async (method, ...[params, signal]) =>
      callOverHttp(
        { base, token, timeoutMs },
        { clock, fetch: fetcher },
        method,
        params ?? {},
        signalOf(signal),
      ) as never,
    subscribe: (stream, filter, listener, hooks = {}) =>
      socket.subscribe({ stream, filter }, listener as (value: unknown) => void, hooks),
    onConnection: (listener) => socket.onConnection(listener),
    renew: () => socket.renew(),
    exportBlocks: (signal) => exportBlocks({ base, token }, fetcher, signalOf(signal)),
    backup: (chain, signal) => {
      const path = `/api/v1/backup${chain ? '?chain=1' : ''}`;
      return archiveBytes({ base, token, path, what: 'the backup' }, fetcher, signalOf(signal));
    },
    takeout: (patient, signal) => {
      const own = patient === 'own' || 'actingFor' in patient;
      const [path, body] = [own ? '/api/v1/me/takeout' : '/api/v1/takeout', patient === 'own' ? {} : patient];
      const request = { base, token, path, body, what: 'the takeout' };
      return archiveBytes(request, fetcher, signalOf(signal));
    },
    upload: (file, signal) => uploadFile({ base, token }, fetcher, file, signalOf(signal)),
    download: (download, begun, signal) => fetchFile({ base, token }, fetcher, download, begun, signalOf(signal)),
    exportBlob: (cid, signal) => {
      const path = `${FILE_PATHS.blobs}/${encodeURIComponent(cid)}`;
      return archiveBytes({ base, token, path, what: 'the blob' }, fetcher, signalOf(signal));
    },
    close: () => {
      closed.abort();
      socket.close();
    },
  };
}
