// One Aho-Corasick automaton over all literals of all signatures, in typed arrays: a text is read once, a byte a step,
// whatever the number of signatures. Owns no meaning of a literal: the matcher does.

/** Bounds the table: 16 bits name a state. */
export const MAX_STATES = 65_535;

export class Automaton {
  /** Class of each byte; 0 for those in no literal. */
  readonly classes = new Uint8Array(256);
  /** `next[state * width + class]`. */
  readonly next: Uint16Array;
  readonly width: number;
  /** Literal that ends in the state, plus 1; 0 for none. */
  readonly literalAt: Uint16Array;
  /** The longest proper suffix of the state that ends a literal; 0 for none. */
  readonly suffix: Uint16Array;
  /** First state to ask for literals: the state itself or its suffix; 0 for none. */
  readonly report: Uint16Array;

  /** Takes distinct, non-empty literals of Latin-1 characters. */
  constructor(literals: readonly string[]) {
    this.width = this.classify(literals);
    const room = Math.min(MAX_STATES, 1 + literals.reduce((sum, { length }) => sum + length, 0));
    const next = new Uint16Array(room * this.width);
    this.literalAt = new Uint16Array(room);
    const states = this.plant(literals, next, room);
    this.next = next.subarray(0, states * this.width);
    this.suffix = new Uint16Array(states);
    this.report = new Uint16Array(states);
    this.link(states);
  }

  private classify(literals: readonly string[]): number {
    let width = 1;
    for (const literal of literals) {
      for (let i = 0; i < literal.length; i++) {
        const byte = literal.charCodeAt(i);
        if (this.classes[byte] === 0) this.classes[byte] = width++;
      }
    }
    return width;
  }

  private plant(literals: readonly string[], next: Uint16Array, room: number): number {
    let states = 1;
    for (const [number, literal] of literals.entries()) {
      let state = 0;
      for (let i = 0; i < literal.length; i++) {
        const edge = state * this.width + this.classes[literal.charCodeAt(i)];
        if (next[edge] === 0) {
          if (states === room) throw new RangeError(`the signatures need more than ${MAX_STATES} states`);
          next[edge] = states++;
        }
        state = next[edge];
      }
      this.literalAt[state] = number + 1;
    }
    return states;
  }

  /** Breadth first: failure links become edges, so that reading never goes back. */
  private link(states: number): void {
    const { next, width, literalAt, suffix, report } = this;
    const fail = new Uint16Array(states);
    const queue = new Uint16Array(states);
    let tail = 0;
    for (let c = 0; c < width; c++) if (next[c] !== 0) queue[tail++] = next[c];
    for (let head = 0; head < tail; head++) {
      const state = queue[head];
      const back = fail[state];
      suffix[state] = literalAt[back] !== 0 ? back : suffix[back];
      report[state] = literalAt[state] !== 0 ? state : suffix[state];
      for (let c = 0; c < width; c++) {
        const edge = state * width + c;
        const child = next[edge];
        if (child === 0) {
          next[edge] = next[back * width + c];
        } else {
          fail[child] = next[back * width + c];
          queue[tail++] = child;
        }
      }
    }
  }
}
