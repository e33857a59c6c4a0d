// Blocks that a gateway made by itself, on their way to the clinic's node, which tells the others. Each is sent until the node
// took it, refused it for good, or a day is over.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { SignatureCategory, ThreatCategory } from '../../common/threat-names.ts';
import { formatNetwork } from '../../gateway/address.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import { categoryOf } from '../../gateway/judge/found.ts';

export interface ReportQueueOptions {
  /** Origin of the node. */
  readonly url: string;
  readonly key: string | undefined;
}

export interface ReportQueueModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly fetch: typeof fetch;
}

/** The oldest gives way. */
export const MAX_WAITING_REPORTS = 5_000;
/** ms a report is worth: so long an automatic block lasts. */
const LIFE_MS = 24 * 3_600_000;
const RETRY_FROM_MS = 1_000;
const RETRY_TO_MS = 60_000;
const ANSWER_MS = 10_000;

interface Waiting {
  readonly address: string;
  readonly category: ThreatCategory;
  readonly until: number;
}

export class ReportQueue {
  private readonly options: ReportQueueOptions;
  private readonly modules: ReportQueueModules;
  private readonly waiting = new Map<string, Waiting>();
  private timer: TimerHandle | undefined;
  private pause = RETRY_FROM_MS;
  private sending = false;
  private stopped = false;

  constructor(options: ReportQueueOptions, modules: ReportQueueModules) {
    this.options = options;
    this.modules = modules;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** `matched`: kinds of the signatures in force that its request matches. */
  add(decision: Decision, matched: readonly SignatureCategory[]): void {
    const address = formatNetwork(decision.client);
    if (this.waiting.size >= MAX_WAITING_REPORTS) {
      for (const oldest of this.waiting.keys()) {
        this.waiting.delete(oldest);
        break;
      }
    }
    this.waiting.set(address, { address, category: categoryOf(decision, matched), until: decision.at + LIFE_MS });
    void this.send();
  }

  stop(): void {
    this.stopped = true;
    this.modules.clock.clearTimeout(this.timer);
  }

  private async send(): Promise<void> {
    if (this.sending || this.stopped) return;
    this.sending = true;
    this.modules.clock.clearTimeout(this.timer);
    const sent = await this.sendAll().catch(() => false);
    this.sending = false;
    this.pause = sent ? RETRY_FROM_MS : Math.min(2 * this.pause, RETRY_TO_MS);
    if (this.waiting.size > 0 && !this.stopped)
      this.timer = this.modules.clock.setTimeout(() => void this.send(), this.pause);
  }

  /** False when the node could not take one. */
  private async sendAll(): Promise<boolean> {
    const { clock, logger } = this.modules;
    for (const [address, report] of this.waiting) {
      const seconds = Math.floor((report.until - clock.now()) / 1000);
      const status = seconds < 1 ? 0 : await this.post(report, seconds);
      if (status === 429 || status >= 500) return false;
      if (status >= 400) logger.warn({ status }, 'the node refused a report of this gateway');
      if (this.waiting.get(address) === report) this.waiting.delete(address);
    }
    return true;
  }

  private async post({ address, category }: Waiting, seconds: number): Promise<number> {
    const { url, key } = this.options;
    const answer = await this.modules.fetch(`${url}/api/v1/threat/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ address, category, seconds }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.body?.cancel();
    return answer.status;
  }
}
