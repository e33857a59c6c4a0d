// Around the patients' pages: for whoever acts as a patient here, about herself or about whom she acts for.
import { PATIENTS } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';
import { Acting } from './acting/acting.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/carers.ts';
import '../../shared/text/en/me.ts';
import '../../shared/text/en/sign-in.ts';

export function ForPatients() {
  return (
    <Acting>
      <WithRole roles={PATIENTS} />
    </Acting>
  );
}
