// One buffer in which rows are laid out: execution writes very many small ones, and a buffer for each is most of the cost.
import { Writer } from '../../common/codec/writer.ts';

const scratch = new Writer(1024);

/** Empty, and the same one every time: `finish` a row before the next is begun. */
export function rowWriter(): Writer {
  return scratch.reset();
}
