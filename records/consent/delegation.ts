// A grant that its grantee passes on to a colleague: terms of their own, given by the clinic whose chart it is, never wider than
// those that they come from, and nothing once those ended. Owns what may be passed on; giving it is node/charts.
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Category } from '../category.ts';
import { PURPOSES, type PurposeCode, type Terms } from './terms.ts';

/** Before the id of the consent that it comes from, as the policy of what was passed on. */
const PASSED_ON = 'urn:wardmesh:passed-on:';
/** What a permission without purposes is for. */
const BASIC: readonly PurposeCode[] = PURPOSES.slice(0, 3);

export interface PassingOn {
  /** Account of the grantee. */
  readonly by: Uint8Array;
  readonly categories: readonly Category[];
  readonly purpose: PurposeCode;
  /** ms. */
  readonly until: number;
}

export function passedOnPolicy(source: Uint8Array): string {
  return `${PASSED_ON}${toHex(source)}`;
}

/** The consent that these come from; undefined for terms of their own. */
export function passedOnFrom({ policy }: Pick<Terms, 'policy'>): Uint8Array | undefined {
  const id = policy.startsWith(PASSED_ON) ? policy.slice(PASSED_ON.length) : '';
  return /^[0-9a-f]{64}$/.test(id) ? fromHex(id) : undefined;
}

/** Whether the grantee of a consent that ends then may pass this on: given to her by name, by the clinic, and no wider. */
export function mayPassOn({ grantor, policy, provision }: Terms, ends: number, wanted: PassingOn): boolean {
  const [actor, ...others] = provision.actors;
  if (grantor.kind !== 'custody' || provision.effect !== 'permit' || provision.exceptions.length > 0) return false;
  // What was passed on to somebody is not passed on again.
  if (policy !== '' || others.length > 0 || actor?.kind !== 'person' || !equalBytes(actor.account, wanted.by))
    return false;
  const purposes = provision.purposes.length === 0 ? BASIC : provision.purposes.map(({ code }) => code);
  const { categories } = provision.data;
  const covered = wanted.categories.length > 0 && wanted.categories.every((one) => categories.includes(one));
  const until = Math.min(ends, provision.period.until ?? ends);
  return covered && purposes.includes(wanted.purpose) && wanted.until <= until;
}
