// From observer to member: sees on the chain that governance admitted this clinic, asks members for the network's shared
// keys, and hands both to whoever keeps the directory. The node then starts again as the member that it is.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Network } from '../../p2p/ports.ts';
import type { ThreatKeyHashes } from '../genesis/shared-keys.ts';
import type { SharedKeys } from '../keystore/contents.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { askForSharedKeys } from './ask-shared-keys.ts';

/** How often keys are asked for until a member gives them, in block intervals. */
const ASK_EVERY_T = 2;

export interface AdmissionOptions {
  readonly genesis: Genesis;
  readonly nodeKey: Uint8Array;
  /** X25519 secret key. */
  readonly encryptionSecret: Uint8Array;
  /** As which the node runs; 0 for an observer. */
  readonly clinic: number;
  readonly shared: SharedKeys | undefined;
}

export interface AdmissionModules {
  readonly members: MemberSets;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hashes: ThreatKeyHashes;
  /** Keeps number and keys in the directory; what runs then is out of date. */
  onAdmitted(member: Member, shared: SharedKeys): Promise<void>;
}

export class Admission {
  private readonly options: AdmissionOptions;
  private readonly modules: AdmissionModules;
  private readonly abort = new AbortController();
  private timer: TimerHandle | undefined;
  private unsubscribe: (() => void) | undefined;
  private working = false;
  private done = false;

  constructor(options: AdmissionOptions, modules: AdmissionModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the chain has started. */
  start(): void {
    this.unsubscribe = this.modules.members.onChange(() => void this.look());
    void this.look();
  }

  stop(): void {
    this.abort.abort();
    this.unsubscribe?.();
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const { members, clock, logger } = this.modules;
    if (this.working || this.done || this.abort.signal.aborted) return;
    const member = members.current.clinics.find(({ nodeKey }) => equalBytes(nodeKey, this.options.nodeKey));
    if (member === undefined) return;
    if (member.number === this.options.clinic && this.options.shared !== undefined) return;
    this.working = true;
    try {
      const shared = this.options.shared ?? (await this.ask(member));
      if (shared !== undefined) {
        await this.modules.onAdmitted(member, shared);
        this.done = true;
      }
    } catch (error) {
      logger.error({ err: error }, 'admitted, but this cannot be kept');
    } finally {
      this.working = false;
    }
    if (this.done || this.abort.signal.aborted) return;
    const { blockInterval } = this.options.genesis.params;
    this.timer = clock.setTimeout(() => void this.look(), ASK_EVERY_T * blockInterval);
  }

  /** Undefined when nobody who is connected has them to give. */
  private ask(member: Member): Promise<SharedKeys | undefined> {
    const { genesis, encryptionSecret } = this.options;
    return askForSharedKeys({ genesis, clinic: member.number, encryptionSecret }, this.modules, this.abort.signal);
  }
}
