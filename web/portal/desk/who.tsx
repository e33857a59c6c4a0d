// Around the pages of reception: whoever acts in another role sees why not, and nothing is asked of the node.
import { RECEPTION } from '../frame/sections.ts';
import { WithRole } from '../frame/signed-in.tsx';
import '../../shared/text/en/account.ts';
import '../../shared/text/en/sign-in.ts';

export function ForReception() {
  return <WithRole roles={RECEPTION} />;
}
