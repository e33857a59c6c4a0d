// The search for duplicates as clinics run it, several of them in one process: identifiers and link tokens through evaluations
// by a threshold of them, rows in their databases, one asking the other. What is missing is the chain, which has every patient
// attached here, and the sockets with the limits per second of what goes over them: requests are calls.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signingKeyPair } from '#crypto';
import { type Clock, systemClock } from '../../common/clock.ts';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { createLogger } from '../../common/logger.ts';
import { encodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { LinkTokens } from '../../identity/patient/link-tokens.ts';
import { SealedPidCache } from '../../identity/patient/pid-cache.ts';
import { Slots } from '../../identity/slots.ts';
import type { Shares } from '../../node/ceremony/shares.ts';
import { CLINICAL } from '../../node/clinical-namespaces.ts';
import { assembleIdentifiers, type Identifiers } from '../../node/identifiers/assemble.ts';
import type { MemberSets } from '../../node/members/member-sets.ts';
import { SuggestionStore } from '../../node/patients/suggestion-store.ts';
import { Suggestions } from '../../node/patients/suggestions.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { localCache, localKeyValues } from '../../node/store/local-key-values.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, RequestHandler } from '../../p2p/ports.ts';
import { dealShares } from './deal-shares.ts';
import { waitFor } from './wait-for.ts';

export const SEARCHING = [1, 2, 3];
export const SEARCH_THRESHOLD = 2;
const PATIENTS = 20_000;
const ATTACHED = encodePatientClinicRow({
  ...{ attached: true, version: 1, ended: 0, changed: 0, statement: new Uint8Array(32) },
});
const silent = createLogger({ level: 'silent' });
/** Tokens are computed without the rests between them, which leave time to others. */
const restless: Clock = { ...systemClock, monotonic: () => 0 };
/** Identifiers are equal where numbers are, at any cost of the slow hash. */
const quick = () => new Slots({ limit: 2 }, { scrypt: async (secret) => secret.slice(0, 32) });

export interface SearchingClinic extends Identifiers {
  readonly suggestions: Suggestions;
  readonly found: SuggestionStore;
}

export class DuplicateSearch {
  readonly clinics: ReadonlyMap<number, SearchingClinic>;
  private readonly directory: string;
  private readonly databases: readonly LocalDatabase[];

  static async open(): Promise<DuplicateSearch> {
    const directory = await mkdtemp(join(tmpdir(), 'wardmesh-duplicates-'));
    const databases = SEARCHING.map(
      (clinic) => new LocalDatabase({ path: join(directory, `${clinic}`), name: 'clinical data', key: keyOf(clinic) }),
    );
    for (const database of databases) await database.open();
    return new DuplicateSearch(directory, databases);
  }

  private constructor(directory: string, databases: readonly LocalDatabase[]) {
    this.directory = directory;
    this.databases = databases;
    const { secretKey, publicKey } = oprfKeyPair(new Uint8Array(32).fill(4));
    const dealt = dealShares(secretKey, SEARCH_THRESHOLD, SEARCHING);
    const holders = dealt.map((share, at) => ({ clinic: SEARCHING[at], ...share }));
    const key = {
      purpose: 'identifier',
      generation: 1,
      publicKey,
      threshold: SEARCH_THRESHOLD,
      holders,
      origin: 2,
    } as const;
    const wires = new Map<string, Map<string, RequestHandler>>();
    this.clinics = new Map(
      databases.map((database, at) => {
        const clinic = SEARCHING[at];
        const network = wireOf(peerOf(clinic), wires);
        const shares: Shares = {
          current: () => key,
          at: (_, generation) => (generation === 1 ? key : undefined),
          own: () => dealt[at].share,
          onChange: () => () => {},
        };
        const storageKey = keyOf(clinic);
        const blames = {
          blame: async (_: string, error: unknown) => {
            throw error;
          },
        };
        const perDay = { identifier: PATIENTS, link: 6 * PATIENTS };
        const identifiers = assembleIdentifiers(
          { clinic, storageKey, perDay },
          {
            ...{ network, members, shares, blames, slots: quick(), clock: restless, logger: silent },
            store: localKeyValues(database, CLINICAL.quotas),
            cache: new SealedPidCache({ storageKey }, { store: localCache(database, CLINICAL.identifiers) }),
          },
        );
        const found = new SuggestionStore(
          { storageKey },
          { store: localKeyValues(database, CLINICAL.suggestions), now: () => Date.now() },
        );
        const suggestions = new Suggestions(
          { clinic },
          {
            ...{ found, members, network, clock: restless, logger: silent },
            tokens: new LinkTokens({ evaluator: identifiers.linkEvaluator }),
            links: { linked: async () => undefined },
            store: { states: async (keys) => keys.map(() => ATTACHED) },
            blame: (_, error) => {
              throw error;
            },
          },
        );
        return [clinic, { ...identifiers, suggestions, found }];
      }),
    );
  }

  /** Resolves when every clinic has tokens of all its patients and asked every other about each. */
  async finished(timeoutMs: number): Promise<void> {
    for (const [clinic, { found }] of this.clinics) {
      const done = async () => {
        if ((await found.waiting(1)).length > 0) return false;
        const left = await Promise.all(
          SEARCHING.filter((other) => other !== clinic).map(async (other) =>
            found.after(await found.askedUpTo(other), 1),
          ),
        );
        return left.every((patients) => patients.length === 0);
      };
      await waitFor(done, { timeoutMs, intervalMs: 200, what: `the search of clinic ${clinic}` });
    }
  }

  async close(): Promise<void> {
    for (const { suggestions } of this.clinics.values()) await suggestions.stop();
    for (const database of this.databases) await database.close();
    await rm(this.directory, { recursive: true });
  }
}

const keyOf = (clinic: number): Uint8Array => new Uint8Array(32).fill(clinic);
const peerOf = (clinic: number): string => peerIdOf(signingKeyPair(keyOf(clinic)).publicKey);

const members = {
  current: {
    clinics: SEARCHING.map((number) => ({ number, nodeKey: signingKeyPair(keyOf(number)).publicKey })),
    clinic(wanted: number) {
      return this.clinics.find(({ number }) => number === wanted);
    },
  },
} as unknown as Pick<MemberSets, 'current'>;

function wireOf(peerId: string, wires: Map<string, Map<string, RequestHandler>>): Network {
  wires.set(peerId, new Map());
  const wire: Pick<Network, 'peerId' | 'peers' | 'serve' | 'request' | 'onPeer'> = {
    peerId,
    peers: () => [...wires.keys()].filter((other) => other !== peerId).map((other) => ({ peerId: other }) as never),
    serve: ({ protocol }, handler) => wires.get(peerId)!.set(protocol, handler),
    request: (to, protocol, request) => wires.get(to)!.get(protocol)!(peerId, request),
    onPeer: () => () => {},
  };
  return wire as Network;
}
