// The application behind the proxy: connections that are kept, and one exchange over them, streamed both ways with the pace
// of the slower side. Owns no decision.
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { hasBody } from './body.ts';
import type { NodeRequest } from './node-visit.ts';

export interface UpstreamOptions {
  /** `http://host:port` or `https://host:port`. */
  readonly url: URL;
  /** ms until the head of the answer, 60 s by default. */
  readonly answerMs?: number;
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** Name, value, name, value. */
  readonly headers: string[];
}

/** Connections to the application at once; further requests wait for one. */
export const MAX_UPSTREAM_CONNECTIONS = 1_024;
const IDLE_CONNECTIONS = 256;
const ANSWER_MS = 60_000;
/** A request without a body may be sent again when a kept connection had ended under it. */
const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export type UpstreamFailure = 'unreachable' | 'timeout';

export class Upstream {
  readonly answerMs: number;
  private readonly url: URL;
  private readonly agent: Agent;
  private readonly send: typeof httpRequest;

  constructor({ url, answerMs = ANSWER_MS }: UpstreamOptions) {
    const secure = url.protocol === 'https:';
    const settings = { keepAlive: true, maxSockets: MAX_UPSTREAM_CONNECTIONS, maxFreeSockets: IDLE_CONNECTIONS };
    this.url = url;
    this.answerMs = answerMs;
    this.agent = secure ? new TlsAgent(settings) : new Agent(settings);
    this.send = secure ? (httpsRequest as typeof httpRequest) : httpRequest;
  }

  stop(): void {
    this.agent.destroy();
  }

  /** A request whose body the caller pipes and whose events it takes. `agent`: false for a connection of its own. */
  open({ method, path, headers }: Exchange, agent: Agent | false = this.agent): ClientRequest {
    const { hostname, port, protocol } = this.url;
    // Of `[::1]` the brackets belong to the URL.
    const host = hostname.replace(/^\[|\]$/g, '');
    return this.send({ host, port, protocol, method, path, headers, agent, setHost: false });
  }

  /** Sends the request with its body and hands over the answer's head, or says why there is none. Once. */
  exchange(from: NodeRequest, exchange: Exchange, to: ExchangeEnds): ClientRequest {
    const body = hasBody(from);
    const bare = REPEATABLE.has(exchange.method) && !body;
    // Node frames the body of some methods only: without a length it would be read as the next request.
    const framed = body && !hasLength(exchange.headers);
    const upstream = this.open(
      framed ? { ...exchange, headers: [...exchange.headers, 'transfer-encoding', 'chunked'] } : exchange,
    );
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      upstream.destroy();
    }, this.answerMs);
    upstream.once('response', (answer) => {
      clearTimeout(timer);
      to.answered(answer);
    });
    upstream.once('error', () => {
      clearTimeout(timer);
      if (bare && !late && upstream.reusedSocket && !to.gone()) to.again();
      else to.failed(late ? 'timeout' : 'unreachable');
    });
    if (body) from.pipe(upstream);
    else upstream.end();
    return upstream;
  }
}

export interface ExchangeEnds {
  answered(answer: IncomingMessage): void;
  failed(why: UpstreamFailure): void;
  again(): void;
  /** The client left. */
  gone(): boolean;
}

function hasLength(headers: readonly string[]): boolean {
  return headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length');
}
