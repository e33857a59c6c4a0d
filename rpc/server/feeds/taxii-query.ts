// Parameters of TAXII requests, and time stamps as it writes them. Refuses what has no one meaning.
import { stampOf } from '../../../common/timestamp.ts';
import type { PlacedObject } from '../../../gateway/lists/stix.ts';
import type { TaxiiQuery } from '../../../gateway/lists/taxii.ts';
import { doorError } from '../../errors.ts';

export type TaxiiParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Objects of one page: what is served when nothing is asked, and at most. */
const USUAL = 100;
const MOST = 1_000;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z$/;

/** Throws RpcError 400. */
export function taxiiQuery(params: TaxiiParams): TaxiiQuery {
  const added = one(params, 'added_after');
  const next = one(params, 'next');
  return {
    after: Math.max(added === undefined ? 0 : micros(added), next === undefined ? 0 : whole(next)),
    limit: limitOf(one(params, 'limit')),
    ids: list(params, 'match[id]'),
    types: list(params, 'match[type]'),
    versions: list(params, 'match[version]'),
    specVersions: list(params, 'match[spec_version]'),
  };
}

export function manifestEntry({ at, object }: PlacedObject): object {
  const version = object.modified ?? object.created;
  return { id: object.id, date_added: stampOf(at), version, media_type: 'application/stix+json;version=2.1' };
}

export function versionsOf(objects: readonly PlacedObject[]): unknown[] {
  return objects.map(({ object }) => object.modified ?? object.created);
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return USUAL;
  const limit = whole(text);
  if (limit <= 0) throw doorError('rpc.bad-request');
  return Math.min(limit, MOST);
}

function whole(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw doorError('rpc.bad-request');
  return value;
}

/** Of more digits than six only those that count: a later time is never taken for an earlier one. */
function micros(text: string): number {
  const [, whole, fraction = ''] = STAMP.exec(text) ?? [];
  const seconds = Date.parse(`${whole}Z`);
  if (Number.isNaN(seconds)) throw doorError('rpc.bad-request');
  return seconds * 1000 + Number(fraction.padEnd(6, '0'));
}

function list(params: TaxiiParams, name: string): string[] | undefined {
  return one(params, name)?.split(',');
}

function one(params: TaxiiParams, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : value?.[0];
}
