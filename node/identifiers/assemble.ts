// Identifiers of patients at this clinic: the evaluator that asks other clinics, what it evaluates for them, and the
// quotas on both uses. Joins these parts; owns no rule.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { PatientIdentifiers, type PidCache } from '../../identity/patient/patient-identifiers.ts';
import {
  type EvaluationMode,
  type EvaluationUse,
  ThresholdEvaluator,
} from '../../identity/patient/threshold-evaluator.ts';
import type { Slots } from '../../identity/slots.ts';
import type { Network } from '../../p2p/ports.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { PeerBlames } from '../peers/blame.ts';
import { AskHolders } from './ask.ts';
import { EvaluationError } from './errors.ts';
import { Quotas } from './quotas.ts';
import { serveEvaluations } from './serve.ts';

export interface IdentifiersOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  /** Elements that this clinic evaluates a day for each other one. */
  readonly perDay: Readonly<Record<EvaluationUse, number>>;
}

export interface IdentifiersModules {
  readonly network: Network;
  readonly members: Pick<MemberSets, 'current'>;
  readonly shares: Shares;
  readonly blames: Pick<PeerBlames, 'blame'>;
  /** Of the quotas. */
  readonly store: KeyValueStore;
  readonly cache: PidCache;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly logger: Logger;
  /** In [0, 1); spreads the work over the holders. */
  readonly random?: () => number;
}

export interface Identifiers {
  /** See ThresholdEvaluator. */
  readonly mode: EvaluationMode;
  readonly identifiers: PatientIdentifiers;
  /** For link tokens, which are counted apart. */
  readonly linkEvaluator: ThresholdEvaluator;
  readonly quotas: Quotas;
  /** Holders of the generation in force that are connected, this clinic among them if it is one. */
  reachable(): ClinicNumber[];
}

export function assembleIdentifiers(options: IdentifiersOptions, modules: IdentifiersModules): Identifiers {
  const { clinic, storageKey, perDay } = options;
  const { network, members, shares, blames, store, cache, slots, clock, logger } = modules;
  const quotas = new Quotas({ perDay }, { store, clock });
  serveEvaluations({ network, members, shares, quotas, logger });
  const holders = new AskHolders({
    ...{ network, members, logger },
    random: modules.random ?? Math.random,
    blame: (peerId, error) => void blames.blame(peerId, error),
  });
  const evaluator = (use: EvaluationUse): ThresholdEvaluator =>
    new ThresholdEvaluator(
      { clinic, use },
      {
        keys: () => {
          const newest = shares.current('identifier');
          // Nobody evaluates for who is no member.
          if (newest === undefined || members.current.clinic(clinic) === undefined) return [];
          const before = newest.generation === 0 ? undefined : shares.at('identifier', newest.generation - 1);
          // Where a new key was made in the place of the old one, the old one gives other identifiers.
          return before !== undefined && equalBytes(before.publicKey, newest.publicKey) ? [newest, before] : [newest];
        },
        own: (generation) => shares.own('identifier', generation),
        ask: (holder, request) => holders.ask(holder, request),
        inOrder: (all) => holders.inOrder(all),
        onWrong: (holder) => {
          const peerId = holders.peerOf(holder.clinic);
          const error = new EvaluationError({ code: 'identifier.wrong-partial', clinic: holder.clinic });
          if (peerId !== undefined) void blames.blame(peerId, error);
        },
      },
    );
  const forIdentifiers = evaluator('identifier');
  return {
    get mode() {
      return forIdentifiers.mode;
    },
    identifiers: new PatientIdentifiers({ storageKey }, { evaluator: forIdentifiers, cache, slots }),
    linkEvaluator: evaluator('link'),
    quotas,
    reachable: () => {
      const all = shares.current('identifier')?.holders ?? [];
      const others = holders.inOrder(all.filter((holder) => holder.clinic !== clinic));
      const own = all.filter((holder) => holder.clinic === clinic);
      return [...own, ...others].map((holder) => holder.clinic).sort((a, b) => a - b);
    },
  };
}
