// The security of a clinic's web side as the node runs it: the log, who watches, and the methods. Joins parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import { type SecurityHandlers, type SecurityServiceModules, securityService } from '../services/security-service.ts';
import { type ThreatHandlers, type ThreatServiceModules, threatService } from '../services/threat-service.ts';
import { BreakerBoard } from './breakers.ts';
import { SecurityLog } from './security-log.ts';
import { Traffic } from './traffic.ts';

export interface SecurityOptions {
  readonly organisation: number;
  readonly path: string;
  readonly storageKey: Uint8Array;
}

export interface SecurityModules extends ThreatServiceModules, Pick<SecurityServiceModules, 'reader' | 'chain'> {
  readonly sync: { readonly behind: boolean };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly demandRoom: () => void;
}

export interface Security {
  readonly log: SecurityLog;
  readonly traffic: Traffic;
  /** Gateways of this node join. */
  readonly breakers: BreakerBoard;
  readonly handlers: ThreatHandlers & SecurityHandlers;
  /** A request that this node's own gateway judged. */
  judged(decision: Decision): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function assembleSecurity(options: SecurityOptions, modules: SecurityModules): Security {
  const { organisation, path, storageKey } = options;
  const { reader, chain, sync, clock, logger, demandRoom } = modules;
  const log = new SecurityLog({ path, storageKey }, { clock, logger, demandRoom });
  const traffic = new Traffic({ clock });
  const breakers = new BreakerBoard({ clock });
  const threat = threatService({ organisation }, modules);
  const security = securityService(
    { organisation },
    { log, traffic, breakers, check: threat.threat_check, reader, chain, behind: () => sync.behind, clock },
  );
  return {
    ...{ log, traffic, breakers },
    handlers: { ...threat, ...security },
    judged: (decision) => {
      traffic.judged(decision);
      log.append(decision);
    },
    start: () => log.start(),
    stop: async () => {
      traffic.stop();
      await log.stop();
    },
  };
}
