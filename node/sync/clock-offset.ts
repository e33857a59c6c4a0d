// How far this node's clock is off the others': the median over what peers said of theirs and our own. With our own in it
// one liar, or the only other clinic, never decides.

export class ClockOffset {
  private readonly offsets = new Map<string, number>();

  /** A peer's clock when its status came, both ms since 1970. */
  heard(peerId: string, clock: number, now: number): void {
    this.offsets.set(peerId, clock - now);
  }

  forget(peerId: string): void {
    this.offsets.delete(peerId);
  }

  /** What the median is ahead of this clock, ms; 0 when nobody else is there. Of an even number the nearer to ours. */
  get median(): number {
    const sorted = [...this.offsets.values(), 0].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    return Math.abs(low) < Math.abs(high) ? low : high;
  }
}
