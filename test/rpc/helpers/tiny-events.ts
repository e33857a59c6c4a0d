// An event source that tests drive by hand.
import type { EventSource } from '../../../rpc/ports.ts';
import type { StreamFilter, StreamName, StreamValue } from '../../../rpc/schema/subscription.ts';

interface Follower {
  readonly stream: StreamName;
  readonly filter: unknown;
  readonly listener: (value: never) => void;
}

export class TinyEvents implements EventSource {
  readonly followers = new Set<Follower>();
  /** Sent to every new follower at once, before it has its unsubscriber. */
  greeting: unknown;

  subscribe<S extends StreamName>(
    stream: S,
    filter: StreamFilter<S>,
    listener: (value: StreamValue<S>) => void,
  ): () => void {
    const follower = { stream, filter, listener } as Follower;
    this.followers.add(follower);
    if (this.greeting !== undefined) listener(this.greeting as StreamValue<S>);
    return () => this.followers.delete(follower);
  }

  emit<S extends StreamName>(stream: S, value: StreamValue<S>): void {
    for (const follower of this.followers) if (follower.stream === stream) follower.listener(value as never);
  }
}
