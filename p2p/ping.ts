// Answers one ping a stream: 32 bytes come back, one more is a breach. The library's own answer echoes without an end.
import type { Connection, Stream } from '@libp2p/interface';
import type { Clock } from '../common/clock.ts';
import { PING_TIMEOUT_MS } from './limits.ts';
import { ByteChannel, ChannelClosed } from './reqresp/byte-channel.ts';
import { within } from './reqresp/deadline.ts';
import { FramingViolation } from './reqresp/errors.ts';

/** What the library's connection monitor asks for. */
export const PING_PROTOCOL = '/ipfs/ping/1.0.0';
const PING_BYTES = 32;

export interface PingModules {
  readonly clock: Clock;
  onViolation(peerId: string, violation: FramingViolation): void;
}

/** The libp2p stream handler; never throws. */
export function answerPings({ clock, onViolation }: PingModules) {
  return async (stream: Stream, connection: Connection): Promise<void> => {
    const channel = new ByteChannel(stream);
    const limited = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
      within(clock, PING_TIMEOUT_MS, undefined, work, () => new ChannelClosed('reset'));
    try {
      const bytes = await limited((signal) => channel.read(PING_BYTES, signal));
      channel.forbidInput(() => {
        const violation = new FramingViolation('trailing');
        channel.abort(violation);
        onViolation(connection.remotePeer.toString(), violation);
      });
      await limited((signal) => channel.write([bytes], signal));
      await limited((signal) => stream.close({ signal }));
    } catch (error) {
      channel.abort(error as Error);
    }
  };
}
