// Servers of tests on free ports, closed together; requests with every header in the hands of the test.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export class Servers {
  private readonly open: Server[] = [];

  async listen(listener: RequestListener | Server): Promise<number> {
    const server = typeof listener === 'function' ? createServer(listener) : listener;
    this.open.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const server of this.open.splice(0)) {
      server.closeAllConnections?.();
      server.close();
      await once(server, 'close');
    }
  }
}

const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  accept: 'text/html,application/xhtml+xml',
  'accept-language': 'en',
};

export async function ask(
  port: number,
  { method = 'GET', path = '/', headers = {}, body }: Asked = {},
): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...BROWSER, ...headers }, agent: false });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}
