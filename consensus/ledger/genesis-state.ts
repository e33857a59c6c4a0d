// The state of block 0 (PROTOCOL 3.3, 7.1): the founders.
import type { Genesis } from '../genesis.ts';
import { founders } from '../member-set.ts';
import { encodeClinicRow, encodeOrganisationRow } from './members/rows.ts';
import { Overlay } from './overlay.ts';
import { clinicKey, organisationKey } from './tables.ts';
import type { StateWrite } from './types.ts';

/** In the order of keys. */
export function genesisWrites(genesis: Genesis): StateWrite[] {
  const state = new Overlay({ get: () => undefined });
  for (const organisation of genesis.organisations) {
    state.set(organisationKey(organisation.number), encodeOrganisationRow(organisation));
  }
  for (const clinic of founders(genesis).clinics) state.set(clinicKey(clinic.number), encodeClinicRow(clinic));
  return state.writes();
}
