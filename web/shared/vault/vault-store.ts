// The open vault, in the memory of this page only: a reload closes it, as does the end of the session.
import type { OpenVault } from '../../../identity/vault/vault.ts';
import type { TypedWay } from './passwords.ts';

export class VaultStore {
  private readonly listeners = new Set<() => void>();
  private open: OpenVault | undefined;
  private way: TypedWay | undefined;

  readonly snapshot = (): OpenVault | undefined => this.open;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** The password of this sign-in, which did not open the vault: after a reset it is to lock it. */
  offer(way: TypedWay | undefined): void {
    this.way = way;
  }

  readonly typed = (): TypedWay | undefined => this.way;

  keep(open: OpenVault | undefined): void {
    this.open = open;
    this.way = undefined;
    for (const listener of this.listeners) listener();
  }
}
