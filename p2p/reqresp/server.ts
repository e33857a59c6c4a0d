// Answers requests of one protocol: reads one bounded request, asks the limiter, writes the handler's chunks and the end
// marker. Load is answered or reset; bytes that no correct asker sends are reported as a violation.
import type { Connection, Stream } from '@libp2p/interface';
import { concatBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Logger } from '../../common/logger.ts';
import { CHUNK_TIMEOUT_MS, MAX_RATE_KEYS, REQUEST_TIMEOUT_MS, WRITE_AHEAD_BYTES } from '../limits.ts';
import type { P2pMetrics } from '../metrics.ts';
import type { ProtocolOptions, RequestHandler } from '../ports.ts';
import { ByteChannel, ChannelClosed } from './byte-channel.ts';
import { within } from './deadline.ts';
import { FramingViolation, ProtocolError } from './errors.ts';
import { decodeRequestHeader, type Frame, frameParts, REQUEST_HEADER_BYTES, STATUS } from './framing.ts';

export interface RequestServerModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: P2pMetrics;
  /** ms for which this peer's requests are put off, 0 for most. */
  throttledMs(peerId: string): number;
  /** A request above the rate. */
  onRefused(peerId: string): void;
  onViolation(peerId: string, violation: FramingViolation): void;
}

const SMALL_BODY_BYTES = 16 * 1024;

const STATUS_OF = {
  'p2p.bad-request': STATUS.badRequest,
  'p2p.server-error': STATUS.serverError,
  'p2p.unavailable': STATUS.unavailable,
} as const;

export class RequestServer {
  private readonly options: ProtocolOptions;
  private readonly handler: RequestHandler;
  private readonly modules: RequestServerModules;
  private readonly limiter: Gcra;

  constructor(options: ProtocolOptions, handler: RequestHandler, modules: RequestServerModules) {
    this.options = options;
    this.handler = handler;
    this.modules = modules;
    this.limiter = new Gcra(
      { rate: options.rate, burst: options.burst, maxKeys: MAX_RATE_KEYS },
      { clock: modules.clock },
    );
  }

  /** The libp2p stream handler; never throws. */
  readonly onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const peerId = connection.remotePeer.toString();
    const { protocol } = this.options;
    const channel = new ByteChannel(stream);
    const gone = new AbortController();
    channel.onEnd(() => gone.abort(new ChannelClosed('closed')));
    let outcome = 'ok';
    try {
      const request = await this.readRequest(channel);
      channel.forbidInput(() => {
        const violation = new FramingViolation('trailing');
        gone.abort(violation);
        channel.abort(violation);
        this.modules.onViolation(peerId, violation);
      });
      outcome = await this.answer(channel, peerId, request, gone.signal);
      await this.limited(REQUEST_TIMEOUT_MS, gone.signal, (signal) => stream.close({ signal }));
    } catch (error) {
      const trailing = gone.signal.reason instanceof FramingViolation;
      outcome = trailing || error instanceof FramingViolation ? 'violation' : 'cut';
      channel.abort(error as Error);
      if (error instanceof FramingViolation && !trailing) this.modules.onViolation(peerId, error);
    } finally {
      this.modules.metrics.requestsServed.inc({ protocol, outcome });
    }
  };

  private readRequest(channel: ByteChannel): Promise<Uint8Array> {
    return this.limited(REQUEST_TIMEOUT_MS, undefined, async (signal) => {
      const header = await channel.read(REQUEST_HEADER_BYTES, signal);
      return channel.read(decodeRequestHeader(header, this.options.maxRequestBytes), signal);
    });
  }

  private async answer(
    channel: ByteChannel,
    peerId: string,
    request: Uint8Array,
    gone: AbortSignal,
  ): Promise<'ok' | 'rate-limited' | 'error'> {
    try {
      const putOff = this.modules.throttledMs(peerId);
      if (putOff > 0) {
        await this.write(channel, { kind: 'rateLimited', retryAfterMs: putOff }, gone);
        return 'rate-limited';
      }
      const allowed = this.limiter.take(peerId, this.options.cost?.(request) ?? 1);
      if (!allowed.ok) {
        this.modules.onRefused(peerId);
        if (allowed.retryAfterMs === Number.POSITIVE_INFINITY) {
          throw new ProtocolError({ code: 'p2p.bad-request', reason: 'p2p.cost' });
        }
        await this.write(channel, { kind: 'rateLimited', retryAfterMs: allowed.retryAfterMs }, gone);
        return 'rate-limited';
      }
      await this.writeChunks(channel, this.handler(peerId, request)[Symbol.asyncIterator](), gone);
      await this.write(channel, { kind: 'end' }, gone);
      return 'ok';
    } catch (error) {
      if (gone.aborted || error instanceof ChannelClosed) throw error;
      await this.write(channel, this.refusal(error), gone);
      return 'error';
    }
  }

  private async writeChunks(channel: ByteChannel, chunks: AsyncIterator<Uint8Array>, gone: AbortSignal): Promise<void> {
    const { protocol, maxChunks, maxChunkBytes } = this.options;
    let finished = false;
    try {
      for (let count = 0; ; count++) {
        const next = await this.limited(CHUNK_TIMEOUT_MS, gone, (signal) => raceSignal(chunks.next(), signal));
        finished = next.done === true;
        if (finished) return;
        const body = next.value as Uint8Array;
        if (count === maxChunks || body.length > maxChunkBytes) {
          throw new RangeError(`answer of ${protocol} exceeds its own limits`);
        }
        await this.write(channel, { kind: 'chunk', body }, gone, WRITE_AHEAD_BYTES);
        this.modules.metrics.responseBytes.inc({ protocol, direction: 'sent' }, body.length);
      }
    } finally {
      // Not awaited: a handler stuck in its own work must not hold the stream.
      if (!finished) chunks.return?.()?.catch(() => {});
    }
  }

  private write(channel: ByteChannel, frame: Frame, gone: AbortSignal, unsent = 0): Promise<void> {
    return this.limited(CHUNK_TIMEOUT_MS, gone, (signal) => {
      const [header, body] = frameParts(frame);
      // A small body goes with its header: two pieces on the line cost more than a copy of it.
      const parts = body.length < SMALL_BODY_BYTES ? [concatBytes(header, body)] : [header, body];
      return channel.write(parts, signal, unsent);
    });
  }

  private refusal(error: unknown): Frame {
    if (error instanceof ProtocolError) {
      return { kind: 'error', status: STATUS_OF[error.code], reason: error.type.reason };
    }
    // Bytes that do not decode are the asker's doing and no reason for an error in our log.
    if (error instanceof CodecError) return { kind: 'error', status: STATUS.badRequest, reason: error.code };
    this.modules.logger.error({ err: error, protocol: this.options.protocol }, 'request handler failed');
    return { kind: 'error', status: STATUS.serverError, reason: '' };
  }

  private limited<T>(
    ms: number,
    outer: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return within(this.modules.clock, ms, outer, work, () => new ChannelClosed('reset'));
  }
}

function raceSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
