// The second example of docs/SDK.md, for pages of a node, where the session of who is signed in counts: a doctor lets another clinic
// read what this one keeps, somebody there reads it, and everything is taken along, encrypted and checked in the page.

import type { Category } from '../content.ts';
import { trustedGenesis, verifiedTakeout } from '../verify.ts';
import { type Patient, Wardmesh } from '../wardmesh.ts';

/** `to`: number of the other clinic. The consent, once it stands in a block. */
export async function share(
  url: string,
  patient: Patient,
  categories: readonly Category[],
  to: { readonly clinic: number; readonly until: number },
): Promise<string> {
  const clinic = new Wardmesh({ url });
  try {
    const given = { ...patient, to: { clinic: to.clinic }, categories: [...categories], until: to.until };
    const { consent, statement } = await clinic.rpc.call('consent_grant', given);
    await clinic.wait([statement], 'applied');
    return consent;
  } finally {
    clinic.close();
  }
}

/** What clinic `from` keeps of the patient, newest first, as far as who is signed in may read it: texts of resources. */
export async function readShared(url: string, patient: Patient, from: number): Promise<string[]> {
  const clinic = new Wardmesh({ url });
  try {
    const chart = (await clinic.charts(patient)).find((one) => one.clinic === from);
    const texts: string[] = [];
    for (const { record } of chart?.records ?? []) {
      const { text } = await clinic.read(patient, record, { clinic: from });
      if (text !== undefined) texts.push(text);
    }
    return texts;
  } finally {
    clinic.close();
  }
}

/** How many versions a takeout has that hold by the genesis document alone. The passphrase never leaves this program. */
export async function takeAlong(
  url: string,
  patient: Patient,
  { genesisId, passphrase }: { readonly genesisId: string; readonly passphrase: string },
): Promise<number> {
  const clinic = new Wardmesh({ url });
  try {
    const genesis = await trustedGenesis(clinic.rpc, genesisId);
    const encrypted = clinic.takeout(patient, { type: 'passphrase', passphrase });
    const { records } = await verifiedTakeout(genesis, encrypted, { type: 'passphrase', passphrase });
    return records.length;
  } finally {
    clinic.close();
  }
}
