// Sessions and API keys in memory, for tests of the door: who signs in and how is not its business.
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { applicationId } from '../../records/consent/application.ts';
import { scopeActions } from '../../records/consent/smart-scopes.ts';
import type { ApiKeyRef, SessionRef } from '../../rpc/access/principal.ts';
import type { ApiKeys, ClientFacts, Sessions } from '../../rpc/ports.ts';

export class TinySessions implements Sessions {
  readonly touched: string[] = [];
  /** Secrets that were looked for. */
  readonly asked: string[] = [];
  private readonly bySecret = new Map<string, SessionRef>();
  private readonly renewals = new Map<string, { secret: string; endsAt: number }>();
  private readonly listeners = new Set<(id: string) => void>();

  /** The secret of a new session. */
  start(about: Partial<SessionRef> = {}): string {
    const secret = toHex(randomBytes(32));
    const id = toHex(randomBytes(16));
    const person = { user: toHex(randomBytes(16)), account: toHex(randomBytes(32)), name: 'kim' };
    this.bySecret.set(secret, { id, ...person, roles: [], factorAt: null, ...about });
    return secret;
  }

  of(secret: string): SessionRef {
    return this.bySecret.get(secret) as SessionRef;
  }

  change(secret: string, about: Partial<SessionRef>): void {
    this.bySecret.set(secret, { ...this.of(secret), ...about });
  }

  end(secret: string): void {
    const { id } = this.of(secret);
    this.bySecret.delete(secret);
    for (const listener of [...this.listeners]) listener(id);
  }

  /** Ends without telling anybody, as time does. */
  expire(secret: string): void {
    this.bySecret.delete(secret);
  }

  renew(secret: string, endsAt: number): string {
    const session = this.of(secret);
    const renewed = this.start(session);
    this.renewals.set(session.id, { secret: renewed, endsAt });
    return renewed;
  }

  get followers(): number {
    return this.listeners.size;
  }

  async find(secret: string): Promise<SessionRef | undefined> {
    this.asked.push(secret);
    return this.bySecret.get(secret);
  }

  async current(id: string): Promise<SessionRef | undefined> {
    return [...this.bySecret.values()].find((session) => session.id === id);
  }

  touch(id: string): void {
    this.touched.push(id);
  }

  renewal(id: string): { secret: string; endsAt: number } | undefined {
    const renewal = this.renewals.get(id);
    this.renewals.delete(id);
    return renewal;
  }

  onEnded(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export class TinyKeys implements ApiKeys {
  private readonly bySecret = new Map<string, ApiKeyRef>();

  make(scopes: readonly string[]): string {
    const id = toHex(randomBytes(8));
    const secret = `wmk_${id}_${'k'.repeat(43)}`;
    this.bySecret.set(secret, {
      ...{ id, name: 'a lab', scopes, user: null },
      ...{ application: toHex(applicationId(1, fromHex(id))), actions: scopeActions(scopes) },
    });
    return secret;
  }

  end(secret: string): void {
    this.bySecret.delete(secret);
  }

  async find(secret: string, _client: ClientFacts): Promise<ApiKeyRef | undefined> {
    return this.bySecret.get(secret);
  }

  async current(id: string): Promise<ApiKeyRef | undefined> {
    return [...this.bySecret.values()].find((key) => key.id === id);
  }
}
