// Every emergency that this clinic opened, helped with or has a chart for: kept for good, beside what is still to be done
// about it. Owns the rows and what follows from them; who may do what is emergencies.ts.
import { EMPTY_BYTES, equalBytes, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import {
  decodeEmergency,
  emergencyObject,
  encodeEmergency,
  MAX_EMERGENCY_REQUEST_BYTES,
  type SignedEmergency,
} from '../../records/emergency/request.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { rowsOf } from '../../records/rows-of.ts';
import { type EmergencyEnd, MAX_REVIEW_TEXT, readEnd, VERDICTS } from './wire.ts';

/** Rows read at once at a start. */
const PAGE = 512;
const NOBODY = new Uint8Array(32);
const ROTATED = 1;
const UNTOLD = 2;

export interface KnownEmergency extends EmergencyEnd {
  readonly object: Uint8Array;
  readonly signed: SignedEmergency;
  /** When this clinic learnt of it, ms. */
  readonly seen: number;
  /** Who reviewed it here and why so; empty elsewhere. Zeros: the operator. */
  readonly reviewer: Uint8Array;
  readonly reviewText: string;
  /** The own charts of the patient have new epochs since it ended; or it has no own chart. */
  readonly rotated: boolean;
  /** The people of this clinic are still to be told of it. */
  readonly untold: boolean;
  /** Clinics that do not know how it stands, of one that was opened here. */
  readonly behind: readonly ClinicNumber[];
}

export class EmergencyBook {
  private readonly store: KeyValueStore;
  private readonly known = new Map<string, KnownEmergency>();
  private readonly writing = new Serial();

  constructor(modules: { readonly store: KeyValueStore }) {
    this.store = modules.store;
  }

  async start(): Promise<void> {
    const rows = rowsOf(this.store, EMPTY_BYTES, PAGE);
    for await (const [key, value] of rows) this.known.set(toHex(key), decodeKnown(value));
  }

  get(object: Uint8Array): KnownEmergency | undefined {
    return this.known.get(toHex(object));
  }

  /** Newest first. */
  all(): KnownEmergency[] {
    return [...this.known.values()].sort((a, b) => b.signed.request.opened - a.signed.request.opened);
  }

  /** On the disk when it resolves. `change` sees the newest; undefined changes nothing. */
  put(
    signed: SignedEmergency,
    seen: number,
    change: (known: KnownEmergency) => KnownEmergency | undefined = (known) => known,
  ): Promise<KnownEmergency> {
    const object = emergencyObject(signed.request);
    const name = toHex(object);
    return this.writing.run(async () => {
      const before = this.known.get(name);
      const began = before ?? newEmergency(object, signed, seen);
      const next = change(began) ?? began;
      if (next === before) return next;
      await this.store.put(object, encodeKnown(next));
      this.known.set(name, next);
      return next;
    });
  }

  /** The open one of a person for a patient; `at`: opened at that clinic, or else at whatever one. */
  openOf(account: Uint8Array, handle: Uint8Array, now: number, at?: ClinicNumber): KnownEmergency | undefined {
    for (const known of this.known.values()) {
      const { request } = known.signed;
      const meant = equalBytes(request.handle, handle) && equalBytes(request.account, account);
      const here = at === undefined || request.clinic === at;
      if (meant && here && this.isOpen(known, now)) return known;
    }
    return undefined;
  }

  /** Whether it may be used now. */
  isOpen({ closed, signed: { request } }: KnownEmergency, now: number): boolean {
    return closed === 0 && now < request.ends;
  }

  /**
   * The oldest one that this person opened at this clinic and that should have been reviewed by now. What a clinic says of
   * others' people keeps them from nothing elsewhere.
   */
  overdue(account: Uint8Array, clinic: ClinicNumber, now: number, reviewMs: number): KnownEmergency | undefined {
    const wanted = toHex(account);
    return this.all()
      .reverse()
      .find(({ review, signed: { request } }) => {
        const theirs = request.clinic === clinic && toHex(request.account) === wanted;
        return review === undefined && theirs && now > request.opened + reviewMs;
      });
  }

  /** Of one clinic, learnt of after `since`. */
  countOf(clinic: ClinicNumber, since: number): number {
    let count = 0;
    for (const { seen, signed } of this.known.values()) if (signed.request.clinic === clinic && seen > since) count++;
    return count;
  }
}

/** The later end, and a review once there is one: what was said of an emergency is never unsaid. */
export function laterEnd(known: KnownEmergency, end: EmergencyEnd): KnownEmergency | undefined {
  const closed = known.closed === 0 ? end.closed : known.closed;
  const review = known.review ?? end.review;
  return closed === known.closed && review === known.review ? undefined : { ...known, closed, review };
}

function newEmergency(object: Uint8Array, signed: SignedEmergency, seen: number): KnownEmergency {
  return {
    ...{ object, signed, seen, closed: 0, review: undefined, reviewer: NOBODY, reviewText: '' },
    ...{ rotated: false, untold: false, behind: [] },
  };
}

export function encodeKnown(known: KnownEmergency): Uint8Array {
  const { signed, seen, closed, review, reviewer, reviewText, rotated, untold, behind } = known;
  const out = new Writer(1024).u8(1).bytes16(encodeEmergency(signed)).u64(seen).u64(closed);
  out.u8(review === undefined ? 0 : VERDICTS.indexOf(review.verdict) + 1).u64(review?.at ?? 0);
  out
    .fixed(reviewer, 32)
    .text16(reviewText, MAX_REVIEW_TEXT)
    .u8((rotated ? ROTATED : 0) | (untold ? UNTOLD : 0))
    .u16(behind.length);
  for (const clinic of behind) out.u16(clinic);
  return out.finish();
}

export function decodeKnown(bytes: Uint8Array): KnownEmergency {
  const input = new Reader(bytes);
  if (input.u8() !== 1) throw new CodecError({ code: 'codec.value', field: 'emergency.version' });
  const signed = decodeEmergency(input.bytes16(MAX_EMERGENCY_REQUEST_BYTES));
  const seen = input.u64();
  const end = readEnd(input);
  const reviewer = input.fixed(32);
  const reviewText = input.text16(MAX_REVIEW_TEXT);
  const flags = input.u8();
  if (flags > (ROTATED | UNTOLD)) throw new CodecError({ code: 'codec.value', field: 'emergency.flags' });
  const behind = Array.from({ length: input.u16() }, () => input.u16());
  input.end();
  const object = emergencyObject(signed.request);
  const todo = { rotated: (flags & ROTATED) !== 0, untold: (flags & UNTOLD) !== 0 };
  return { object, signed, seen, ...end, reviewer, reviewText, ...todo, behind };
}
