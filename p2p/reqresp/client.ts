// Asks a connected peer and yields the chunks of its answer as they come, never more than a frame ahead of the consumer.
// Owns the limits on our own asking; dialling is the supervisor's.
import type { Connection, Stream } from '@libp2p/interface';
import type { Clock } from '../../common/clock.ts';
import { CHUNK_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../limits.ts';
import type { P2pMetrics } from '../metrics.ts';
import type { ProtocolOptions } from '../ports.ts';
import { ByteChannel, ChannelClosed } from './byte-channel.ts';
import { within } from './deadline.ts';
import { FramingViolation, RequestError, type RequestErrorType } from './errors.ts';
import { decodeFrame, decodeFrameHeader, encodeRequest, FRAME_HEADER_BYTES, type Frame, STATUS } from './framing.ts';
import { RequestSlots } from './request-slots.ts';

export interface RequestClientModules {
  readonly clock: Clock;
  readonly metrics: P2pMetrics;
  /** An open connection to the peer. */
  connection(peerId: string): Connection | undefined;
  onViolation(peerId: string, violation: FramingViolation): void;
  /** `ok` or the code of the error. */
  onOutcome(peerId: string, protocol: string, outcome: string): void;
}

const ERROR_CODES = {
  [STATUS.badRequest]: 'p2p.bad-request',
  [STATUS.serverError]: 'p2p.server-error',
  [STATUS.unavailable]: 'p2p.unavailable',
} as const;

export class RequestClient {
  private readonly modules: RequestClientModules;
  private readonly slots = new RequestSlots();

  constructor(modules: RequestClientModules) {
    this.modules = modules;
  }

  /** Ends only after the end marker; everything else throws a RequestError. */
  async *request(
    peerId: string,
    options: ProtocolOptions,
    request: Uint8Array,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { metrics, clock } = this.modules;
    const started = clock.monotonic();
    let outcome = 'p2p.aborted';
    try {
      yield* this.exchange(peerId, options, request, signal);
      outcome = 'ok';
    } catch (error) {
      const refused = this.explain(error, peerId, options.protocol);
      outcome = refused.code;
      throw refused;
    } finally {
      metrics.requestsSent.inc({ protocol: options.protocol, outcome });
      this.modules.onOutcome(peerId, options.protocol, outcome);
      metrics.requestSeconds.observe({ protocol: options.protocol }, (clock.monotonic() - started) / 1000);
    }
  }

  private async *exchange(
    peerId: string,
    options: ProtocolOptions,
    request: Uint8Array,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { protocol, maxRequestBytes: limit } = options;
    if (request.length > limit) {
      throw new RequestError({ code: 'p2p.request-too-large', protocol, bytes: request.length, limit });
    }
    const release = await this.slots.acquire(`${peerId} ${protocol}`, signal);
    if (release === undefined) throw new RequestError({ code: 'p2p.self-limited', protocol });
    let channel: ByteChannel | undefined;
    let done = false;
    try {
      channel = new ByteChannel(await this.open(peerId, protocol, request, signal));
      // A consumer that forgets the iterator must not keep the slot: the remote's own time limit ends the stream.
      channel.onEnd(release);
      yield* this.frames(channel, options, signal);
      done = true;
    } finally {
      if (!done) channel?.abort(new Error('request given up'));
      release();
    }
  }

  private open(
    peerId: string,
    protocol: string,
    request: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<Stream> {
    const connection = this.modules.connection(peerId);
    if (connection === undefined) throw new RequestError({ code: 'p2p.not-connected', protocol });
    return within(
      this.modules.clock,
      REQUEST_TIMEOUT_MS,
      signal,
      async (limit) => {
        const stream = await connection.newStream(protocol, { signal: limit });
        try {
          stream.send(encodeRequest(request));
          await stream.close({ signal: limit });
          return stream;
        } catch (error) {
          stream.abort(error as Error);
          throw error;
        }
      },
      () => new RequestError({ code: 'p2p.timeout', protocol, chunks: 0 }),
    );
  }

  private async *frames(
    channel: ByteChannel,
    options: ProtocolOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { protocol } = options;
    for (let chunks = 0; ; chunks++) {
      const frame = await this.frame(channel, options, chunks, signal);
      if (frame.kind === 'end') return;
      if (frame.kind === 'rateLimited') {
        throw new RequestError({ code: 'p2p.rate-limited', protocol, retryAfterMs: frame.retryAfterMs });
      }
      if (frame.kind === 'error') {
        throw new RequestError({ code: ERROR_CODES[frame.status], protocol, reason: frame.reason });
      }
      if (chunks === options.maxChunks) throw new FramingViolation('too-many-chunks');
      this.modules.metrics.responseBytes.inc({ protocol, direction: 'received' }, frame.body.length);
      yield frame.body;
    }
  }

  private async frame(
    channel: ByteChannel,
    options: ProtocolOptions,
    chunks: number,
    signal: AbortSignal | undefined,
  ): Promise<Frame> {
    const { protocol } = options;
    try {
      return await within(
        this.modules.clock,
        chunks === 0 ? REQUEST_TIMEOUT_MS : CHUNK_TIMEOUT_MS,
        signal,
        async (limit) => {
          const header = decodeFrameHeader(await channel.read(FRAME_HEADER_BYTES, limit), options.maxChunkBytes);
          return decodeFrame(header, await channel.read(header.length, limit));
        },
        () => new RequestError({ code: 'p2p.timeout', protocol, chunks }),
      );
    } catch (error) {
      if (!(error instanceof ChannelClosed)) throw error;
      const busy = error.end === 'reset' && chunks === 0;
      throw new RequestError(busy ? { code: 'p2p.busy', protocol } : { code: 'p2p.truncated', protocol, chunks });
    }
  }

  private explain(error: unknown, peerId: string, protocol: string): RequestError {
    if (error instanceof RequestError) return error;
    if (error instanceof FramingViolation) {
      this.modules.onViolation(peerId, error);
      return new RequestError({ code: 'p2p.violation', protocol, reason: error.reason }, undefined, { cause: error });
    }
    return new RequestError({ code: libraryCode(error as Error), protocol }, undefined, { cause: error });
  }
}

/** The library's errors while a stream is opened. */
function libraryCode(error: Error): SimpleCode {
  switch (error.name) {
    case 'AbortError':
      return 'p2p.aborted';
    case 'UnsupportedProtocolError':
      return 'p2p.unsupported';
    case 'ConnectionClosedError':
    case 'ConnectionClosingError':
    case 'MuxerClosedError':
    case 'NotStartedError':
      return 'p2p.not-connected';
    default:
      return 'p2p.busy';
  }
}

type SimpleCode = Extract<
  RequestErrorType['code'],
  'p2p.aborted' | 'p2p.unsupported' | 'p2p.not-connected' | 'p2p.busy'
>;
