// The subscriptions of one WebSocket. A subscription's first notification leaves after the answer that names it.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { AccessRule } from '../access/rule.ts';
import { doorError } from '../errors.ts';
import type { EventSource } from '../ports.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';

export interface SubscriptionsOptions {
  readonly maxSubscriptions: number;
  /** Notifications held back until the subscription is announced. */
  readonly maxHeld: number;
}

export interface SubscriptionsModules {
  readonly events: EventSource;
  /** Sends one notification, or cuts the socket when it reads too slowly. */
  send(text: string): void;
  /** Too much came before the answer could be sent. */
  overflow(): void;
  changed(difference: number): void;
}

interface Subscription {
  readonly end: () => void;
  readonly rule: AccessRule | undefined;
  /** Undefined once announced. */
  held: string[] | undefined;
}

export class SocketSubscriptions {
  private readonly options: SubscriptionsOptions;
  private readonly modules: SubscriptionsModules;
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(options: SubscriptionsOptions, modules: SubscriptionsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Throws RpcError. */
  open(stream: StreamName, filter: StreamFilter<StreamName>, rule: AccessRule | undefined): string {
    if (this.subscriptions.size >= this.options.maxSubscriptions) throw doorError('rpc.too-many-subscriptions');
    const id = toHex(randomBytes(8));
    const held: string[] = [];
    // A source may call back at once, before it has given the unsubscriber.
    this.subscriptions.set(id, { end: () => undefined, rule, held });
    try {
      const end = this.modules.events.subscribe(stream, filter, (value) => this.notify(id, value));
      this.subscriptions.set(id, { end, rule, held });
    } catch (error) {
      this.subscriptions.delete(id);
      throw error;
    }
    this.modules.changed(1);
    return id;
  }

  close(id: string): boolean {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined) return false;
    this.subscriptions.delete(id);
    subscription.end();
    this.modules.changed(-1);
    return true;
  }

  /** Ends what is no longer permitted. */
  review(permits: (rule: AccessRule | undefined) => boolean): void {
    for (const [id, { rule }] of [...this.subscriptions]) if (!permits(rule)) this.close(id);
  }

  closeAll(): void {
    for (const id of [...this.subscriptions.keys()]) this.close(id);
  }

  /** The answer that names it was sent: what was held back may follow. */
  announce(id: string): void {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined) return;
    const { held } = subscription;
    subscription.held = undefined;
    for (const text of held ?? []) this.modules.send(text);
  }

  private notify(id: string, value: unknown): void {
    const subscription = this.subscriptions.get(id);
    if (subscription === undefined) return;
    const text = JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription: id, value } });
    if (subscription.held === undefined) this.modules.send(text);
    else if (subscription.held.length < this.options.maxHeld) subscription.held.push(text);
    else this.modules.overflow();
  }
}
