// The pages on which a visitor shows that a browser is at work: by a computation, or by waiting.
import type { Challenge } from 'altcha-lib/types';
import { escapeHtml, type Page, type PageOwner, page } from './page.ts';
import { SOLVER } from './solver.ts';

/** Below it stand the gateway's own addresses on the protected site. */
export const OWN_PATHS = '/.wardmesh/';
export const CAPTCHA_PATH = `${OWN_PATHS}captcha`;
export const WAIT_PATH = `${OWN_PATHS}wait`;

export interface ChallengeView {
  readonly challenge: Challenge;
  /** Where the visitor wanted to go: a path of this site. */
  readonly to: string;
  /** What the visitor sent was not a mere look at a page, and has to be sent again. */
  readonly lost: boolean;
  readonly reference: string | undefined;
}

export function challengePage(owner: PageOwner, { challenge, to, lost, reference }: ChallengeView): Page {
  const wait = escapeHtml(waitAddress(to));
  const again = lost ? '<p>What you sent was not passed on. Please send it again afterwards.</p>' : '';
  return page(owner, {
    status: 403,
    title: 'One moment, please',
    headers: {
      'x-wardmesh-action': 'challenge',
      ...(reference === undefined ? {} : { 'x-wardmesh-reference': reference }),
    },
    head: `<noscript><meta http-equiv="refresh" content="0; url=${wait}"></noscript>\n`,
    script: SOLVER,
    main: `<p>We check that a person is visiting. This takes a few seconds and asks nothing of you.</p>${again}
<form id="challenge" method="post" action="${CAPTCHA_PATH}" data-challenge="${escapeHtml(JSON.stringify(challenge))}">
<input type="hidden" name="answer"><input type="hidden" name="to" value="${escapeHtml(to)}">
<p id="status" role="status">Checking your browser ...</p>
<progress id="progress" max="100" value="0" aria-label="Progress of the check"></progress>
</form>
<p id="other" class="quiet">Does nothing happen? <a href="${wait}">Wait a few seconds instead</a>.</p>${shown(reference)}`,
  });
}

export interface WaitingView {
  readonly ticket: string;
  readonly to: string;
  /** ms that are still to be waited. */
  readonly wait: number;
}

/** No page that goes on by itself: who reads slowly, or by ear, is not hurried. */
export function waitingPage(owner: PageOwner, { ticket, to, wait }: WaitingView): Page {
  const seconds = Math.ceil(wait / 1000);
  const left = seconds === 1 ? '1 second' : `${seconds} seconds`;
  return page(owner, {
    status: 200,
    title: seconds > 0 ? 'One moment, please' : 'Thank you for waiting',
    main: `<form method="post" action="${WAIT_PATH}"><input type="hidden" name="ticket" value="${escapeHtml(ticket)}">
<input type="hidden" name="to" value="${escapeHtml(to)}">
<p role="status">${seconds > 0 ? `Please wait ${left}, then press the button.` : 'Press the button to open the page.'}</p>
<button type="submit">Open the page</button></form>`,
  });
}

function waitAddress(to: string): string {
  return `${WAIT_PATH}?${new URLSearchParams({ to })}`;
}

export function shown(reference: string | undefined): string {
  return reference === undefined ? '' : `\n<p class="quiet">Reference: <code>${escapeHtml(reference)}</code></p>`;
}
