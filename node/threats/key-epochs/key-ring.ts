// The threat keys in a keystore's contents: one more, or some fewer. Pure; when is key-epochs.ts.
import { type EpochKey, type KeystoreContents, MAX_THREAT_KEYS } from '../../keystore/contents.ts';

/** In the place of another one of the same epoch. Where there is no room the oldest go. */
export function withThreatKeys(contents: KeystoreContents, added: readonly EpochKey[]): KeystoreContents {
  const { shared } = contents;
  if (shared === undefined || added.length === 0) return contents;
  const byEpoch = new Map([...shared.threatKeys, ...added].map((key) => [key.epoch, key]));
  const threatKeys = [...byEpoch.values()].sort((a, b) => a.epoch - b.epoch).slice(-MAX_THREAT_KEYS);
  return { ...contents, shared: { ...shared, threatKeys } };
}

/** Without those of these epochs; the last key that there is stays, whatever its epoch. */
export function withoutThreatKeys(contents: KeystoreContents, epochs: ReadonlySet<number>): KeystoreContents {
  const { shared } = contents;
  const threatKeys = shared?.threatKeys.filter(({ epoch }) => !epochs.has(epoch)) ?? [];
  if (shared === undefined || threatKeys.length === 0) return contents;
  return { ...contents, shared: { ...shared, threatKeys } };
}
