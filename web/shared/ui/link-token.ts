// The token of a link from the clinic: it stands behind `#`, so no server log has it, and is taken out of the address bar
// so that neither history nor a shoulder keeps it.
import { useEffect, useState } from 'react';

export function useLinkToken(): string | undefined {
  const [token] = useState(() => window.location.hash.replace(/^#(?:token=)?/, '') || undefined);
  useEffect(() => {
    if (token !== undefined) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [token]);
  return token;
}
