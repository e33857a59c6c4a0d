// One network under every threat key that is here. The chain knows a network by its tag under one key alone: what was said
// of it under another is found by who holds the keys. Owns no key.
import type { Tagged } from '../../../gateway/disputes.ts';
import type { ThreatEntry } from '../../../gateway/threat-entry.ts';
import { threatTag } from '../../../gateway/threat-seal.ts';
import type { ThreatKeyEpochs } from './key-epochs.ts';

/** Tags of an entry's network under the other keys; kept for as long as the entry and the set of keys. */
export function tagsElsewhere(keys: () => ThreatKeyEpochs['opening']): (entry: ThreatEntry) => readonly Tagged[] {
  let made: ThreatKeyEpochs['opening'] = [];
  let known = new WeakMap<ThreatEntry, readonly Tagged[]>();
  return (entry) => {
    const opening = keys();
    if (opening.length !== made.length || opening.some((key, at) => key !== made[at])) {
      made = opening;
      known = new WeakMap();
    }
    const before = known.get(entry);
    if (before !== undefined) return before;
    const others = opening.filter(({ epoch }) => epoch !== entry.keyEpoch);
    const tags = others.map((key) => ({ keyEpoch: key.epoch, tag: threatTag(key, entry.network) }));
    known.set(entry, tags);
    return tags;
  };
}
