// Around the patients' pages: for whoever acts as a patient here, about herself or about whom she acts for.
import { PATIENTS } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';
import { Acting } from './acting/acting.tsx';

export function ForPatients() {
  return (
    <Acting>
      <WithRole roles={PATIENTS} />
    </Acting>
  );
}
