// The state of block 0 (PROTOCOL 3.3, 7.1): the founders, and block 0 as the first checkpoint, justified and final.
import { genesisHeader } from '../chain/genesis-block.ts';
import { blockId } from '../chain/header.ts';
import type { Genesis } from '../genesis.ts';
import { founders } from '../member-set.ts';
import { claimKeys } from './members/keys.ts';
import { encodeClinicRow, encodeOrganisationRow } from './members/rows.ts';
import { encodeCheckpointRow, encodeCounters, encodeFinalityRow, encodeSetRow } from './members/set-rows.ts';
import { Overlay } from './overlay.ts';
import { COUNTERS_KEY, checkpointKey, clinicKey, FINALITY_KEY, organisationKey, SET_KEY } from './tables.ts';
import type { StateWrite } from './types.ts';

/** In the order of keys. */
export function genesisWrites(genesis: Genesis): StateWrite[] {
  const state = new Overlay({ get: () => undefined });
  const block = blockId(genesisHeader(genesis));
  const first = { epoch: 0, id: block };
  state.set(SET_KEY, encodeSetRow({ id: 0, previous: undefined, since: 0 }));
  state.set(FINALITY_KEY, encodeFinalityRow({ justified: first, finalised: first, ripe: undefined, oldest: 0 }));
  state.set(checkpointKey(0), encodeCheckpointRow({ block, id: 0, previous: undefined, justified: true }));
  state.set(COUNTERS_KEY, encodeCounters(0));
  for (const organisation of genesis.organisations) {
    state.set(organisationKey(organisation.number), encodeOrganisationRow(organisation));
  }
  for (const clinic of founders(genesis).clinics) {
    state.set(clinicKey(clinic.number), encodeClinicRow(clinic));
    claimKeys(state, clinic.number, clinic);
  }
  return state.writes();
}
