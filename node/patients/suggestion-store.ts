// Rows of the search for duplicates in the encrypted database of this clinic: who waits for tokens, the tokens of its
// patients, how far each other clinic was asked, and what was found. Names of rows are keyed hashes: what is equal shows to
// nobody who has the disk alone.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Demographics, LinkToken } from '../../identity/patient/link-tokens.ts';
import { formatPid, handleOf, PID_BYTES, type Pid, pidBytes } from '../../identity/patient/pid.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { kindBit, readTokens, writeTokens } from './suggestion-wire.ts';

/** Suggestions for one patient: more would be somebody with many namesakes. */
const MAX_SUGGESTIONS = 16;
/** Patients of this clinic that one token may lead to. */
const MAX_NAMESAKES = 16;
const MAX_TEXT = 1024;
const NAME_BYTES = 16;

const prefix = (byte: number): Uint8Array => Uint8Array.of(byte);
const TOKEN = prefix(1);
const NUMBERED = prefix(2);
const PATIENT = prefix(3);
const WAITING = prefix(4);
const ASKED = prefix(5);
const SUGGESTION = prefix(6);

const encoder = new TextEncoder();

export interface WaitingPatient {
  readonly pid: Pid;
  readonly demographics: Demographics;
}

/** A patient with tokens; numbers count up in the order in which they were computed. */
export interface TokenPatient {
  readonly number: number;
  readonly handle: Uint8Array;
  readonly tokens: readonly LinkToken[];
}

export interface Suggestion {
  readonly id: Uint8Array;
  /** Of a patient of this clinic. */
  readonly own: Uint8Array;
  readonly other: Uint8Array;
  /** Whose patient the other is; this clinic, where both are its own. */
  readonly clinic: ClinicNumber;
  /** Bits in the order of LINK_KINDS. */
  readonly kinds: number;
  /** ms since 1970. */
  readonly since: number;
  readonly dismissed: boolean;
}

export type NewSuggestion = Pick<Suggestion, 'own' | 'other' | 'clinic' | 'kinds'>;

export class SuggestionStore {
  private readonly key: Uint8Array;
  private readonly store: KeyValueStore;
  private readonly now: () => number;
  private highest: number | undefined;
  /** Of what is written of a patient: nothing comes back of one who is dropped meanwhile. */
  private readonly serial = new Serial();

  constructor(options: { readonly storageKey: Uint8Array }, modules: { readonly store: KeyValueStore; now(): number }) {
    this.key = hkdfSha256(options.storageKey, EMPTY_BYTES, encoder.encode('wardmesh/suggestions/1'), 32);
    this.store = modules.store;
    this.now = modules.now;
  }

  wait({ pid, demographics }: WaitingPatient): Promise<void> {
    const { given, family, birthDate, postcode, line, multipleBirth } = demographics;
    const out = new Writer(128).fixed(pidBytes(pid), PID_BYTES).u8(multipleBirth ? 1 : 0);
    for (const text of [given, family, birthDate, postcode, line])
      out.text16((text ?? '').slice(0, MAX_TEXT / 4).toWellFormed(), MAX_TEXT);
    return this.store.put(this.waitingKey(pid), out.finish());
  }

  async waiting(limit: number): Promise<WaitingPatient[]> {
    const rows = await this.store.range(WAITING, { limit });
    return rows.map(([, value]) => {
      const reader = new Reader(value);
      const pid = formatPid(reader.fixed(PID_BYTES));
      const multipleBirth = reader.u8() === 1;
      const [given, family, birthDate, postcode, line] = Array.from({ length: 5 }, () => reader.text16(MAX_TEXT));
      reader.end();
      return { pid, demographics: { given, family, birthDate, postcode, line, multipleBirth } };
    });
  }

  /**
   * Keeps the tokens of a patient who waits for them, in the place of what it had before, and what they have in common with
   * others here; without any it waits no more. Nothing of one who was dropped while they were computed.
   */
  keep(pid: Pid, tokens: readonly LinkToken[], matches: readonly NewSuggestion[]): Promise<void> {
    return this.serial.run(async () => {
      if ((await this.store.get(this.waitingKey(pid))) === undefined) return;
      const handle = handleOf(pid);
      const before = await this.patient(handle);
      if (before !== undefined) await this.forget(handle, before.number);
      if (tokens.length > 0) {
        const number = (await this.last()) + 1;
        const entry = writeTokens(new Writer(160).fixed(handle, HANDLE_BYTES), tokens).finish();
        // In this order, and the other way where they go: what a crash leaves is found by the patient.
        await this.store.put(numberedKey(number), entry);
        await this.store.put(
          this.patientKey(handle),
          new Writer(24).u32(number).fixed(pidBytes(pid), PID_BYTES).finish(),
        );
        await Promise.all(
          tokens.map((token) => this.store.put(this.tokenKey(token, handle), Uint8Array.of(kindBit(token)))),
        );
        for (const match of matches) await this.add(match);
      }
      await this.store.delete(this.waitingKey(pid));
    });
  }

  /** Nothing of a patient of this clinic stays, found or waiting. */
  drop(pid: Pid): Promise<void> {
    return this.serial.run(async () => {
      const handle = handleOf(pid);
      await this.store.delete(this.waitingKey(pid));
      const own = concatBytes(SUGGESTION, this.name('own', handle));
      for (const [key] of await this.store.range(own, { limit: MAX_SUGGESTIONS })) await this.store.delete(key);
      const known = await this.patient(handle);
      if (known !== undefined) await this.forget(handle, known.number);
      await this.store.delete(this.patientKey(handle));
    });
  }

  /** After a number, in order. */
  async after(number: number, limit: number): Promise<TokenPatient[]> {
    const rows = await this.store.range(NUMBERED, { after: numberedKey(number), limit });
    return rows.map(([key, value]) => ({ number: new Reader(key.subarray(1)).u32(), ...decodeEntry(value) }));
  }

  /** Patients of this clinic who have a token in common with these, and which kinds. */
  async matches(tokens: readonly LinkToken[], except: Uint8Array): Promise<{ handle: Uint8Array; kinds: number }[]> {
    const found = new Map<string, { handle: Uint8Array; kinds: number }>();
    for (const token of tokens) {
      const start = this.tokenKey(token);
      for (const [key] of await this.store.range(start, { limit: MAX_NAMESAKES })) {
        const handle = key.slice(start.length);
        const name = handle.join();
        const kinds = (found.get(name)?.kinds ?? 0) | kindBit(token);
        if (name !== except.join()) found.set(name, { handle, kinds });
      }
    }
    return [...found.values()];
  }

  /** The PID of a patient that has tokens. */
  async pidOf(handle: Uint8Array): Promise<Pid | undefined> {
    return (await this.patient(handle))?.pid;
  }

  /** The number up to which a clinic was asked. */
  async askedUpTo(clinic: ClinicNumber): Promise<number> {
    const bytes = await this.store.get(askedKey(clinic));
    return bytes === undefined ? 0 : new Reader(bytes).u32();
  }

  setAskedUpTo(clinic: ClinicNumber, number: number): Promise<void> {
    return this.store.put(askedKey(clinic), new Writer(4).u32(number).finish());
  }

  /** Adds what two have in common to what is known of them; a decision stays. */
  suggest(suggestion: NewSuggestion): Promise<void> {
    return this.serial.run(async () => {
      // Dropped since it was asked for.
      if ((await this.patient(suggestion.own)) !== undefined) await this.add(suggestion);
    });
  }

  private async add({ own, other, clinic, kinds }: NewSuggestion): Promise<void> {
    const id = concatBytes(this.name('own', own), this.name('other', other));
    const known = await this.suggestion(id);
    if (known === undefined) {
      const many = await this.store.range(concatBytes(SUGGESTION, this.name('own', own)), { limit: MAX_SUGGESTIONS });
      if (many.length === MAX_SUGGESTIONS) return;
    } else if ((known.kinds | kinds) === known.kinds) return;
    const { since = this.now(), dismissed = false } = known ?? {};
    await this.write({ id, own, other, clinic, kinds: kinds | (known?.kinds ?? 0), since, dismissed });
  }

  async suggestion(id: Uint8Array): Promise<Suggestion | undefined> {
    const bytes = await this.store.get(concatBytes(SUGGESTION, id));
    return bytes === undefined ? undefined : decodeSuggestion(id, bytes);
  }

  async suggestions(after: Uint8Array | undefined, limit: number): Promise<Suggestion[]> {
    const from = after === undefined ? {} : { after: concatBytes(SUGGESTION, after) };
    const rows = await this.store.range(SUGGESTION, { limit, ...from });
    return rows.map(([key, value]) => decodeSuggestion(key.slice(1), value));
  }

  async dismiss(suggestion: Suggestion): Promise<void> {
    await this.write({ ...suggestion, dismissed: true });
  }

  private write({ id, own, other, clinic, kinds, since, dismissed }: Suggestion): Promise<void> {
    const out = new Writer(80).fixed(own, HANDLE_BYTES).fixed(other, HANDLE_BYTES);
    return this.store.put(
      concatBytes(SUGGESTION, id),
      out
        .u16(clinic)
        .u8(kinds)
        .u64(since)
        .u8(dismissed ? 1 : 0)
        .finish(),
    );
  }

  private async forget(handle: Uint8Array, number: number): Promise<void> {
    const bytes = await this.store.get(numberedKey(number));
    if (bytes === undefined) return;
    const { tokens } = decodeEntry(bytes);
    await Promise.all(tokens.map((token) => this.store.delete(this.tokenKey(token, handle))));
    await this.store.delete(numberedKey(number));
  }

  private async patient(handle: Uint8Array): Promise<{ number: number; pid: Pid } | undefined> {
    const bytes = await this.store.get(this.patientKey(handle));
    if (bytes === undefined) return undefined;
    const reader = new Reader(bytes);
    return { number: reader.u32(), pid: formatPid(reader.fixed(PID_BYTES)) };
  }

  /** The highest number there ever was. One caller at a time. */
  private async last(): Promise<number> {
    if (this.highest === undefined) {
      let highest = 0;
      for (;;) {
        const page = await this.store.range(NUMBERED, { after: numberedKey(highest), limit: 1024 });
        if (page.length === 0) break;
        highest = new Reader(page[page.length - 1][0].subarray(1)).u32();
      }
      this.highest = highest;
    }
    return this.highest++;
  }

  private tokenKey({ token }: LinkToken, handle: Uint8Array = EMPTY_BYTES): Uint8Array {
    return concatBytes(TOKEN, this.name('token', token), handle);
  }

  private patientKey(handle: Uint8Array): Uint8Array {
    return concatBytes(PATIENT, this.name('patient', handle));
  }

  private waitingKey(pid: Pid): Uint8Array {
    return concatBytes(WAITING, this.name('waiting', pidBytes(pid)));
  }

  private name(purpose: string, bytes: Uint8Array): Uint8Array {
    return hmacSha256(this.key, concatBytes(encoder.encode(`${purpose}|`), bytes)).subarray(0, NAME_BYTES);
  }
}

function numberedKey(number: number): Uint8Array {
  return concatBytes(NUMBERED, new Writer(4).u32(number).finish());
}

function askedKey(clinic: ClinicNumber): Uint8Array {
  return concatBytes(ASKED, new Writer(2).u16(clinic).finish());
}

function decodeEntry(bytes: Uint8Array): { handle: Uint8Array; tokens: LinkToken[] } {
  const reader = new Reader(bytes);
  const entry = { handle: reader.fixed(HANDLE_BYTES), tokens: readTokens(reader) };
  reader.end();
  return entry;
}

function decodeSuggestion(id: Uint8Array, bytes: Uint8Array): Suggestion {
  const reader = new Reader(bytes);
  const suggestion = {
    id,
    own: reader.fixed(HANDLE_BYTES),
    other: reader.fixed(HANDLE_BYTES),
    clinic: reader.u16(),
    kinds: reader.u8(),
    since: reader.u64(),
    dismissed: reader.u8() === 1,
  };
  reader.end();
  return suggestion;
}
