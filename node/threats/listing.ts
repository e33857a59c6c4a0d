// What a clinic's blocklist comes to for one network that reports or pins name: the entries of its lists. Asks for verdicts,
// owns none.
import { toHex } from '../../common/bytes.ts';
import { contains, isRange, type Network } from '../../gateway/address.ts';
import type { Blocklist, Judgement, Pin, VerdictReason } from '../../gateway/blocklist.ts';
import { carve } from '../../gateway/lists/carve.ts';
import { type ListedNetwork, MAX_NAMED_REPORTS } from '../../gateway/lists/listed.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';

const DAY = 86_400_000;
/** A decision without an end is listed for a week, and anew each day: consumers keep nothing for ever. */
const ENDLESS = 7 * DAY;

export interface Listing {
  /** The network, or what is left of it around addresses that are allowed here. */
  readonly listed: readonly ListedNetwork[];
  /** When to look again, ms since 1970. */
  readonly again: number;
}

type Verdicts = Pick<Blocklist, 'verdictFor' | 'pins'>;

/** Undefined when nothing is to be done about the network, and time alone will not change that. */
export function listingOf(
  blocklist: Verdicts,
  organisation: number,
  network: Network,
  now: number,
): Listing | undefined {
  const judgement = blocklist.verdictFor(network, organisation, now);
  const { verdict, reasons } = judgement;
  if (verdict === 'allow') {
    // What is allowed here for a time, or disputed for one, may be reported beyond it.
    const ends = reasons.map(endOf).filter((time) => time !== undefined);
    return ends.length === 0 ? undefined : { listed: [], again: Math.min(...ends) };
  }
  const holes = allowedInside(blocklist, network, now);
  const ends = [...reasons.map(endOf), ...holes.map(({ until }) => until)]
    .filter((end) => end !== undefined)
    .sort((a, b) => a - b);
  // A verdict is a function of the time it is asked for: the first end after which it is another one.
  const changes = ends.find((end) => blocklist.verdictFor(network, organisation, end).verdict !== verdict);
  const midnight = (Math.floor(now / DAY) + 1) * DAY;
  const until = changes ?? midnight + ENDLESS;
  const described = describe(judgement, organisation, until);
  return {
    listed: carve(
      network,
      holes.map((hole) => hole.network),
    ).map((piece) => ({ ...described, network: piece })),
    again: Math.min(ends[0] ?? midnight, until, changes ?? midnight),
  };
}

function allowedInside(blocklist: Verdicts, network: Network, now: number): Pin[] {
  if (!isRange(network)) return [];
  return blocklist
    .pins()
    .filter((pin) => pin.action === 'allow' && contains(network, pin.network) && (pin.until ?? now + 1) > now);
}

function endOf(reason: VerdictReason): number | undefined {
  if (reason.rule === 'pin') return reason.pin.until;
  return 'report' in reason ? reason.report.until : undefined;
}

function describe(
  { verdict, reasons }: Judgement,
  organisation: number,
  until: number,
): Omit<ListedNetwork, 'network'> {
  const effect = verdict === 'block' ? 'block' : 'challenge';
  const pin = reasons.find((reason) => reason.rule === 'pin')?.pin;
  const reports = reasons
    .flatMap((reason): ThreatEntry[] =>
      reason.rule === 'own-organisation' || reason.rule === 'foreign-organisation' ? [reason.report.entry] : [],
    )
    .slice(0, MAX_NAMED_REPORTS);
  const [first] = reports;
  if (pin !== undefined || first === undefined) {
    return {
      effect,
      until,
      category: 'manual',
      id: '',
      createdAt: pin?.at ?? 0,
      mode: 'pin',
      organisation,
      reports: [],
    };
  }
  return {
    ...{ effect, until, category: first.category, id: toHex(first.reportId), createdAt: first.issuedAt },
    ...{ mode: first.mode, organisation: first.organisation, reports },
  };
}
