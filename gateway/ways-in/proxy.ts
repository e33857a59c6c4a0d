// The reverse proxy: every request is judged, what passes is streamed to the application and back. HTTP/1.1 and, over TLS,
// HTTP/2 in front; HTTP/1.1 behind; WebSockets pass through. Without a front door it is a plain proxy.
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AddressTruth } from '../address-truth.ts';
import { AtOnce } from '../limits/at-once.ts';
import { type NetworkKey, networkKey } from '../network-key.ts';
import type { Page } from '../pages/page.ts';
import { beginningOf, hasBody, readText } from './body.ts';
import { isOver, onceOver } from './ending.ts';
import type { FrontDoor, Passage } from './front-door.ts';
import { answerHeaders, requestHeaders } from './headers.ts';
import { type NodeRequest, type NodeResponse, sendPage, visitOf } from './node-visit.ts';
import { isOwnPath, MAX_FORM_CHARS, type OwnPages } from './own-pages.ts';
import { passUpgrade, refuseUpgrade } from './upgrade.ts';
import type { Upstream } from './upstream.ts';
import type { Visit } from './visit.ts';

export interface ProxyModules {
  readonly upstream: Upstream;
  readonly proxies: AddressTruth;
  /** Undefined: nothing is judged. */
  readonly door: FrontDoor | undefined;
  readonly own: OwnPages | undefined;
}

/** Connections that were upgraded and are open: of all clients, and of one (an IPv4 address, an IPv6 /64). */
export const MAX_UPGRADED = 10_000;
export const MAX_UPGRADED_PER_CLIENT = 128;
/** Requests that wait for the application or are being answered, likewise. */
export const MAX_EXCHANGES = 20_000;
export const MAX_EXCHANGES_PER_CLIENT = 256;
/** Bytes of a body that nobody wants. */
export const MAX_BODY_READ_AWAY = 1024 * 1024;
const TOO_MANY: Page = { status: 503, headers: { 'retry-after': '1' }, body: '' };
const NO_SUCH_UPGRADE: Page = { status: 501, headers: {}, body: '' };
const NOTHING: ReadonlySet<string> = new Set();

export class GatewayProxy {
  private readonly modules: ProxyModules;
  private readonly upgraded = new AtOnce({ perKey: MAX_UPGRADED_PER_CLIENT, inAll: MAX_UPGRADED });
  private readonly exchanges = new AtOnce({ perKey: MAX_EXCHANGES_PER_CLIENT, inAll: MAX_EXCHANGES });

  constructor(modules: ProxyModules) {
    this.modules = modules;
  }

  /** A listener of `request`. */
  readonly request = (request: NodeRequest, response: NodeResponse): void => {
    const visit = this.visitOf(request);
    const { door } = this.modules;
    if (door === undefined) {
      this.pass(request, response, visit, undefined);
      return;
    }
    if (isOwnPath(visit.url)) {
      this.answerOwn(request, response, visit).catch(() => destroy(response));
      return;
    }
    const tooLong = door.tooLong(visit);
    if (tooLong !== undefined) {
      this.refuse(request, response, tooLong);
      return;
    }
    const admission = door.admit(hasBody(request) ? { ...visit, body: () => beginningOf(request) } : visit);
    if (!(admission instanceof Promise)) {
      if ('passage' in admission) this.pass(request, response, visit, admission.passage);
      else this.refuse(request, response, admission.page);
      return;
    }
    admission.then(
      (late) =>
        'passage' in late
          ? this.pass(request, response, visit, late.passage)
          : this.refuse(request, response, late.page),
      () => this.refuse(request, response, door.unavailable(visit, 502)),
    );
  };

  /** A listener of `upgrade`. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Uint8Array): void => {
    // Until it is piped, nobody else hears of its errors.
    socket.on('error', () => socket.destroy());
    // Quiet WebSockets stay open; who they belong to keeps them alive.
    (socket as Socket).setTimeout?.(0);
    this.admitUpgrade(request, socket, head).catch(() => socket.destroy());
  };

  private async admitUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): Promise<void> {
    const { door, upstream, proxies } = this.modules;
    if (!isWebSocket(request)) return refuseUpgrade(socket, NO_SUCH_UPGRADE);
    const visit = this.visitOf(request);
    const tooLong = door?.tooLong(visit);
    if (tooLong !== undefined) return refuseUpgrade(socket, tooLong);
    const admission = door === undefined ? undefined : await door.admit(visit);
    if (socket.destroyed) return;
    if (admission !== undefined && 'page' in admission) return refuseUpgrade(socket, admission.page);
    const client = clientOf(visit, admission?.passage);
    if (!this.upgraded.enter(client)) return refuseUpgrade(socket, TOO_MANY);
    const headers = requestHeaders(visit, proxies.trusts(visit.peer), 'websocket');
    const done = (): void => this.upgraded.leave(client);
    passUpgrade(
      upstream,
      { visit, headers, socket, head },
      {
        done,
        inward: door?.inward ?? NOTHING,
        answered: (status, answer) =>
          admission === undefined ? undefined : door?.answered(admission.passage, status, answer),
        unavailable: (status) => door?.unavailable(visit, status) ?? { status, headers: {}, body: '' },
      },
    );
  }

  private visitOf(request: NodeRequest): Visit {
    const said = this.modules.proxies.trusts(request.socket.remoteAddress)
      ? request.headers['x-forwarded-proto']
      : undefined;
    return visitOf(request, request.url, said === 'https');
  }

  private async answerOwn(request: NodeRequest, response: NodeResponse, visit: Visit): Promise<void> {
    const { door, own } = this.modules;
    if (door === undefined || own === undefined) return;
    const form = visit.method === 'POST' ? await readText(request, MAX_FORM_CHARS) : '';
    if (form === undefined) {
      this.refuse(request, response, { status: 413, headers: { connection: 'close' }, body: '' });
      return;
    }
    sendPage(response, await own.answer(visit, await door.factsOf(visit), form), visit.method === 'HEAD');
  }

  /** What is left of a short body is read away, so that the connection can go on; for a long one it ends. */
  private refuse(request: NodeRequest, response: NodeResponse, page: Page): void {
    request.resume();
    if (response.headersSent) return;
    const { 'transfer-encoding': chunked, 'content-length': length = '0' } = request.headers;
    const long = chunked !== undefined || Number(length) > MAX_BODY_READ_AWAY;
    if (long && !('stream' in response)) response.setHeader('connection', 'close');
    sendPage(response, page, request.method === 'HEAD');
  }

  private pass(request: NodeRequest, response: NodeResponse, visit: Visit, passage: Passage | undefined): void {
    // While it was judged the client may have left: nothing would give its place back.
    if (isOver(request, response)) return;
    const { upstream, proxies, door } = this.modules;
    const client = clientOf(visit, passage);
    if (!this.exchanges.enter(client)) {
      this.refuse(request, response, TOO_MANY);
      return;
    }
    const exchange = {
      method: visit.method,
      path: visit.url,
      headers: requestHeaders(visit, proxies.trusts(visit.peer)),
    };
    let gone = false;
    let sent: ClientRequest | undefined;
    onceOver(request, response, () => {
      this.exchanges.leave(client);
      if (response.writableEnded) return;
      gone = true;
      sent?.destroy();
    });
    const send = (): void => {
      if (gone) return;
      sent = upstream.exchange(request, exchange, {
        answered: (answer) => {
          const status = answer.statusCode ?? 502;
          if (passage !== undefined) door?.answered(passage, status, answer.headers);
          const headers = answerHeaders(answer.rawHeaders, answer.headers.connection, door?.inward ?? NOTHING);
          if (passage !== undefined)
            for (const [name, value] of Object.entries(passage.fields)) headers.push(name, value);
          writeHead(response, status, headers);
          answer.pipe(response as NodeJS.WritableStream);
          answer.once('error', () => destroy(response));
        },
        failed: (why) => {
          if (gone) return;
          if (response.headersSent) destroy(response);
          else this.refuse(request, response, this.unavailable(visit, why === 'timeout' ? 504 : 502));
        },
        again: send,
        gone: () => gone,
      });
    };
    // Once every request of this turn is judged, so that all are written one after the other: an application that handles one
    // in less time than the next takes to judge would be woken for each.
    setImmediate(send);
  }

  private unavailable(visit: Visit, status: 502 | 504): Page {
    return this.modules.door?.unavailable(visit, status) ?? { status, headers: {}, body: '' };
  }
}

/** The one protocol that is let through: what others carry, nobody here could judge. */
export function isWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

function clientOf({ peer = '' }: Visit, passage: Passage | undefined): NetworkKey {
  return passage === undefined ? peer : networkKey(passage.facts.client);
}

function writeHead(response: NodeResponse, status: number, headers: string[]): void {
  if ('stream' in response) {
    // HTTP/2 takes no flat lists.
    response.statusCode = status;
    for (let i = 0; i < headers.length; i += 2) response.appendHeader(headers[i], headers[i + 1]);
    return;
  }
  response.writeHead(status, headers);
}

function destroy(response: NodeResponse): void {
  if ('stream' in response) response.stream?.close();
  else response.destroy();
}
