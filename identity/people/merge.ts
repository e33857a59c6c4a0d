// Two copies of one part become one, the same at every clinic in whatever order they come: the later stamp wins, except for
// uses, which only grow: what was spent at one clinic stays spent at all.
import { canonicalJson } from '../../common/canonical-json.ts';
import { compareStamps } from './stamps.ts';
import type { FactorId, FactorUse, Part, PartName, UsesPart } from './types.ts';

/** Factors of one person whose use is remembered, the latest: those before them cannot be shown any more. */
export const MAX_USES = 64;

/** Commutative, associative and idempotent. Throws RangeError for parts that are not the same. */
export function mergePart<N extends PartName>(a: Part<N>, b: Part<N>): Part<N> {
  if (a.user !== b.user || a.name !== b.name) throw new RangeError('not copies of one part');
  if (a.name === 'uses') return mergeUsesPart(a as Part<'uses'>, b as Part<'uses'>) as Part as Part<N>;
  return later(a, b) < 0 ? b : a;
}

/** What remains to be known after both. */
export function mergeUses(a: UsesPart, b: UsesPart): UsesPart {
  const ids = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(byMaking).slice(-MAX_USES);
  return Object.fromEntries(ids.map((id) => [id, mergeUse(id, own(a, id), own(b, id))]));
}

/** Removed (null) is final: a record that was erased does not come back. */
function mergeUsesPart(a: Part<'uses'>, b: Part<'uses'>): Part<'uses'> {
  const { user, name } = a;
  const stamp = compareStamps(a.stamp, b.stamp) < 0 ? b.stamp : a.stamp;
  const value = a.value === null || b.value === null ? null : mergeUses(a.value, b.value);
  return { user, name, stamp, value };
}

function mergeUse(id: FactorId, a: FactorUse | undefined, b: FactorUse | undefined): FactorUse {
  if (a === undefined || b === undefined) return (a ?? b)!;
  // Recovery codes are bits of a set; steps and counters only rise.
  const mark = id.startsWith('c-') ? a.mark | b.mark : Math.max(a.mark, b.mark);
  return { mark, at: Math.max(a.at, b.at) };
}

/** After the letter of its kind a factor's name begins with the time of its making. */
function byMaking(a: FactorId, b: FactorId): number {
  const [x, y] = [a.slice(2) + a, b.slice(2) + b];
  return x < y ? -1 : x > y ? 1 : 0;
}

function own(uses: UsesPart, id: FactorId): FactorUse | undefined {
  return Object.hasOwn(uses, id) ? uses[id] : undefined;
}

/** Order of writings. Equal stamps do not come from one honest clinic; removal wins, then the greater text. */
function later(a: Part, b: Part): number {
  const order = compareStamps(a.stamp, b.stamp);
  if (order !== 0) return order;
  if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
  const [x, y] = [canonicalJson(a.value), canonicalJson(b.value)];
  return x < y ? -1 : x > y ? 1 : 0;
}
