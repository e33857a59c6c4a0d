// What the chain is told of the account of a patient (PROTOCOL 7.4.15): nothing to whoever does not know the PID.
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { type Pid, pidBytes } from './pid.ts';

/** 32 bytes. Throws IdentifierError `identifier.pid`. */
export function accountCommitment(pid: Pid, account: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/patient-account/1', pidBytes(pid), account);
}
