// Reads a request body up to a bound that depends on who sends it. What comes after the bound is thrown away unread.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../common/clock.ts';
import { doorError } from '../errors.ts';

export interface BodyOptions {
  readonly maxBytes: number;
  /** How long the rest of a refused body is discarded, so that the sender can read why, before the connection is cut. */
  readonly lingerMs: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws RpcError: too large, not UTF-8, or cut short. */
export async function readBody(request: IncomingMessage, options: BodyOptions, clock: Clock): Promise<string> {
  // Whoever left while it was asked who this is will never send an end.
  if (request.destroyed) throw doorError('rpc.bad-request');
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > options.maxBytes) throw refuse(request, options, clock);
  const chunks: Uint8Array[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= options.maxBytes) chunks.push(chunk);
      else {
        request.removeAllListeners('data');
        reject(refuse(request, options, clock));
      }
    });
    request.on('end', resolve);
    request.on('error', () => reject(doorError('rpc.bad-request')));
    request.on('close', () => reject(doorError('rpc.bad-request')));
  });
  try {
    return decoder.decode(Buffer.concat(chunks));
  } catch {
    throw doorError('rpc.bad-request');
  }
}

function refuse(request: IncomingMessage, { maxBytes, lingerMs }: BodyOptions, clock: Clock): Error {
  discard(request, lingerMs, clock);
  return doorError('rpc.too-large', { maxBytes });
}

/** Throws the rest away unread; whoever goes on sending after that time is cut. */
export function discard(request: IncomingMessage, lingerMs: number, clock: Clock): void {
  request.resume();
  const timer = clock.setTimeout(() => request.socket.destroy(), lingerMs);
  request.once('end', () => clock.clearTimeout(timer));
  request.once('close', () => clock.clearTimeout(timer));
}
