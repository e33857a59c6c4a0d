// A relay between clients and a server on loopback that keeps what each side sent, byte for byte.
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** What each connection carried to the server, and back. */
  sent(): Buffer[];
  answered(): Buffer[];
  stop(): Promise<void>;
}

export async function startRelay(to: number): Promise<Relay> {
  const connections: { readonly sent: Buffer[]; readonly answered: Buffer[] }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const connection = { sent: [] as Buffer[], answered: [] as Buffer[] };
    connections.push(connection);
    const onward = connect(to, '127.0.0.1');
    client.on('data', (chunk) => connection.sent.push(chunk));
    onward.on('data', (chunk) => connection.answered.push(chunk));
    client.pipe(onward).pipe(client);
    for (const [socket, other] of [
      [client, onward],
      [onward, client],
    ]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sent: () => connections.map(({ sent }) => Buffer.concat(sent)),
    answered: () => connections.map(({ answered }) => Buffer.concat(answered)),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
