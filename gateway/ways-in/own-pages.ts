// The gateway's own addresses on the protected site: where challenges are answered and where one waits. They stand behind the
// limit like everything else, and the application never sees them.
import type { Captcha } from '../captcha/captcha.ts';
import { MAX_ANSWER_CHARS } from '../captcha/challenges.ts';
import { WAIT_MS } from '../captcha/waiting.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { retryAfterSeconds } from '../limits/fields.ts';
import type { RequestLimits } from '../limits/request-limits.ts';
import { CAPTCHA_PATH, challengePage, OWN_PATHS, WAIT_PATH, waitingPage } from '../pages/challenge-page.ts';
import type { Page, PageOwner } from '../pages/page.ts';
import { limitPage } from '../pages/refusal-page.ts';
import { isFromOwnPage } from './same-origin.ts';
import type { Visit } from './visit.ts';

export interface OwnPagesOptions {
  readonly owner: PageOwner;
}

export interface OwnPagesModules {
  readonly captcha: Captcha;
  /** Undefined: who asks for these pages counted the request before. */
  readonly limits: RequestLimits | undefined;
}

/** Characters of a form that answers a challenge. */
export const MAX_FORM_CHARS = 2 * MAX_ANSWER_CHARS + 8_192;
const MAX_TO_CHARS = 2_048;

export class OwnPages {
  private readonly options: OwnPagesOptions;
  private readonly modules: OwnPagesModules;

  constructor(options: OwnPagesOptions, modules: OwnPagesModules) {
    this.options = options;
    this.modules = modules;
  }

  /** `form`: the body of a POST, at most MAX_FORM_CHARS. */
  async answer(visit: Visit, facts: RequestFacts, form: string): Promise<Page> {
    const result = (await this.modules.limits?.take(facts, 1))?.result;
    if (result?.allowed === false)
      return limitPage(this.options.owner, undefined, retryAfterSeconds(result.retryAfter));
    const fields = new URLSearchParams(facts.method === 'POST' ? form.slice(0, MAX_FORM_CHARS) : facts.query);
    const to = localPath(fields.get('to') ?? '/');
    // What another site's page sends is not looked at: it would fail or take answers in its visitors' names.
    const answers = facts.method === 'POST' && isFromOwnPage(visit.headers);
    const { secure } = visit;
    if (facts.path === CAPTCHA_PATH)
      return answers ? this.captcha(facts, fields, to, secure) : this.challenge(facts, to);
    if (facts.path === WAIT_PATH) return this.wait(facts, fields, to, answers ? { secure } : undefined);
    return notHere();
  }

  private async captcha(facts: RequestFacts, fields: URLSearchParams, to: string, secure: boolean): Promise<Page> {
    const { captcha } = this.modules;
    const { outcome } = await captcha.answer(facts, fields.get('answer') ?? '');
    if (outcome === 'cleared') return onward(to, captcha.clearance(facts, secure));
    return outcome === 'blocked' ? this.tooOften(facts) : this.challenge(facts, to);
  }

  private async wait(
    facts: RequestFacts,
    fields: URLSearchParams,
    to: string,
    answered?: { secure: boolean },
  ): Promise<Page> {
    const { captcha } = this.modules;
    const ticket = fields.get('ticket') ?? '';
    if (answered !== undefined) {
      const { outcome } = captcha.waited(facts, ticket);
      if (outcome === 'cleared') return onward(to, captcha.clearance(facts, answered.secure));
      if (outcome === 'blocked') return this.tooOften(facts);
    }
    if (captcha.blockedUntil(facts.client, facts.at) !== 0) return this.tooOften(facts);
    const wait = ticket === '' ? undefined : captcha.ripeness(facts, ticket);
    if (wait !== undefined) return waitingPage(this.options.owner, { ticket, to, wait });
    const made = captcha.ticket(facts);
    if (made === undefined) return limitPage(this.options.owner, undefined, '30');
    return waitingPage(this.options.owner, { ticket: made, to, wait: WAIT_MS });
  }

  private async challenge(facts: RequestFacts, to: string): Promise<Page> {
    const challenge = await this.modules.captcha.challenge(facts);
    if (challenge === undefined) return limitPage(this.options.owner, undefined, '30');
    return challengePage(this.options.owner, { challenge, to, lost: false, reference: undefined });
  }

  private tooOften({ client, at }: RequestFacts): Page {
    const until = this.modules.captcha.blockedUntil(client, at);
    return limitPage(this.options.owner, undefined, retryAfterSeconds(until - at));
  }
}

/** Exactly one of the pages that are answered here, and nothing that another reader could take for another path. */
export function isOwnPage(url: string): boolean {
  const path = url.split('?', 1)[0];
  return path === CAPTCHA_PATH || path === WAIT_PATH;
}

export function isOwnPath(url: string): boolean {
  return url.startsWith(OWN_PATHS);
}

/** A path of this site, or its front page: nobody is sent elsewhere by a link to here. */
export function localPath(text: string): string {
  const safe = text.length <= MAX_TO_CHARS && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) && !text.includes('\\');
  return safe && !isOwnPath(text) ? text : '/';
}

function onward(to: string, cookie: string): Page {
  return { status: 303, headers: { location: to, 'set-cookie': cookie, 'cache-control': 'no-store' }, body: '' };
}

function notHere(): Page {
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'Not found\n' };
}
