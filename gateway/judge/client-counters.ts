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
} as const;
export type FadingName = keyof typeof FADING;
const FADING_NAMES = Object.keys(FADING) as FadingName[];
const FADING_AT: Readonly<Record<FadingName, number>> = {
  signInFailures: 0,
  signatures: 1,
  agentChanges: 2,
  violations: 3,
};

/** The sliding minute: counts the last 55 to 60 seconds. */
const BUCKETS = 12;
export const BUCKET_MS = 5_000;
/** Answers older than this say nothing of the client now. */
const ANSWERS_FRESH_S = 600;
const MATCHES_FRESH_MS = 60_000;
const MOST = 0xffff;

export class ClientCounters {
  private readonly buckets: Uint16Array;
  /** Of the same seconds: those that were answered with a challenge. */
  private readonly challenges: Uint16Array;
  private readonly lastBucket: Uint32Array;
  private readonly endpoints: Uint16Array;
  private readonly endpointHead: Uint8Array;
  private readonly endpointCount: Uint8Array;
  /** A bit for each of the last answers, the newest lowest: 1 is an error. */
  private readonly answerBits: Uint32Array;
  private readonly answerCount: Uint8Array;
  private readonly lastAnswer: Uint32Array;
  /** When the count will have faded to nothing, ms. */
  private readonly fadedAt: Float64Array;
  private readonly agents: Uint32Array;
  private readonly lastViolation: Float64Array;
  private readonly blocked: Float64Array;
  /** A bit for each signature that was matched lately. */
  private readonly matched: Uint32Array;

  constructor(options: { readonly maxClients: number }) {
    const { maxClients } = options;
    this.buckets = new Uint16Array(BUCKETS * maxClients);
    this.challenges = new Uint16Array(BUCKETS * maxClients);
    this.lastBucket = new Uint32Array(maxClients);
    this.endpoints = new Uint16Array(ENDPOINTS * maxClients);
    this.endpointHead = new Uint8Array(maxClients);
    this.endpointCount = new Uint8Array(maxClients);
    this.answerBits = new Uint32Array(maxClients);
    this.answerCount = new Uint8Array(maxClients);
    this.lastAnswer = new Uint32Array(maxClients);
    this.fadedAt = new Float64Array(FADING_NAMES.length * maxClients);
    this.agents = new Uint32Array(maxClients);
    this.lastViolation = new Float64Array(maxClients);
    this.blocked = new Float64Array(maxClients);
    this.matched = new Uint32Array(maxClients);
  }

  /** Of all arrays, whether filled or not. */
  get bytes(): number {
    return Object.values(this)
      .filter((value) => ArrayBuffer.isView(value))
      .reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  clear(slot: number): void {
    this.buckets.fill(0, BUCKETS * slot, BUCKETS * (slot + 1));
    this.challenges.fill(0, BUCKETS * slot, BUCKETS * (slot + 1));
    this.lastBucket[slot] = 0;
    this.endpointHead[slot] = 0;
    this.endpointCount[slot] = 0;
    this.answerBits[slot] = 0;
    this.answerCount[slot] = 0;
    this.lastAnswer[slot] = 0;
    this.fadedAt.fill(0, FADING_NAMES.length * slot, FADING_NAMES.length * (slot + 1));
    this.agents[slot] = 0;
    this.lastViolation[slot] = 0;
    this.blocked[slot] = 0;
    this.matched[slot] = 0;
  }

  addRequest(slot: number, at: number): void {
    const place = BUCKETS * slot + (this.roll(slot, at) % BUCKETS);
    if (this.buckets[place] < MOST) this.buckets[place]++;
  }

  addChallenge(slot: number, at: number): void {
    const place = BUCKETS * slot + (this.roll(slot, at) % BUCKETS);
    if (this.challenges[place] < MOST) this.challenges[place]++;
  }

  /** Of the last minute: none that is older, all that are younger than 55 s. */
  requests(slot: number, at: number): number {
    this.roll(slot, at);
    return sum(this.buckets, BUCKETS * slot);
  }

  /** Of the same minute. */
  challenged(slot: number, at: number): number {
    this.roll(slot, at);
    return sum(this.challenges, BUCKETS * slot);
  }

  /** `endpoint`: u16. */
  addEndpoint(slot: number, endpoint: number): void {
    const head = this.endpointHead[slot];
    this.endpoints[ENDPOINTS * slot + head] = endpoint;
    this.endpointHead[slot] = (head + 1) % ENDPOINTS;
    if (this.endpointCount[slot] < ENDPOINTS) this.endpointCount[slot]++;
  }

  /** Of the last ENDPOINTS with `current` as the newest. */
  pattern(slot: number, current: number): { recent: number; distinct: number } {
    const first = ENDPOINTS * slot;
    const earlier = Math.min(this.endpointCount[slot], ENDPOINTS - 1);
    const head = this.endpointHead[slot];
    let distinct = 1;
    for (let age = 1; age <= earlier; age++) {
      const endpoint = this.endpoints[first + ((head - age + ENDPOINTS) % ENDPOINTS)];
      let known = endpoint === current;
      for (let younger = 1; younger < age && !known; younger++) {
        known = this.endpoints[first + ((head - younger + ENDPOINTS) % ENDPOINTS)] === endpoint;
      }
      if (!known) distinct++;
    }
    return { recent: earlier + 1, distinct };
  }

  addAnswer(slot: number, isError: boolean, at: number): void {
    if (!this.answersFresh(slot, at)) {
      this.answerBits[slot] = 0;
      this.answerCount[slot] = 0;
    }
    this.answerBits[slot] = ((this.answerBits[slot] << 1) | (isError ? 1 : 0)) & (2 ** ANSWERS - 1);
    if (this.answerCount[slot] < ANSWERS) this.answerCount[slot]++;
    this.lastAnswer[slot] = Math.max(this.lastAnswer[slot], Math.floor(at / 1000));
  }

  answers(slot: number, at: number): { answers: number; errors: number } {
    if (!this.answersFresh(slot, at)) return { answers: 0, errors: 0 };
    let errors = 0;
    for (let bits = this.answerBits[slot]; bits !== 0; bits &= bits - 1) errors++;
    return { answers: this.answerCount[slot], errors };
  }

  add(slot: number, name: FadingName, amount: number, at: number): void {
    const { unit, most } = FADING[name];
    const place = FADING_NAMES.length * slot + FADING_AT[name];
    const added = Math.max(this.fadedAt[place], at) + amount * unit;
    this.fadedAt[place] = Math.min(added, at + most * unit);
  }

  level(slot: number, name: FadingName, at: number): number {
    const { unit, most } = FADING[name];
    return Math.min(most, Math.max(0, this.fadedAt[FADING_NAMES.length * slot + FADING_AT[name]] - at) / unit);
  }

  /** Notes the User-Agent; true when the client had another one before. */
  changeAgent(slot: number, hash: number): boolean {
    const before = this.agents[slot];
    this.agents[slot] = hash;
    return before !== 0 && before !== hash;
  }

  /** True when no violation was noted within `apart` ms: one burst counts once. */
  noteViolation(slot: number, at: number, apart: number): boolean {
    const before = this.lastViolation[slot];
    if (before !== 0 && Math.abs(at - before) < apart) return false;
    this.lastViolation[slot] = at;
    return true;
  }

  /**
   * Notes signatures, a bit for each, and says whether they are the first of the client, others than before, or the same.
   * What was matched counts until points of matches and violations have faded. To be asked before those are added.
   */
  noteSignatures(slot: number, bits: number, at: number): 'first' | 'others' | 'same' {
    const fresh = Math.abs(at - this.lastViolation[slot]) < MATCHES_FRESH_MS;
    const lately = fresh || this.level(slot, 'signatures', at) > 0 || this.level(slot, 'violations', at) > 0;
    const known = lately ? this.matched[slot] : 0;
    this.matched[slot] = known | bits;
    if (known === 0) return 'first';
    return (bits & ~known) === 0 ? 'same' : 'others';
  }

  block(slot: number, until: number): void {
    this.blocked[slot] = until;
  }

  /** ms since 1970; 0: never was. */
  blockedUntil(slot: number): number {
    return this.blocked[slot];
  }

  private answersFresh(slot: number, at: number): boolean {
    return Math.floor(at / 1000) - this.lastAnswer[slot] <= ANSWERS_FRESH_S;
  }

  /** Empties the buckets that time has passed over; gives the number of the present one. */
  private roll(slot: number, at: number): number {
    const last = this.lastBucket[slot];
    const now = Math.max(last, Math.floor(at / BUCKET_MS));
    for (let step = Math.max(last + 1, now - BUCKETS + 1); step <= now; step++) {
      this.buckets[BUCKETS * slot + (step % BUCKETS)] = 0;
      this.challenges[BUCKETS * slot + (step % BUCKETS)] = 0;
    }
    this.lastBucket[slot] = now;
    return now;
  }
}

function sum(buckets: Uint16Array, first: number): number {
  let all = 0;
  for (let place = first; place < first + BUCKETS; place++) all += buckets[place];
  return all;
}
