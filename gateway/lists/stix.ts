// The list as STIX 2.1 objects: who says it (identity), what is blocked (indicator), who else saw it (sighting), and who may
// pass it on (TLP:AMBER). Ids are made from names, so that the same thing has the same id in every export. Pins never leave.

import { toHex } from '../../common/bytes.ts';
import { uuid5 } from '../../common/crypto/uuid.ts';
import type { ThreatCategory } from '../../common/threat-names.ts';
import { stampOf } from '../../common/timestamp.ts';
import type { ThreatEntry } from '../threat-entry.ts';
import { type LogEntry, STEP } from './change-log.ts';
import { cidrOf } from './values.ts';

export interface StixContext {
  /** Of the network, hex: names are of one network. */
  readonly genesisId: string;
  /** When it was founded, ms since 1970. */
  readonly founded: number;
  organisationName(organisation: number): string;
}

export interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly [property: string]: unknown;
}

/** An object and its place in the sequence of changes, µs since 1970. */
export interface PlacedObject {
  readonly at: number;
  readonly object: StixObject;
}

/** OASIS, for ids made from names. */
const NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7';

export const TLP_AMBER: StixObject = {
  type: 'marking-definition',
  spec_version: '2.1',
  id: 'marking-definition--f88d31f6-486f-44da-b317-01333bde0b82',
  created: '2017-01-20T00:00:00.000Z',
  definition_type: 'tlp',
  name: 'TLP:AMBER',
  definition: { tlp: 'amber' },
};

/** MITRE ATT&CK techniques. */
const TECHNIQUES: Readonly<Record<ThreatCategory, string | undefined>> = {
  flood: 'T1499',
  scan: 'T1595',
  bruteforce: 'T1110',
  injection: 'T1190',
  bot: undefined,
  manual: undefined,
};

const INDICATOR_PLACE = 17;
const SIGHTING_PLACE = 18;

/** Objects of changes after `after`, in order; an object that several changes need has its place at the first of them. */
export function* stixObjects(
  context: StixContext,
  entries: Iterable<LogEntry>,
  after: number,
): Generator<PlacedObject, void, undefined> {
  const placed = new Set<number>();
  for (const entry of entries) {
    const { listed, sequence } = entry;
    // Pins never leave, nor what only challenged here; what only ended has said so before.
    if (listed.reports.length === 0 || !entry.blocked || entry.state === 'expired') continue;
    const organisations = [...new Set(listed.reports.map(({ organisation }) => organisation))];
    const news = organisations.filter((number) => !placed.has(number));
    const first = placed.size === 0;
    for (const number of news) placed.add(number);
    if (sequence + STEP <= after) continue;
    const objects: PlacedObject[] = first ? [{ at: sequence, object: TLP_AMBER }] : [];
    for (const number of news) {
      const at = sequence + 1 + organisations.indexOf(number);
      objects.push({ at, object: identity(context, number) });
    }
    for (const object of [...objects, ...statementsOf(context, entry)]) if (object.at > after) yield object;
  }
}

/** The indicator, and who else reports the same. */
function statementsOf(context: StixContext, entry: LogEntry): PlacedObject[] {
  const [first, ...others] = entry.listed.reports;
  const made = indicator(context, entry, first);
  const objects = [{ at: entry.sequence + INDICATOR_PLACE, object: made }];
  if (made.revoked === true) return objects;
  return [
    ...objects,
    ...others.map((report, index) => ({
      at: entry.sequence + SIGHTING_PLACE + index,
      object: sighting(context, report, made.id),
    })),
  ];
}

/** Of an object that was made here. */
export function versionOf(object: StixObject): string {
  return String(object.modified ?? object.created);
}

export function stixId(context: StixContext, type: string, name: string): string {
  return `${type}--${uuid5(NAMESPACE, `wardmesh/${context.genesisId}/${type}/${name}`)}`;
}

function identity(context: StixContext, organisation: number): StixObject {
  const created = stampOf(context.founded * 1000);
  return {
    ...common(context, 'identity', `${organisation}`),
    ...{ created, modified: created },
    name: context.organisationName(organisation),
    identity_class: 'organization',
    sectors: ['healthcare'],
    object_marking_refs: [TLP_AMBER.id],
  };
}

function indicator(context: StixContext, { text, sequence, state, listed }: LogEntry, report: ThreatEntry): StixObject {
  const { network, category, mode, effect, until, createdAt } = listed;
  const created = stampOf(createdAt * 1000);
  const technique = TECHNIQUES[category];
  // A report made by a clock ahead of ours is not changed before it was made.
  const modified = stampOf(Math.max(sequence, createdAt * 1000));
  return {
    ...common(context, 'indicator', `${listed.id}/${text}`),
    created_by_ref: stixId(context, 'identity', `${listed.organisation}`),
    ...{ created, modified },
    ...(state === 'revoked' || effect !== 'block' ? { revoked: true } : {}),
    name: `${category} from ${text}`,
    indicator_types: ['malicious-activity'],
    pattern: `[ipv${network.family}-addr:value = '${cidrOf(network)}']`,
    pattern_type: 'stix',
    valid_from: created,
    valid_until: stampOf(Math.max(until, createdAt + 1) * 1000),
    confidence: report.severity,
    labels: [mode, category],
    external_references: [
      { source_name: 'wardmesh', external_id: toHex(report.transaction) },
      ...(technique === undefined ? [] : [{ source_name: 'mitre-attack', external_id: technique }]),
    ],
    object_marking_refs: [TLP_AMBER.id],
  };
}

function sighting(context: StixContext, report: ThreatEntry, indicatorId: string): StixObject {
  const at = stampOf(report.issuedAt * 1000);
  return {
    ...common(context, 'sighting', `${toHex(report.reportId)}/${indicatorId}`),
    created_by_ref: stixId(context, 'identity', `${report.organisation}`),
    ...{ created: at, modified: at, first_seen: at, last_seen: at, count: 1 },
    confidence: report.severity,
    sighting_of_ref: indicatorId,
    where_sighted_refs: [stixId(context, 'identity', `${report.organisation}`)],
    object_marking_refs: [TLP_AMBER.id],
  };
}

function common(context: StixContext, type: string, name: string): StixObject {
  return { type, spec_version: '2.1', id: stixId(context, type, name) };
}
