// Around the pages of those who treat patients: whoever acts in another role sees why not, and nothing is asked of the node.
import { CLINICIANS } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function ForClinicians() {
  return <WithRole roles={CLINICIANS} />;
}
