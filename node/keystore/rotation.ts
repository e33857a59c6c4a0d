// How a clinic's keys change places in its keystore: made as `next`, in force once the member set names them, `former` until
// nobody needs them. Pure; which set is in force, and when a key is needed no more, is node/members/own-keys.ts.
import { encryptionKeyPair, signingKeyPair } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import type { ClinicKey, ClinicRecord } from '../../consensus/ledger/members/record.ts';
import { type ClinicSeeds, KEY_ROLES, type KeyRole, type KeystoreContents, type SpareKey } from './contents.ts';

export type ClinicKeys = Pick<ClinicRecord, ClinicKey>;

/** The field of a clinic's record that holds the public half. */
export const RECORD_KEYS = {
  governance: 'governanceKey',
  node: 'nodeKey',
  gateway: 'gatewayKey',
  vote: 'voteKey',
  encryption: 'encryptionKey',
} as const satisfies Record<KeyRole, ClinicKey>;

export function publicKeyOf(role: KeyRole, seed: Uint8Array): Uint8Array {
  return (role === 'encryption' ? encryptionKeyPair(seed) : signingKeyPair(seed)).publicKey;
}

export function publicKeysOf(seeds: ClinicSeeds): ClinicKeys {
  return {
    governanceKey: publicKeyOf('governance', seeds.governance),
    nodeKey: publicKeyOf('node', seeds.node),
    gatewayKey: publicKeyOf('gateway', seeds.gateway),
    voteKey: publicKeyOf('vote', seeds.vote),
    encryptionKey: publicKeyOf('encryption', seeds.encryption),
  };
}

/** Every secret of a role that this clinic still has, that in force first. */
export function seedsOf({ seeds, spares }: KeystoreContents, role: KeyRole): Uint8Array[] {
  return [seeds[role], ...spares.filter((spare) => spare.role === role).map(({ seed }) => seed)];
}

export function nextKey({ spares }: KeystoreContents, role: KeyRole): SpareKey | undefined {
  return spares.find((spare) => spare.role === role && spare.state === 'next');
}

/** With a next key of this role: the one that waits already, else a new one. */
export function withNextKey(
  contents: KeystoreContents,
  role: KeyRole,
  seed: Uint8Array,
  now: number,
): KeystoreContents {
  if (nextKey(contents, role) !== undefined) return contents;
  return { ...contents, spares: [...contents.spares, { role, state: 'next', since: now, seed }] };
}

/** What the member set in force makes of it: the same object when it names the keys that are in use, or none that is here. */
export function adoptKeys(contents: KeystoreContents, inForce: ClinicKeys, now: number): KeystoreContents {
  let kept = contents;
  for (const role of KEY_ROLES) kept = adoptKey(kept, role, inForce[RECORD_KEYS[role]], now);
  return kept;
}

function adoptKey(contents: KeystoreContents, role: KeyRole, named: Uint8Array, now: number): KeystoreContents {
  const { seeds, spares } = contents;
  if (equalBytes(publicKeyOf(role, seeds[role]), named)) return contents;
  const found = spares.find((spare) => spare.role === role && equalBytes(publicKeyOf(role, spare.seed), named));
  if (found === undefined) return contents;
  const former: SpareKey = { role, state: 'former', since: now, seed: seeds[role] };
  return {
    ...contents,
    seeds: { ...seeds, [role]: found.seed },
    spares: [...spares.filter((spare) => spare !== found), former],
  };
}

/** Without the former keys that nobody needs; the same object when there are none. */
export function withoutFormer(contents: KeystoreContents, needed: (spare: SpareKey) => boolean): KeystoreContents {
  const spares = contents.spares.filter((spare) => spare.state === 'next' || needed(spare));
  return spares.length === contents.spares.length ? contents : { ...contents, spares };
}
