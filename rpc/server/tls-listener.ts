// The doors' own TLS: a listener whose certificate can be changed while connections go on, and that tells whoever speaks
// plain HTTP to it where to go. Owns no certificate: that comes from a TlsSource.

import type { RequestListener, Server } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { bareAnswer } from './bare-answer.ts';

export interface TlsSource {
  /** PEM texts as of now; the certificate with its chain. */
  current(): { readonly key: string; readonly certificate: string };
  /** Calls when `current` gives others. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

export interface TlsListenerOptions {
  /** How long a connection may take to its first byte, and from there to the end of the handshake. */
  readonly handshakeTimeoutMs: number;
  /** Whether a Host header names this node. */
  isHost(host: string): boolean;
}

/** Forward secrecy and authenticated encryption; those of TLS 1.3 stand for themselves. */
const CIPHERS = [
  ...['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
].join(':');

const FIXED = { minVersion: 'TLSv1.2', ciphers: CIPHERS, honorCipherOrder: false } as const;
const HANDSHAKE_RECORD = 0x16;

/** A server that is not yet listening; it takes the changes of `source` until it is closed. */
export function tlsServer(
  source: TlsSource,
  options: TlsListenerOptions,
  serverOptions: https.ServerOptions,
  handler: RequestListener,
): https.Server {
  const { handshakeTimeoutMs } = options;
  const context = (): { key: string; cert: string } => {
    const { key, certificate } = source.current();
    return { key, cert: certificate };
  };
  const server = https.createServer(
    { ...serverOptions, ...FIXED, ...context(), handshakeTimeout: handshakeTimeoutMs },
    handler,
  );
  const unsubscribe = source.onChange(() => server.setSecureContext({ ...FIXED, ...context() }));
  server.once('close', unsubscribe);
  lookFirst(server, options);
  return server;
}

/** Puts a look at the first byte before the handshake. */
function lookFirst(server: https.Server, { handshakeTimeoutMs, isHost }: TlsListenerOptions): void {
  const handshakes = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const fail = (): unknown => socket.destroy();
    socket.on('error', fail);
    socket.setTimeout(handshakeTimeoutMs, fail);
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return socket.destroy();
      socket.setTimeout(0, fail);
      if (first[0] !== HANDSHAKE_RECORD) return answerPlain(socket, first, isHost);
      socket.off('error', fail);
      // The handshake begins with what is in the socket's buffer.
      socket.unshift(first);
      for (const handshake of handshakes) handshake.call(server, socket);
    });
  });
  // Connections that are not yet requests are known here alone.
  const closeRequests = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeRequests();
    for (const socket of open) socket.destroy();
  };
}

const READING = /^(?:GET|HEAD) (\/[\x21-\x7e]*) HTTP\/1\.[01]\r\n/;
const HOST = /\r\nhost:[ \t]*([\w.:[\]-]{1,255})[ \t]*\r\n/i;

/** A browser is sent to the same page; programs, which may have sent a secret, get an error. */
function answerPlain(socket: Socket, first: Buffer, isHost: (host: string) => boolean): void {
  const text = first.toString('latin1');
  const path = READING.exec(text)?.[1];
  const host = HOST.exec(text)?.[1];
  const error = { code: 'rpc.tls-only', message: 'This port speaks HTTPS' };
  if (path === undefined || host === undefined || !isHost(host)) bareAnswer(socket, 400, error);
  else bareAnswer(socket, 308, error, { location: `https://${host}${path}` });
}
