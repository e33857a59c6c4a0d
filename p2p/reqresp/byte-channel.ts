// Reads exact lengths from a libp2p stream and writes to it, both with back-pressure, so that neither side buffers more
// than a window and one frame. Owns no meaning of the bytes.
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { EMPTY_BYTES, unfilled } from '../../common/bytes.ts';
import { READ_AHEAD_BYTES } from '../limits.ts';

export type ChannelEnd = 'closed' | 'reset';

/** The stream ended before the bytes came or went. */
export class ChannelClosed extends Error {
  readonly end: ChannelEnd;

  constructor(end: ChannelEnd) {
    super(end);
    this.name = 'ChannelClosed';
    this.end = end;
  }
}

export class ByteChannel {
  readonly stream: Stream;
  private parts: Uint8Array[] = [];
  private buffered = 0;
  private wanted = 0;
  private wake: (() => void) | undefined;
  private refuseInput: (() => void) | undefined;

  /** Attach at once: a stream without a listener is reset when its own buffer is full. */
  constructor(stream: Stream) {
    this.stream = stream;
    stream.addEventListener('message', this.onMessage);
    stream.addEventListener('remoteCloseWrite', this.onChange);
    stream.addEventListener('close', this.onChange);
    stream.addEventListener('idle', this.onChange);
    stream.addEventListener('drain', this.onChange);
  }

  /** Exactly `length` bytes; one read or write at a time. The caller has checked `length` against its bound. */
  async read(length: number, signal: AbortSignal): Promise<Uint8Array> {
    if (length === 0) return EMPTY_BYTES;
    this.wanted = length;
    try {
      while (this.buffered < length) {
        signal.throwIfAborted();
        this.steer();
        if (this.buffered >= length) break;
        const end = this.readEnd();
        if (end !== undefined) throw new ChannelClosed(end);
        await this.change(signal);
      }
      return this.take(length);
    } finally {
      this.wanted = 0;
    }
  }

  /** Resolves when no more than `unsent` bytes are queued; without it, when all have left for the network. */
  async write(parts: readonly Uint8Array[], signal: AbortSignal, unsent = 0): Promise<void> {
    signal.throwIfAborted();
    for (const bytes of parts) {
      if (this.stream.writeStatus !== 'writable') throw new ChannelClosed(this.writeEnd());
      this.stream.send(bytes);
    }
    while (this.stream.writeBufferLength > unsent || (unsent === 0 && this.stream.writableNeedsDrain)) {
      if (this.stream.writeStatus !== 'writable') break;
      await this.change(signal);
    }
    if (this.stream.writeStatus !== 'writable') throw new ChannelClosed(this.writeEnd());
  }

  /** From now on any input is a breach: `onInput` runs once, and nothing more is kept. */
  forbidInput(onInput: () => void): void {
    this.refuseInput = onInput;
    if (this.buffered > 0) this.breach();
  }

  /** Runs `listener` when the stream is over, in whatever way; at once if it is over. */
  onEnd(listener: () => void): void {
    if (this.stream.status === 'open') this.stream.addEventListener('close', listener, { once: true });
    else listener();
  }

  /** Drops what is buffered and cuts the stream. */
  abort(error: Error): void {
    this.parts = [];
    this.buffered = 0;
    this.stream.abort(error);
  }

  private readonly onMessage = (event: StreamMessageEvent): void => {
    if (this.refuseInput !== undefined) {
      this.breach();
      return;
    }
    const { data } = event;
    // As they came: to join them would be one more copy of everything.
    for (const bytes of data instanceof Uint8Array ? [data] : data) {
      this.parts.push(bytes);
      this.buffered += bytes.length;
    }
    this.steer();
    this.onChange();
  };

  private readonly onChange = (): void => {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  };

  /** Stops the remote while more is buffered than the next frame needs, and lets it go on when that is used up. */
  private steer(): void {
    const { readStatus } = this.stream;
    const full = this.buffered >= this.wanted + READ_AHEAD_BYTES;
    if (full && readStatus === 'readable' && this.stream.remoteWriteStatus === 'writable') this.stream.pause();
    else if (!full && readStatus === 'paused') this.stream.resume();
  }

  private take(length: number): Uint8Array {
    const out = unfilled(length);
    let at = 0;
    while (at < length) {
      const part = this.parts[0];
      const count = Math.min(part.length, length - at);
      out.set(count === part.length ? part : part.subarray(0, count), at);
      if (count === part.length) this.parts.shift();
      else this.parts[0] = part.subarray(count);
      at += count;
    }
    this.buffered -= length;
    return out;
  }

  private readEnd(): ChannelEnd | undefined {
    if (this.stream.readBufferLength > 0) return undefined;
    if (this.stream.status === 'reset' || this.stream.status === 'aborted') return 'reset';
    return this.stream.remoteWriteStatus === 'writable' && this.stream.status === 'open' ? undefined : 'closed';
  }

  private writeEnd(): ChannelEnd {
    return this.stream.status === 'reset' || this.stream.status === 'aborted' ? 'reset' : 'closed';
  }

  private breach(): void {
    const onInput = this.refuseInput;
    this.refuseInput = () => {};
    this.parts = [];
    this.buffered = 0;
    onInput?.();
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.wake = undefined;
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        onAbort();
        return;
      }
      signal.addEventListener('abort', onAbort, { once: true });
      this.wake = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
    });
  }
}
