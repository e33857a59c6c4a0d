// What a browser does beside fetching: keeps the cookies of one node for as long as a command runs, and says from which page it
// asks. Owns no request; cookies go nowhere but to that node, and to no disk.

export function cookieFetch(url: string): typeof fetch {
  const { origin } = new URL(url);
  const cookies = new Map<string, string>();
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('origin', origin);
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    // Elsewhere the session would be shown to somebody else.
    const response = await fetch(input, { ...init, headers, redirect: 'error' });
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/;\s*/);
      const at = pair.indexOf('=');
      const isGone = attributes.some((one) => /^max-age=0$/i.test(one));
      if (isGone) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  };
}
