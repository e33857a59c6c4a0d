// Requests that were judged and are not on disk yet, in the order of judgement. An entry waits a moment for what the
// application answers, and never longer: those behind it wait with it. Owns no time and no file.
import type { LoggedRequest } from '../../gateway/log/entry.ts';

export interface Waiting extends LoggedRequest {
  status: number | undefined;
  /** Empty for the node itself; `sequence` is the source's own count then 0. */
  readonly source: string;
  readonly sequence: number;
  /** Monotonic ms. */
  readonly since: number;
  /** No answer comes, or it is there. */
  ready: boolean;
}

/** More are counted, and the count is written. */
export const MAX_PENDING_REQUESTS = 32_768;

export class PendingRequests {
  private waiting: Waiting[] = [];
  private readonly unanswered = new Map<string, Waiting>();
  private refused = 0;

  get size(): number {
    return this.waiting.length;
  }

  get room(): number {
    return MAX_PENDING_REQUESTS - this.waiting.length;
  }

  /** Judged, and in no entry since the last `take`. */
  get lost(): number {
    return this.refused;
  }

  add(entry: Waiting): boolean {
    if (this.room <= 0) {
      this.refused++;
      return false;
    }
    this.waiting.push(entry);
    if (!entry.ready) this.unanswered.set(entry.decision.reference, entry);
    return true;
  }

  answered(reference: string, status: number): void {
    const entry = this.unanswered.get(reference);
    if (entry === undefined) return;
    this.unanswered.delete(reference);
    entry.status = status;
    entry.ready = true;
  }

  /** The first up to `limit` that are ready or came until `until`, monotonic ms. They stay until `done`. */
  first(limit: number, until: number): readonly Waiting[] {
    let count = 0;
    while (count < Math.min(limit, this.waiting.length)) {
      const { ready, since } = this.waiting[count];
      if (!ready && since > until) break;
      count++;
    }
    return this.waiting.slice(0, count);
  }

  /** The first `count` are on disk, and with them how many were lost before them. */
  done(count: number, lost: number): void {
    for (const { decision } of this.waiting.slice(0, count)) this.unanswered.delete(decision.reference);
    this.waiting = this.waiting.slice(count);
    this.refused -= lost;
  }
}
