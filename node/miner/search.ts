// Walks the 64-bit nonce of one header preimage (PROTOCOL 5.2) through a kernel. Owns midstate, padding and the full
// target check; knows no header field but the nonce's place at the end.
import { sha256 } from '#crypto';
import { bytesToBigInt } from '../../common/bytes.ts';
import { PREIMAGE_BYTES } from '../../consensus/chain/header.ts';
import { compress, INITIAL_STATE } from './kernel/compress.ts';
import { KERNEL_BITS, KERNEL_LANES, KERNEL_SPAN, type Kernel } from './kernel/types.ts';

const BLOCK_BYTES = 64;
/** Three whole blocks; the last one holds 55 bytes of the preimage, the padding byte and the length. */
const MIDSTATE_BYTES = 192;
const NONCE_AT = PREIMAGE_BYTES - 8;
const NONCES = 1n << 64n;

export class Search {
  /** Nonces tried so far. */
  tried = 0;
  private readonly kernel: Kernel;
  private readonly preimage: Uint8Array;
  private readonly target: bigint;
  private readonly top: number;
  private readonly midstate = Uint32Array.from(INITIAL_STATE);
  private low: number;
  private high: bigint;

  /** Starts at the nonce that the preimage carries, rounded down to the kernel's lanes. */
  constructor(kernel: Kernel, preimage: Uint8Array, target: bigint) {
    if (preimage.length !== PREIMAGE_BYTES) throw new RangeError(`a preimage has ${PREIMAGE_BYTES} bytes`);
    this.kernel = kernel;
    this.preimage = preimage.slice();
    this.target = target;
    this.top = Number(target >> 224n);
    const nonce = bytesToBigInt(preimage.subarray(NONCE_AT));
    this.high = nonce >> BigInt(KERNEL_BITS);
    this.low = Number(nonce & BigInt(KERNEL_SPAN - 1)) & -KERNEL_LANES;
    for (let at = 0; at < MIDSTATE_BYTES; at += BLOCK_BYTES) {
      compress(this.midstate, wordsOf(this.preimage.subarray(at, at + BLOCK_BYTES)), this.midstate);
    }
    this.loadTail();
  }

  /** Tries about `count` nonces; gives the first solution, or undefined. Call again to go on behind it. */
  next(count: number): bigint | undefined {
    let left = Math.max(KERNEL_LANES, count & -KERNEL_LANES);
    while (left > 0) {
      if (this.low === KERNEL_SPAN) this.bump();
      const span = Math.min(left, KERNEL_SPAN - this.low);
      const hit = this.kernel.scan(this.low, span, this.top);
      if (hit < 0) {
        this.low += span;
        this.tried += span;
        left -= span;
        continue;
      }
      const done = (hit & -KERNEL_LANES) + KERNEL_LANES;
      this.tried += done - this.low;
      left -= done - this.low;
      this.low = done;
      const solution = this.firstSolution(hit, done);
      if (solution !== undefined) return solution;
    }
    return undefined;
  }

  /** A kernel names the first nonce that meets the top word; the full target may be met by none or a later one of its lanes. */
  private firstSolution(from: number, to: number): bigint | undefined {
    for (let low = from; low < to; low++) {
      const nonce = (this.high << BigInt(KERNEL_BITS)) | BigInt(low);
      if (this.solves(nonce)) return nonce;
    }
    return undefined;
  }

  private solves(nonce: bigint): boolean {
    new DataView(this.preimage.buffer).setBigUint64(NONCE_AT, nonce);
    return bytesToBigInt(sha256(sha256(this.preimage))) <= this.target;
  }

  /** The bits above the kernel's: at most one call in 2^24 nonces. */
  private bump(): void {
    this.low = 0;
    this.high = (this.high + 1n) % (NONCES >> BigInt(KERNEL_BITS));
    this.loadTail();
  }

  private loadTail(): void {
    new DataView(this.preimage.buffer).setBigUint64(NONCE_AT, this.high << BigInt(KERNEL_BITS));
    const block = new Uint8Array(BLOCK_BYTES);
    block.set(this.preimage.subarray(MIDSTATE_BYTES));
    block[PREIMAGE_BYTES - MIDSTATE_BYTES] = 0x80;
    new DataView(block.buffer).setUint32(BLOCK_BYTES - 4, 8 * PREIMAGE_BYTES);
    this.kernel.load(this.midstate, wordsOf(block));
  }
}

function wordsOf(block: Uint8Array): Uint32Array {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  return Uint32Array.from({ length: 16 }, (_, i) => view.getUint32(4 * i));
}
