// How the gateway's pages look: readable on a telephone, with large letters, in dark rooms and for people who zoom.
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b2a33;--paper:#fff;--line:#d5dde2;--act:#0b6b74;--quiet:#51626c}
@media (prefers-color-scheme:dark){:root{--ink:#e8eef1;--paper:#10191e;--line:#33444e;--act:#5cc4cd;--quiet:#a9b8c0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:38rem;padding:1rem;font:1.125rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
header{border-bottom:1px solid var(--line);font-weight:600}
footer{border-top:1px solid var(--line);margin-top:2rem;color:var(--quiet)}
h1{font-size:1.5rem;line-height:1.25;margin:1.5rem 0 .5rem}
a{color:var(--act);display:inline-block;padding:.125rem 0}
button{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:0;border-radius:.5rem;background:var(--act);color:var(--paper);cursor:pointer}
button:disabled{opacity:.6;cursor:default}
button:focus-visible,a:focus-visible{outline:3px solid var(--act);outline-offset:3px}
progress{width:100%;height:.75rem;accent-color:var(--act)}
code{font-size:1.1em;letter-spacing:.05em}
.quiet{color:var(--quiet);font-size:1rem}
`;
