// Sets the colour scheme before the first paint. A file of its own: the content security policy allows no inline script.
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('wardmesh-color-scheme') ?? 'auto';
  } catch {
    // Storage may be closed to pages; the system's scheme holds then.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
