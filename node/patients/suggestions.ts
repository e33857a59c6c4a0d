// Finds patients that may be one person, here and at other clinics, by equal link tokens: computes tokens in the background,
// compares them, asks each other clinic once about each patient, and answers the others. What it finds is a suggestion; a
// human decides.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { pairOf } from '../../consensus/ledger/patients/links/types.ts';
import { decodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { patientClinicKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Demographics, type LinkToken, type LinkTokens, linkInputs } from '../../identity/patient/link-tokens.ts';
import type { Pid } from '../../identity/patient/pid.ts';
import { handleOf, isProvisional } from '../../identity/patient/pid.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { PatientLinks } from './patient-links.ts';
import type { NewSuggestion, SuggestionStore } from './suggestion-store.ts';
import {
  decodeAsked,
  decodeTokenAnswer,
  encodeAsked,
  encodeTokenAnswer,
  LINK_TOKENS,
  MAX_ASKED,
  MAX_MATCHES,
  type TokenAnswer,
  type TokenMatch,
} from './suggestion-wire.ts';

/** How often, beside new patients and clinics that come. */
const ROUND_MS = 60_000;
/** Patients whose tokens are computed together: at most 48 elements. */
const BATCH = 8;
/** Nobody waits for tokens: of the time they take, three times as much is left to others. */
const REST = 3;

export interface SuggestionsModules {
  readonly found: SuggestionStore;
  readonly tokens: LinkTokens;
  readonly links: Pick<PatientLinks, 'linked'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly network: Pick<Network, 'serve' | 'request' | 'peers' | 'onPeer'>;
  readonly clock: Clock;
  readonly logger: Logger;
  blame(peerId: string, error: unknown): void;
}

export class Suggestions {
  private readonly clinic: ClinicNumber;
  private readonly modules: SuggestionsModules;
  private readonly serial = new Serial();
  private readonly ending = new AbortController();
  private unsubscribe: (() => void) | undefined;
  private timer: TimerHandle | undefined;
  private asked = false;

  constructor(options: { readonly clinic: ClinicNumber }, modules: SuggestionsModules) {
    this.clinic = options.clinic;
    this.modules = modules;
    modules.network.serve(LINK_TOKENS, (from, request) => this.serve(from, request));
  }

  start(): void {
    this.unsubscribe = this.modules.network.onPeer((event) => event === 'connected' && this.round());
    this.round();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.unsubscribe?.();
    this.modules.clock.clearTimeout(this.timer);
    await this.serial.idle();
  }

  /** Looks for others who may be this patient, later. A provisional identifier is linked by its document. */
  async add(pid: Pid, demographics: Demographics): Promise<void> {
    if (isProvisional(pid) || linkInputs(demographics).length === 0) return;
    await this.modules.found.wait({ pid, demographics });
    this.round();
  }

  private round(): void {
    if (this.asked || this.ending.signal.aborted) return;
    this.asked = true;
    void this.serial.run(async () => {
      this.asked = false;
      const { clock, logger } = this.modules;
      try {
        await this.computeAll();
        for (const { number, nodeKey } of this.modules.members.current.clinics) {
          if (number !== this.clinic) await this.askAll(number, peerIdOf(nodeKey));
        }
      } catch (error) {
        logger.error({ err: error }, 'the search for duplicates goes on later');
      }
      clock.clearTimeout(this.timer);
      if (!this.ending.signal.aborted) this.timer = clock.setTimeout(() => this.round(), ROUND_MS);
    });
  }

  private async computeAll(): Promise<void> {
    const { found, clock, logger } = this.modules;
    while (!this.ending.signal.aborted) {
      const waiting = await found.waiting(BATCH);
      if (waiting.length === 0) return;
      const began = clock.monotonic();
      try {
        const all = waiting.map(({ demographics }) => linkInputs(demographics));
        const tokens = [...(await this.modules.tokens.compute(all.flat()))];
        for (const [i, { pid }] of waiting.entries()) await this.keep(pid, tokens.splice(0, all[i].length));
      } catch (error) {
        const code = codeOf(error);
        if (code?.startsWith('identifier.') !== true) throw error;
        logger.debug({ code }, 'link tokens wait');
        return;
      }
      await this.rest(REST * (clock.monotonic() - began));
    }
  }

  private async keep(pid: Pid, tokens: readonly LinkToken[]): Promise<void> {
    const { found } = this.modules;
    const own = handleOf(pid);
    const matches: NewSuggestion[] = [];
    for (const { handle: other, kinds } of await found.matches(tokens, own)) {
      if (!(await this.isLinked(own, other))) matches.push({ own, other, clinic: this.clinic, kinds });
    }
    await found.keep(pid, tokens, matches);
  }

  /** Everything that this clinic was not asked about yet. */
  private async askAll(clinic: ClinicNumber, peerId: string): Promise<void> {
    const { found, network, logger, blame } = this.modules;
    const connected = (): boolean => network.peers().some((peer) => peer.peerId === peerId);
    while (connected() && !this.ending.signal.aborted) {
      const next = await found.after(await found.askedUpTo(clinic), MAX_ASKED);
      const ready = await this.attached(next, this.clinic);
      if (ready === 0) return;
      const patients = next.slice(0, ready);
      let answer: TokenAnswer | undefined;
      try {
        for await (const bytes of network.request(
          peerId,
          LINK_TOKENS.protocol,
          encodeAsked(patients),
          this.ending.signal,
        )) {
          answer = decodeTokenAnswer(bytes, patients.length);
        }
      } catch (error) {
        logger.debug({ clinic, code: codeOf(error) }, 'no answer about duplicates');
        blame(peerId, error);
      }
      if (answer === undefined) return;
      for (const { index, handle, kinds } of answer.matches) {
        await this.suggest({ own: patients[index].handle, other: handle, clinic, kinds });
      }
      if (answer.done > 0) await found.setAskedUpTo(clinic, patients[answer.done - 1].number);
      if (answer.done < patients.length) return;
    }
  }

  /** For members alone, about patients that the chain says are theirs: whoever asks stands by it. */
  private async *serve(from: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const asked = decodeAsked(request);
    const { members, found } = this.modules;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const done = await this.attached(asked, member.number);
    const matches: TokenMatch[] = [];
    for (const [index, { handle, tokens }] of asked.slice(0, done).entries()) {
      for (const match of await found.matches(tokens, handle)) {
        if (matches.length === MAX_MATCHES) break;
        matches.push({ index, ...match });
        await this.suggest({ own: match.handle, other: handle, clinic: member.number, kinds: match.kinds });
      }
    }
    yield encodeTokenAnswer({ done, matches });
  }

  /** How many of the first are attached to a clinic, as this node's chain knows. */
  private async attached(patients: readonly { handle: Uint8Array }[], clinic: ClinicNumber): Promise<number> {
    const rows = await this.modules.store.states(patients.map(({ handle }) => patientClinicKey(handle, clinic)));
    const first = rows.findIndex((bytes) => bytes === undefined || !decodePatientClinicRow(bytes).attached);
    return first < 0 ? rows.length : first;
  }

  private async suggest(suggestion: NewSuggestion): Promise<void> {
    if (!(await this.isLinked(suggestion.own, suggestion.other))) await this.modules.found.suggest(suggestion);
  }

  private async isLinked(own: Uint8Array, other: Uint8Array): Promise<boolean> {
    return (await this.modules.links.linked(pairOf(own, other))) !== undefined;
  }

  private rest(ms: number): Promise<void> {
    const { clock } = this.modules;
    const { signal } = this.ending;
    return new Promise((resolve) => {
      const done = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = clock.setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }
}
