// The token of a link from the clinic: it stands behind `#`, so no server log has it, and is taken out of the address bar
// so that neither history nor a shoulder keeps it.
import { useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

export function useLinkToken(): string | undefined {
  const hash = useLocation({ select: (location) => location.hash });
  const [token, setToken] = useState(() => tokenIn(window.location.hash));
  useEffect(() => {
    const found = tokenIn(hash);
    if (found === undefined) return;
    setToken(found);
    window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [hash]);
  return token;
}

function tokenIn(hash: string): string | undefined {
  return hash.replace(/^#/, '') || undefined;
}
