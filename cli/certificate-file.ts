// The certificate of an erasure as `wardmesh erasure certificate --out` writes it, checked with nothing but the genesis file:
// that it is of this network, signed, and by whom. What the clinics say in it stands on the chain; this asks no chain.
import { equalBytes, fromHex, toHex } from '../common/bytes.ts';
import { type Genesis, genesisId } from '../consensus/genesis.ts';
import {
  decodeCertificate,
  MAX_CERTIFICATE_HOLDERS,
  unanswered,
  verifyCertificate,
} from '../records/erasure/answer.ts';
import { CommandError, EXIT } from './exit.ts';
import { fields, when } from './output/say.ts';

/** In the file the bytes stand twice, as hex and as what a reader makes of them. */
export const MAX_CERTIFICATE_FILE = 1024 + MAX_CERTIFICATE_HOLDERS * 512;

export interface CertificateSummary {
  readonly erasure: string;
  /** Whose records they were. */
  readonly clinic: number;
  readonly approved: number;
  readonly approvers: readonly string[];
  readonly made: number;
  /** The founder whose node key signed it. */
  readonly signedBy: number;
  readonly answered: readonly { readonly clinic: number; readonly removed: number; readonly time: number }[];
  readonly unanswered: readonly number[];
}

export function isCertificateFile(start: Uint8Array): boolean {
  return start[0] === '{'.charCodeAt(0);
}

/** Throws CommandError, CodecError. */
export async function certificateSummary(genesis: Genesis, text: string): Promise<CertificateSummary> {
  const { certificate, key, signature } = partsOf(text);
  const value = decodeCertificate(certificate);
  if (!equalBytes(value.genesisId, genesisId(genesis))) {
    throw new CommandError('this is a certificate of another network', EXIT.unproven);
  }
  if (key.length !== 32 || signature.length !== 64 || !(await verifyCertificate({ value, key, signature }))) {
    throw new CommandError('the certificate is not what its key signed', EXIT.unproven);
  }
  const signer = genesis.clinics.findIndex(({ nodeKey }) => equalBytes(nodeKey, key));
  if (signer < 0) {
    throw new CommandError(
      'it is signed, by a key that the genesis file does not name: of a clinic that joined, or changed its key, since',
      EXIT.unproven,
    );
  }
  const { erasure, clinic, approved, approvers, made, holders } = value;
  const answered = holders.flatMap((one) => {
    return one.answered === undefined
      ? []
      : [{ clinic: one.clinic, removed: one.answered.removed, time: one.answered.time }];
  });
  return {
    ...{ erasure: toHex(erasure), clinic, approved, approvers: approvers.map(toHex), made },
    ...{ signedBy: signer + 1, answered, unanswered: unanswered(value) },
  };
}

export function certificateWords(found: CertificateSummary): string {
  const { erasure, clinic, approved, approvers, made, signedBy } = found;
  return fields([
    ['erasure', erasure],
    ['records of', `clinic ${clinic}`],
    ['approved', `${when(approved)} by ${approvers.join(', ')}`],
    ['shredded by', found.answered.map((one) => `clinic ${one.clinic}`).join(', ') || 'nobody'],
    ['not answered', found.unanswered.map((one) => `clinic ${one}`).join(', ') || 'nobody'],
    ['signed by', `clinic ${signedBy} on ${when(made)}`],
    ['not checked', 'what the clinics said of it: that stands on the chain'],
  ]);
}

function partsOf(text: string): Record<'certificate' | 'key' | 'signature', Uint8Array> {
  try {
    const { certificate, key, signature } = JSON.parse(text);
    return { certificate: fromHex(certificate), key: fromHex(key), signature: fromHex(signature) };
  } catch {
    throw new CommandError('this is no certificate of an erasure, and no other file that can be checked', EXIT.usage);
  }
}
