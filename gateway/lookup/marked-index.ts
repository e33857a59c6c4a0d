// A network index that says fast of most addresses that nothing in it holds them: for what is asked at every request and
// hardly ever has an answer.
import type { Network } from '../address.ts';
import { NetworkIndex } from '../network-index.ts';
import { PrefixMarks } from './prefix-marks.ts';

export class MarkedIndex<V> extends NetworkIndex<V> {
  private readonly marks = { 4: new PrefixMarks(4), 6: new PrefixMarks(6) };

  override set(network: Network, value: V): void {
    super.set(network, value);
    this.marks[network.family].add(network);
  }

  /** False: nothing in the index holds the address, or any part of what is around it. */
  mayHold({ family, high }: Network): boolean {
    return this.size > 0 && this.marks[family].mayHold(high);
  }
}
