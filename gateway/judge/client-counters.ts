// What is counted of each client, by slot, in typed arrays of fixed size. Counts fade by the time that they are asked for;
// a time that lies before the last one counts as the last one. Owns no keys: client-table.ts gives the slots.
import { ANSWERS, ENDPOINTS } from './score.ts';

/** Counts that fade in a straight line: what one unit takes to fade, ms, and how many are remembered at most. */
const FADING = {
  signInFailures: { unit: 120_000, most: 20 },
  signatures: { unit: 10_000, most: 50 },
  agentChanges: { unit: 120_000, most: 20 },
  // Above the weight of the factor, so that a burst which goes on keeps all of it.
  violations: { unit: 12_000, most: 45 },
  // Pages that ask for the same again and again do so less than twice a second.
  repeats: { unit: 500, most: 40 },
  // As quick as the limit of visitors without a session lets them go on for good.
  routeRepeats: { unit: 250, most: 60 },
} as const;
export type FadingName = keyof typeof FADING;
const FADING_NAMES = Object.keys(FADING) as FadingName[];
const FADING_AT: Readonly<Record<FadingName, number>> = {
  signInFailures: 0,
  signatures: 1,
  agentChanges: 2,
  violations: 3,
  repeats: 4,
  routeRepeats: 5,
};

/** The sliding minute: counts the last 55 to 60 seconds. */
const BUCKETS = 12;
export const BUCKET_MS = 5_000;
/** Answers older than this say nothing of the client now. */
const ANSWERS_FRESH_S = 600;
const MATCHES_FRESH_MS = 60_000;
const MOST = 0xffff;

/** A client's record, so that what is known of it lies together: bytes, and where in it each count begins. */
const RECORD = 184;
/** In eighths of it: when each of the fading counts will have faded to nothing, ms; both times, ms. */
const FLOATS = RECORD / 8;
const LAST_VIOLATION = FADING_NAMES.length;
const BLOCKED = LAST_VIOLATION + 1;
/**
 * In words of 32 bits. `ANSWER_BITS`: one for each of the last answers, the newest lowest: 1 is an error. `MATCHED`: one for
 * each signature that was matched lately. `TARGET`: what it read last, hashed; 0 for nothing.
 */
const WORDS = RECORD / 4;
const LAST_BUCKET = 2 * (BLOCKED + 1);
const LAST_ANSWER = LAST_BUCKET + 1;
const ANSWER_BITS = LAST_ANSWER + 1;
const AGENT = ANSWER_BITS + 1;
const MATCHED = AGENT + 1;
const TARGET = MATCHED + 1;
/** In words of 16 bits. `CHALLENGES`: those of the same seconds that were answered with a challenge. */
const HALVES = RECORD / 2;
const REQUESTS = 2 * (TARGET + 1);
const CHALLENGES = REQUESTS + BUCKETS;
const ENDPOINT = CHALLENGES + BUCKETS;
/** In bytes. */
const ENDPOINT_HEAD = 2 * (ENDPOINT + ENDPOINTS);
const ENDPOINT_COUNT = ENDPOINT_HEAD + 1;
const ANSWER_COUNT = ENDPOINT_COUNT + 1;
/** 1 when it ever asked for two endpoints in a row that differ. */
const WANDERED = ANSWER_COUNT + 1;

export class ClientCounters {
  private readonly floats: Float64Array;
  private readonly words: Uint32Array;
  private readonly halves: Uint16Array;
  private readonly octets: Uint8Array;

  constructor(options: { readonly maxClients: number }) {
    const memory = new ArrayBuffer(RECORD * options.maxClients);
    this.floats = new Float64Array(memory);
    this.words = new Uint32Array(memory);
    this.halves = new Uint16Array(memory);
    this.octets = new Uint8Array(memory);
  }

  /** Of all records, whether filled or not. */
  get bytes(): number {
    return this.octets.byteLength;
  }

  clear(slot: number): void {
    this.floats.fill(0, FLOATS * slot, FLOATS * (slot + 1));
  }

  addRequest(slot: number, at: number): void {
    this.addTo(HALVES * slot + REQUESTS + (this.roll(slot, at) % BUCKETS));
  }

  addChallenge(slot: number, at: number): void {
    this.addTo(HALVES * slot + CHALLENGES + (this.roll(slot, at) % BUCKETS));
  }

  /** Of the last minute: none that is older, all that are younger than 55 s. */
  requests(slot: number, at: number): number {
    this.roll(slot, at);
    return this.sum(HALVES * slot + REQUESTS);
  }

  /** Of the same minute. */
  challenged(slot: number, at: number): number {
    this.roll(slot, at);
    return this.sum(HALVES * slot + CHALLENGES);
  }

  /** `endpoint`: u16. */
  addEndpoint(slot: number, endpoint: number): void {
    const { octets } = this;
    const record = RECORD * slot;
    const head = octets[record + ENDPOINT_HEAD];
    if (octets[record + ENDPOINT_COUNT] > 0 && !this.wasLast(slot, endpoint)) octets[record + WANDERED] = 1;
    this.halves[HALVES * slot + ENDPOINT + head] = endpoint;
    octets[record + ENDPOINT_HEAD] = head === ENDPOINTS - 1 ? 0 : head + 1;
    if (octets[record + ENDPOINT_COUNT] < ENDPOINTS) octets[record + ENDPOINT_COUNT]++;
  }

  /** Of the last ENDPOINTS with `current` as the newest. */
  pattern(slot: number, current: number): { recent: number; distinct: number } {
    const { halves } = this;
    const first = HALVES * slot + ENDPOINT;
    const count = this.octets[RECORD * slot + ENDPOINT_COUNT];
    // The oldest of a whole row makes room for the current one.
    const oldest = count === ENDPOINTS ? first + this.octets[RECORD * slot + ENDPOINT_HEAD] : -1;
    let distinct = 1;
    for (let at = first; at < first + count; at++) {
      const endpoint = halves[at];
      if (at === oldest || endpoint === current) continue;
      let before = first;
      while (before < at && (before === oldest || halves[before] !== endpoint)) before++;
      if (before === at) distinct++;
    }
    return { recent: Math.min(count, ENDPOINTS - 1) + 1, distinct };
  }

  addAnswer(slot: number, isError: boolean, at: number): void {
    const { words, octets } = this;
    const bits = WORDS * slot + ANSWER_BITS;
    const count = RECORD * slot + ANSWER_COUNT;
    if (!this.answersFresh(slot, at)) {
      words[bits] = 0;
      octets[count] = 0;
    }
    words[bits] = ((words[bits] << 1) | (isError ? 1 : 0)) & (2 ** ANSWERS - 1);
    if (octets[count] < ANSWERS) octets[count]++;
    const last = WORDS * slot + LAST_ANSWER;
    words[last] = Math.max(words[last], Math.floor(at / 1000));
  }

  answers(slot: number, at: number): { answers: number; errors: number } {
    if (!this.answersFresh(slot, at)) return { answers: 0, errors: 0 };
    let errors = 0;
    for (let bits = this.words[WORDS * slot + ANSWER_BITS]; bits !== 0; bits &= bits - 1) errors++;
    return { answers: this.octets[RECORD * slot + ANSWER_COUNT], errors };
  }

  add(slot: number, name: FadingName, amount: number, at: number): void {
    const { unit, most } = FADING[name];
    const place = FLOATS * slot + FADING_AT[name];
    const added = Math.max(this.floats[place], at) + amount * unit;
    this.floats[place] = Math.min(added, at + most * unit);
  }

  level(slot: number, name: FadingName, at: number): number {
    const { unit, most } = FADING[name];
    return Math.min(most, Math.max(0, this.floats[FLOATS * slot + FADING_AT[name]] - at) / unit);
  }

  /** Notes the User-Agent; true when the client had another one before. */
  changeAgent(slot: number, hash: number): boolean {
    const place = WORDS * slot + AGENT;
    const before = this.words[place];
    this.words[place] = hash;
    return before !== 0 && before !== hash;
  }

  /** True when the client read the same before. */
  isRepeat(slot: number, target: number): boolean {
    return target !== 0 && this.words[WORDS * slot + TARGET] === target;
  }

  /** True when the client read at the same endpoint before, the same or something else. */
  isRouteRepeat(slot: number, target: number, endpoint: number): boolean {
    return target !== 0 && this.words[WORDS * slot + TARGET] !== 0 && this.wasLast(slot, endpoint);
  }

  /** Whether the client ever asked for more than one endpoint. */
  hasWandered(slot: number): boolean {
    return this.octets[RECORD * slot + WANDERED] === 1;
  }

  noteTarget(slot: number, target: number): void {
    this.words[WORDS * slot + TARGET] = target;
  }

  /** True when no violation was noted within `apart` ms: one burst counts once. */
  noteViolation(slot: number, at: number, apart: number): boolean {
    const place = FLOATS * slot + LAST_VIOLATION;
    const before = this.floats[place];
    if (before !== 0 && Math.abs(at - before) < apart) return false;
    this.floats[place] = at;
    return true;
  }

  /**
   * Notes signatures, a bit for each, and says whether they are the first of the client, others than before, or the same.
   * What was matched counts until points of matches and violations have faded. To be asked before those are added.
   */
  noteSignatures(slot: number, bits: number, at: number): 'first' | 'others' | 'same' {
    const fresh = Math.abs(at - this.floats[FLOATS * slot + LAST_VIOLATION]) < MATCHES_FRESH_MS;
    const lately = fresh || this.level(slot, 'signatures', at) > 0 || this.level(slot, 'violations', at) > 0;
    const place = WORDS * slot + MATCHED;
    const known = lately ? this.words[place] : 0;
    this.words[place] = known | bits;
    if (known === 0) return 'first';
    return (bits & ~known) === 0 ? 'same' : 'others';
  }

  block(slot: number, until: number): void {
    this.floats[FLOATS * slot + BLOCKED] = until;
  }

  /** ms since 1970; 0: never was. */
  blockedUntil(slot: number): number {
    return this.floats[FLOATS * slot + BLOCKED];
  }

  /** Whether that is the newest endpoint. */
  private wasLast(slot: number, endpoint: number): boolean {
    const head = this.octets[RECORD * slot + ENDPOINT_HEAD];
    return this.halves[HALVES * slot + ENDPOINT + (head === 0 ? ENDPOINTS : head) - 1] === endpoint;
  }

  private addTo(place: number): void {
    if (this.halves[place] < MOST) this.halves[place]++;
  }

  private sum(first: number): number {
    let all = 0;
    for (let place = first; place < first + BUCKETS; place++) all += this.halves[place];
    return all;
  }

  private answersFresh(slot: number, at: number): boolean {
    return Math.floor(at / 1000) - this.words[WORDS * slot + LAST_ANSWER] <= ANSWERS_FRESH_S;
  }

  /** Empties the buckets that time has passed over; gives the number of the present one. */
  private roll(slot: number, at: number): number {
    const { words, halves } = this;
    const place = WORDS * slot + LAST_BUCKET;
    const last = words[place];
    const now = Math.max(last, Math.floor(at / BUCKET_MS));
    for (let step = Math.max(last + 1, now - BUCKETS + 1); step <= now; step++) {
      halves[HALVES * slot + REQUESTS + (step % BUCKETS)] = 0;
      halves[HALVES * slot + CHALLENGES + (step % BUCKETS)] = 0;
    }
    words[place] = now;
    return now;
  }
}
