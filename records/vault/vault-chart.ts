// What a clinic calls the vault of a patient's account: a chart of its own beside the clinic's, whose category keys only the
// patient's browser makes. Owns derivation only.
import { taggedHash } from '../../common/crypto/tagged-hash.ts';

/** Names it between clinics, never on chain: 32 bytes. `chartKey`: of the clinic's chart of the patient. */
export function vaultChartId(chartKey: Uint8Array, account: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/vault-chart-id/1', chartKey, account);
}
