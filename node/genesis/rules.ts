// What must hold between the parts of a genesis document, beyond the shape of each. Owns no spelling.
import { isTorsionFreeKey } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { encodeGenesis, type Genesis } from '../../consensus/genesis.ts';
import { CLINIC_KEYS } from '../../consensus/ledger/members/record.ts';
import type { Params } from '../../consensus/params.ts';
import { GenesisError } from './errors.ts';

/** Throws GenesisError `genesis.invalid` that names the first offending key; gives the document. */
export function checkGenesis(genesis: Genesis): Genesis {
  checkParams(genesis.params);
  checkOrganisations(genesis);
  checkClinics(genesis);
  checkKeys(genesis);
  try {
    encodeGenesis(genesis);
  } catch (error) {
    refuse('genesis', error instanceof Error ? error.message : 'has no canonical bytes');
  }
  return genesis;
}

function checkParams({ startTarget, easiestTarget, hardestTarget }: Params): void {
  if (hardestTarget < 1n) refuse('genesis.params.hardestTarget', 'must be above 0');
  if (hardestTarget > startTarget) refuse('genesis.params.hardestTarget', 'must be at most startTarget');
  if (startTarget > easiestTarget) refuse('genesis.params.startTarget', 'must be at most easiestTarget');
}

function checkOrganisations({ organisations }: Genesis): void {
  const names = new Set<string>();
  organisations.forEach(({ number, name }, index) => {
    const key = `genesis.organisations[${index}]`;
    if (number !== index + 1) refuse(`${key}.number`, `must be ${index + 1}: organisations are numbered in order`);
    if (names.has(name)) refuse(`${key}.name`, 'is another organisation already');
    names.add(name);
  });
}

function checkClinics({ organisations, clinics }: Genesis): void {
  const names = new Set<string>();
  clinics.forEach(({ number, organisation, name }, index) => {
    const key = `genesis.clinics[${index}]`;
    if (number !== index + 1) refuse(`${key}.number`, `must be ${index + 1}: clinics are numbered in order`);
    if (organisation < 1 || organisation > organisations.length)
      refuse(`${key}.organisation`, 'is not in the document');
    if (names.has(name)) refuse(`${key}.name`, 'is another clinic already');
    names.add(name);
  });
  organisations.forEach(({ number }, index) => {
    const owns = clinics.some(({ organisation }) => organisation === number);
    if (!owns) refuse(`genesis.organisations[${index}]`, 'has no clinic');
  });
}

/** PROTOCOL 2.2: a key is checked when it is registered, which for founders is here. One key has one use. */
function checkKeys({ clinics }: Genesis): void {
  const seen = new Map<string, string>();
  clinics.forEach((clinic, index) => {
    for (const name of CLINIC_KEYS) {
      const key = `genesis.clinics[${index}].${name}`;
      const known = seen.get(toHex(clinic[name]));
      if (known !== undefined) refuse(key, `is the same as ${known}`);
      seen.set(toHex(clinic[name]), key);
      if (name !== 'encryptionKey' && !isTorsionFreeKey(clinic[name])) refuse(key, 'is no good Ed25519 public key');
    }
  });
}

function refuse(key: string, reason: string): never {
  throw new GenesisError({ code: 'genesis.invalid', key, reason });
}
