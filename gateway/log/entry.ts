// One judged request as the security log keeps it: the decision whole, with all its factors, and what was answered.
// Owns the bytes of an entry; where it stands and under which key is block.ts. Nothing here is for block or state.
import { clippedText } from '../../common/codec/clipped.ts';
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';
import type { Action, Decision, Factor, FactorName, Level, Rule } from '../judge/decision.ts';
import { readNetwork, writeNetwork } from '../network-codec.ts';

export interface LoggedRequest {
  readonly decision: Decision;
  /** What the application answered; undefined where none came in time, or where the gateway answered by itself. */
  readonly status: number | undefined;
}

/** Bytes: what is longer is cut, as it must not be refused. */
export const MAX_ENDPOINT_BYTES = 256;
export const MAX_MEASURED_BYTES = 64;
export const MAX_SIGNATURE_BYTES = 64;
export const MAX_REFERENCE_BYTES = 16;
export const MAX_LOGGED_SIGNATURES = 16;
/** A factor stands once. */
const MAX_FACTORS = 16;
const MINUTE_MS = 60_000;
const NONE = 0xffff_ffff;

/** Bytes on disk: never changed, only added to. */
const ACTIONS = names<Action>({ allow: 0, challenge: 1, limit: 2, refuse: 3 }, 'action');
const LEVELS = names<Level>({ allow: 0, challenge: 1, block: 2, 'auto-block': 3 }, 'level');
const RULES = names<Rule>(
  {
    score: 0,
    blocklist: 1,
    pin: 2,
    limit: 3,
    'captcha-failures': 4,
    coordinated: 5,
    'signed-in': 6,
    clearance: 7,
    'never-block': 8,
    'circuit-breaker': 9,
    'auto-block': 10,
  },
  'rule',
);
const FACTOR_BYTES = names<FactorName>(
  {
    rate: 0,
    pattern: 1,
    session: 2,
    'user-agent': 3,
    'sign-in-failures': 4,
    errors: 5,
    signatures: 6,
    reports: 7,
    'limit-violations': 8,
    forwarding: 9,
    repeats: 10,
  },
  'factor',
);

/**
 * `at u16 (ms in its minute) | network | action u8 | judged u8 | rule u8 | level u8 | score u8 | status u16 (0: none) |
 * retry after u32 | factors u8 x (name u8, hundredths of points u16, measured text16) | signatures u8 x text16 |
 * endpoint text16 | reference text16`. Gives `out` back.
 */
export function writeEntry(out: Writer, { decision, status }: LoggedRequest): Writer {
  const { at, client, action, judged, rule, level, score, retryAfter, factors, signatures } = decision;
  out.u16(Math.floor(at) % MINUTE_MS);
  writeNetwork(out, client).u8(ACTIONS.byte(action)).u8(ACTIONS.byte(judged)).u8(RULES.byte(rule));
  out
    .u8(LEVELS.byte(level))
    .u8(within(score, 100))
    .u16(within(status ?? 0, 0xffff));
  out.u32(retryAfter === undefined ? NONE : within(Math.ceil(retryAfter), NONE - 1));
  const kept = factors.slice(0, MAX_FACTORS);
  out.u8(kept.length);
  for (const { name, points, measured } of kept) {
    out.u8(FACTOR_BYTES.byte(name)).u16(within(points * 100, 0xffff));
    out.text16(clippedText(measured, MAX_MEASURED_BYTES), MAX_MEASURED_BYTES);
  }
  const matched = signatures.slice(0, MAX_LOGGED_SIGNATURES);
  out.u8(matched.length);
  for (const id of matched) out.text16(clippedText(id, MAX_SIGNATURE_BYTES), MAX_SIGNATURE_BYTES);
  out.text16(clippedText(decision.endpoint, MAX_ENDPOINT_BYTES), MAX_ENDPOINT_BYTES);
  return out.text16(clippedText(decision.reference, MAX_REFERENCE_BYTES), MAX_REFERENCE_BYTES);
}

/** `minute`: since 1970, from the entry's block. Throws CodecError. */
export function readEntry(input: Reader, minute: number): LoggedRequest {
  const within = input.u16();
  if (within >= MINUTE_MS) throw new CodecError({ code: 'codec.value', field: 'time in its minute' });
  const client = readNetwork(input);
  const [action, judged] = [ACTIONS.name(input.u8()), ACTIONS.name(input.u8())];
  const [rule, level] = [RULES.name(input.u8()), LEVELS.name(input.u8())];
  const score = input.u8();
  if (score > 100) throw new CodecError({ code: 'codec.value', field: 'score' });
  const [status, retry] = [input.u16(), input.u32()];
  const factors = list(input, MAX_FACTORS, 'factors', (): Factor => {
    const [name, points] = [FACTOR_BYTES.name(input.u8()), input.u16() / 100];
    return { name, points, measured: input.text16(MAX_MEASURED_BYTES) };
  });
  const signatures = list(input, MAX_LOGGED_SIGNATURES, 'signatures', () => input.text16(MAX_SIGNATURE_BYTES));
  const endpoint = input.text16(MAX_ENDPOINT_BYTES);
  const reference = input.text16(MAX_REFERENCE_BYTES);
  const at = minute * MINUTE_MS + within;
  const retryAfter = retry === NONE ? undefined : retry;
  return {
    decision: { reference, at, client, action, judged, rule, score, level, factors, signatures, endpoint, retryAfter },
    status: status === 0 ? undefined : status,
  };
}

/** Minutes since 1970. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS);
}

function within(value: number, max: number): number {
  return Math.min(max, Math.max(0, Math.round(value)));
}

function list<T>(input: Reader, limit: number, field: string, read: () => T): T[] {
  const length = input.u8();
  if (length > limit) throw new CodecError({ code: 'codec.value', field });
  return Array.from({ length }, read);
}

function names<T extends string>(bytes: Readonly<Record<T, number>>, field: string) {
  const byByte = new Map(Object.entries<number>(bytes).map(([name, byte]) => [byte, name as T]));
  return {
    byte: (name: T): number => bytes[name],
    name: (byte: number): T => {
      const name = byByte.get(byte);
      if (name === undefined) throw new CodecError({ code: 'codec.value', field });
      return name;
    },
  };
}
