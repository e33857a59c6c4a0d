// Around the patients' pages: for whoever acts as a patient here.
import { PATIENTS } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';

export function ForPatients() {
  return <WithRole roles={PATIENTS} />;
}
