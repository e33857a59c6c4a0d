// Which signatures a request matches: every field is read once by one automaton, in its text and, where asked, its shape.
// Patterns advance literal by literal as the automaton meets them, leftmost first: linear, nothing is ever tried again.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { SIGNATURE_FIELDS, type SignatureCategory } from '../../common/threat-names.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { Automaton } from './automaton.ts';
import { Normaliser } from './normalise.ts';
import { MAX_SIGNATURES, type Signature } from './signature.ts';

export interface SignatureMatch {
  readonly id: string;
  readonly category: SignatureCategory;
  /** 1 to 30. */
  readonly points: number;
  /** Matched inside its trial hour: for the log alone, without effect. */
  readonly shadow: boolean;
}

/** A literal's place in a pattern; `last` is the number of its literals less one. */
interface Use {
  readonly condition: number;
  readonly place: number;
  readonly length: number;
  readonly atStart: boolean;
  readonly atEnd: boolean;
  readonly last: boolean;
}

const NOTHING: readonly SignatureMatch[] = [];
const METHOD = SIGNATURE_FIELDS.indexOf('method');
const QUERY = SIGNATURE_FIELDS.indexOf('query');
const BODY = SIGNATURE_FIELDS.indexOf('body');
const USER_AGENT = SIGNATURE_FIELDS.indexOf('user-agent');
const HEADER_ORDER = SIGNATURE_FIELDS.indexOf('header-order');
/** Texts of each field that few visitors have for themselves: what they hold is remembered, not read again. */
export const MAX_READ_TEXTS = 512;
/** The place of a condition that the scan at hand met. */
const MET = 0xff;

/** Holds one set for good; another set is another matcher. */
export class SignatureMatcher {
  private readonly signatures: readonly Signature[];
  private readonly automaton: Automaton;
  /** By literal, in both views: the places that wait for it. */
  private readonly uses: readonly (readonly Use[])[];
  private readonly normaliser = new Normaliser();
  /** By condition: fields as bits, twice (text in the low byte, shape above), and the signature it belongs to. */
  private readonly reads: Uint16Array;
  private readonly owner: Uint16Array;
  /** By condition: the scan in which `place` and `after` were set, the next literal, where it may begin. */
  private readonly scanned: Uint32Array;
  private readonly place: Uint8Array;
  private readonly after: Uint16Array;
  /** By condition: the request in which it held; by signature: that of its count, and how many hold. */
  private readonly held: Uint32Array;
  private readonly counted: Uint32Array;
  private readonly count: Uint8Array;
  private readonly wanted: number;
  /** By field: the conditions that a text of it holds. */
  private readonly read: ReadonlyMap<number, BoundedMap<string, readonly number[]>>;
  private readonly met: number[] = [];
  private scan = 0;
  private request = 0;

  /** At most MAX_SIGNATURES. */
  constructor(signatures: readonly Signature[]) {
    if (signatures.length > MAX_SIGNATURES) throw new RangeError(`more than ${MAX_SIGNATURES} signatures`);
    this.signatures = signatures;
    const numbers = new Map<string, number>();
    const uses: Use[][] = [];
    const reads: number[] = [];
    const owner: number[] = [];
    for (const [number, { conditions }] of signatures.entries()) {
      for (const { fields, view, start, end, literals } of conditions) {
        const mask = fields.reduce((bits, field) => bits | (1 << SIGNATURE_FIELDS.indexOf(field)), 0);
        for (const [place, literal] of literals.entries()) {
          const last = place === literals.length - 1;
          const known = numbers.get(literal) ?? numbers.size;
          if (known === numbers.size) {
            numbers.set(literal, known);
            uses.push([]);
          }
          const anchors = { atStart: start && place === 0, atEnd: end && last };
          uses[known].push({ condition: reads.length, place, length: literal.length, ...anchors, last });
        }
        reads.push(view === 'shape' ? mask << 8 : mask);
        owner.push(number);
      }
    }
    this.uses = uses;
    this.automaton = new Automaton([...numbers.keys()]);
    this.reads = Uint16Array.from(reads);
    this.owner = Uint16Array.from(owner);
    this.wanted = reads.reduce((all, bits) => all | bits, 0);
    this.read = new Map(
      [USER_AGENT, HEADER_ORDER].map((field) => [field, new BoundedMap({ maxEntries: MAX_READ_TEXTS })]),
    );
    this.scanned = new Uint32Array(reads.length);
    this.place = new Uint8Array(reads.length);
    this.after = new Uint16Array(reads.length);
    this.held = new Uint32Array(reads.length);
    this.counted = new Uint32Array(signatures.length);
    this.count = new Uint8Array(signatures.length);
  }

  /** In the order of the set. */
  match(facts: RequestFacts): readonly SignatureMatch[] {
    this.request = this.tick(this.request, [this.held, this.counted]);
    const found: number[] = [];
    this.field(METHOD, facts.method, found);
    this.field(1, facts.path, found);
    this.field(QUERY, facts.query, found);
    this.field(BODY, facts.body, found);
    this.field(USER_AGENT, facts.userAgent, found);
    this.field(5, facts.referer, found);
    this.field(6, facts.cookie, found);
    this.field(HEADER_ORDER, facts.headerOrder, found);
    if (found.length === 0) return NOTHING;
    return found
      .sort((a, b) => a - b)
      .map((number) => {
        const { id, category, points, effectiveFrom } = this.signatures[number];
        return { id, category, points, shadow: facts.at < effectiveFrom };
      });
  }

  private field(field: number, value: string, found: number[]): void {
    const bit = 1 << field;
    if (value === '' || (this.wanted & (bit | (bit << 8))) === 0) return;
    const known = this.read.get(field);
    let met = known?.get(value);
    if (met === undefined) {
      met = this.conditionsIn(field, value);
      known?.set(value, met.slice());
    }
    for (let i = 0; i < met.length; i++) this.hold(met[i], found);
  }

  /** Those that this text holds by itself, each once; good until the next call. */
  private conditionsIn(field: number, value: string): readonly number[] {
    const { normaliser } = this;
    const bit = 1 << field;
    const plain = field === METHOD || field === HEADER_ORDER;
    const length = plain ? normaliser.readPlain(value) : normaliser.readText(value, field === QUERY || field === BODY);
    const { met } = this;
    met.length = 0;
    if ((this.wanted & bit) !== 0) this.scanText(normaliser.text, length, bit, met);
    if ((this.wanted & (bit << 8)) !== 0) this.scanText(normaliser.shape, normaliser.readShape(length), bit << 8, met);
    return met;
  }

  private scanText(text: Uint8Array, length: number, bit: number, met: number[]): void {
    this.scan = this.tick(this.scan, [this.scanned]);
    const { classes, next, width, literalAt, suffix, report } = this.automaton;
    let state = 0;
    for (let at = 0; at < length; at++) {
      state = next[state * width + classes[text[at]]];
      for (let ends = report[state]; ends !== 0; ends = suffix[ends]) {
        for (const use of this.uses[literalAt[ends] - 1]) {
          if ((this.reads[use.condition] & bit) !== 0) this.meet(use, at + 1, length, met);
        }
      }
    }
  }

  /** A literal ends before `end`: its pattern goes on if this is the one that it waits for. */
  private meet(use: Use, end: number, length: number, met: number[]): void {
    const { condition } = use;
    if (this.scanned[condition] !== this.scan) {
      this.scanned[condition] = this.scan;
      this.place[condition] = 0;
      this.after[condition] = 0;
    }
    if (use.place !== this.place[condition]) return;
    const begin = end - use.length;
    if (begin < this.after[condition] || (use.atStart && begin !== 0) || (use.atEnd && end !== length)) return;
    if (use.last) {
      this.place[condition] = MET;
      met.push(condition);
      return;
    }
    this.place[condition]++;
    this.after[condition] = end;
  }

  /** A condition holds, in whichever of its fields: a signature is found when all of its conditions do. */
  private hold(condition: number, found: number[]): void {
    if (this.held[condition] === this.request) return;
    this.held[condition] = this.request;
    const signature = this.owner[condition];
    if (this.counted[signature] !== this.request) {
      this.counted[signature] = this.request;
      this.count[signature] = 0;
    }
    if (++this.count[signature] === this.signatures[signature].conditions.length) found.push(signature);
  }

  /** Counts up; when 32 bits are used up, what was stamped before is forgotten first. */
  private tick(value: number, stamps: readonly Uint32Array[]): number {
    if (value < 0xffff_ffff) return value + 1;
    for (const stamp of stamps) stamp.fill(0);
    return 1;
  }
}
