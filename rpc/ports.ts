// What the doors ask of the node: handlers for the methods, sessions and API keys, a log of who called what, a source of
// events, the chain as a stream. The node implements these; rpc knows nothing else of it.

import type { IncomingMessage } from 'node:http';
import type { ThreatCategory } from '../common/threat-names.ts';
import type { Decision, Delta, Profile } from '../gateway/lists/crowdsec.ts';
import type { PlacedObject } from '../gateway/lists/stix.ts';
import type { TaxiiPage, TaxiiQuery } from '../gateway/lists/taxii.ts';
import type { TextList } from '../gateway/lists/text-lists.ts';
import type { Page } from '../gateway/pages/page.ts';
import type { ApiKeyRef, Principal, SessionRef } from './access/principal.ts';
import type { BlockView } from './schema/chain.ts';
import type { UploadedEnvelope, UploadedFile } from './schema/file.ts';
import type { Params, Result, ServiceMethodName } from './schema/methods.ts';
import type { StreamFilter, StreamName, StreamValue } from './schema/subscription.ts';

export interface CallContext {
  /** Who calls. The access table has permitted the call; handlers check relations and leave out what others may not see. */
  readonly principal: Principal;
  /** Ends when the caller is gone or the node stops; long calls (tx_wait) heed it. */
  readonly signal: AbortSignal;
  readonly client: ClientFacts;
  /** Undefined on WebSockets and in batches: what sets a cookie refuses there with `session.http-only`. */
  readonly cookies: CookieJar | undefined;
}

/** What is known of the other end of the connection, behind trusted proxies. */
export interface ClientFacts {
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly origin: string | undefined;
  /** Value of the device cookie. */
  readonly device: string | undefined;
  /** The page says that nobody acted: the call does not keep the session alive. */
  readonly passive?: true | undefined;
}

/** Cookies that the answer sets. */
export interface CookieJar {
  /** `endsAt`: ms, the session's absolute end. */
  startSession(secret: string, endsAt: number): void;
  endSession(): void;
  markDevice(value: string): void;
}

export interface Sessions {
  /** The live session whose cookie was shown. Does not count as an act of the person. */
  find(secret: string, client: ClientFacts): Promise<SessionRef | undefined>;
  /** The session of this name as it is now, with the roles of now; for WebSockets, whose cookie was shown once. */
  current(id: string): Promise<SessionRef | undefined>;
  /** The person acted: the idle time begins anew. Not called for passive methods. */
  touch(id: string): void;
  /** The new secret of a session whose rights have changed, once, for the cookie of this answer. */
  renewal(id: string): { readonly secret: string; readonly endsAt: number } | undefined;
  /** WebSockets of an ended session are cut. Returns the unsubscriber. */
  onEnded(listener: (sessionId: string) => void): () => void;
}

export interface ApiKeys {
  /** `secret`: the whole text that stands after `Bearer`. Undefined: none, ended, or not from this address. */
  find(secret: string, client: ClientFacts): Promise<ApiKeyRef | undefined>;
  /** The key as it is now, for WebSockets. */
  current(id: string, client: ClientFacts): Promise<ApiKeyRef | undefined>;
}

/** One call as the event log keeps it: never with parameters. */
export interface AccessEvent {
  readonly principal: Principal;
  readonly method: string;
  readonly outcome: 'permitted' | 'refused';
  /** Why it was refused, or how a permitted call ended when not well. */
  readonly code: string | null;
  /** What the call was about; the log keeps a keyed tag of it, never the value. */
  readonly object: string | null;
  readonly client: ClientFacts;
}

export interface AccessLog {
  record(event: AccessEvent): void;
  /** Resolves when all that was recorded is on disk; rejects when it cannot be. */
  settled(): Promise<void>;
}

export type Handler<M extends ServiceMethodName> = (params: Params<M>, context: CallContext) => Promise<Result<M>>;
/** A thrown CodedError whose code the method declares reaches the caller with its metadata; anything else is an internal error. */
export type Handlers = { readonly [M in ServiceMethodName]: Handler<M> };

/** Calls the listener without waiting for it; the listener never throws. Returns the unsubscriber. */
export interface EventSource {
  subscribe<S extends StreamName>(
    stream: S,
    filter: StreamFilter<S>,
    listener: (value: StreamValue<S>) => void,
  ): () => void;
}

/** A file as a door hands it out. */
export interface OpenFile {
  readonly mediaType: string;
  /** What to save it as. */
  readonly name: string;
  readonly size: number;
  /** The same for the same bytes. */
  readonly tag: string;
  /** From `offset` on, `length` bytes; nothing is given that did not authenticate. */
  read(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** Files that are too large for a call. Refusals are CodedErrors whose code has a status. */
export interface FileDoor {
  /** Of staff: waits until a record takes it up. */
  upload(size: number, source: AsyncIterable<Uint8Array>, context: CallContext): Promise<UploadedFile>;
  /** Ciphertext, of anybody about herself. */
  uploadSealed(size: number, source: AsyncIterable<Uint8Array>, context: CallContext): Promise<UploadedEnvelope>;
  /** What was offered under that name to this caller; decided and written down anew. */
  open(download: string, context: CallContext): Promise<OpenFile>;
  /** A blob of this disk as a CAR file. */
  car(cid: string): Promise<AsyncIterable<Uint8Array>>;
}

/** The clinic's backup as the bytes of an archive. */
export interface BackupStream {
  stream(withChain: boolean, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What a clinic keeps of one patient as the bytes of an archive. */
export interface TakeoutStream {
  /** Throws what lookups throw, before the first byte. */
  open(
    lookup: { readonly patient: string; readonly country?: string | undefined; readonly type?: string | undefined },
    context: CallContext,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Of the patient whose account it is, or of whom the caller is a guardian: a reference. */
  openOwn(context: CallContext, actingFor: string | undefined): Promise<AsyncIterable<Uint8Array>>;
}

/** What is blocked here, for programs of others. */
export interface FeedDoor {
  /** Grows with every change; µs since 1970. */
  readonly sequence: number;
  /** Lines of a file, of one family where it is named. */
  list(format: TextList, family: 4 | 6 | undefined): Iterable<string>;
  decisions(profile: Profile): readonly Decision[];
  /** Since this consumer's last answer; everything for one that is not known. */
  changes(consumer: string, profile: Profile): Delta;
  /** A consumer has everything up to that sequence. */
  arrived(consumer: string, sequence: number): void;
  /** What blocks an address, or all of a network in CIDR form. Throws CodedError `address.*`. */
  decisionsOn(address: string): readonly Decision[];
  /** Undefined where STIX is off. */
  readonly stix: StixDoor | undefined;
}

export interface StixDoor {
  readonly title: string;
  /** A UUID, the same for as long as the network lives. */
  readonly collection: string;
  /** All objects of now. */
  objects(): Iterable<PlacedObject>;
  page(query: TaxiiQuery): TaxiiPage;
}

/** Sources beside the gateway: programs that saw an attack on something else. */
export interface ThreatSources {
  /** `life`: ms, undefined for the usual. Reporting again what is reported already changes nothing. */
  report(
    address: string,
    category: ThreatCategory,
    life: number | undefined,
  ): Promise<{ address: string; until: number; reported: boolean }>;
  /** Takes back what such a source reported, nothing of a person's. */
  takeBack(address: string, category: ThreatCategory): Promise<{ address: string; revoked: number }>;
}

/** Who a request turned out to be from; `forged`: it shows a token or key that is none. */
export type Shown = Principal | 'forged';

/** Judges every request but those of supervisors, before anything else is done for it. */
export interface DoorGuard {
  /** `page` is the answer where it does not go on. */
  admit(request: IncomingMessage, shown: Shown): Promise<{ readonly page: Page } | { readonly passage: GuardPassage }>;
  /** What the guard's own addresses begin with. They are not judged, and are limited as everything else is. */
  readonly ownPaths: string;
  answer(request: IncomingMessage, shown: Shown): Promise<Page>;
}

/** What becomes of a request that the guard let in. */
export interface GuardPassage {
  /** A limit refused something of it; on a WebSocket perhaps long after its beginning. */
  limited(): void;
  /** Once. `signIn`: where credentials were tried. */
  answered(status: number, signIn: 'ok' | 'failed' | undefined): void;
}

/** The main chain from block 0 to the head, in order; pulled one at a time. */
export interface ChainExport {
  blocks(signal: AbortSignal): AsyncIterable<BlockView>;
}
