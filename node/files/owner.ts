// Whose uploads and downloads are whose: by person, over all of her sessions, by API key, and the operator's.

import type { Principal } from '../../rpc/access/principal.ts';
import { doorError } from '../../rpc/errors.ts';

/** Throws RpcError for nobody. */
export function ownerOf(principal: Principal): string {
  switch (principal.kind) {
    case 'session':
      return `user ${principal.session.user}`;
    case 'application':
      return `key ${principal.key.id}`;
    case 'operator':
      return 'operator';
    default:
      throw doorError('rpc.unauthorized');
  }
}
