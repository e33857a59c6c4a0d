// The thread of the chain database: executes blocks, hashes and writes away from the event loop that serves people and peers.
// Owns nothing but the passing on of calls; client.ts is the other end.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ChainDatabase } from './chain-database.ts';
import { packConnected } from './packed-block.ts';
import type { Connected, StoreOptions } from './ports.ts';
import { type Answer, type Call, packError, tight, transfers } from './worker-protocol.ts';

function serve(port: MessagePort, options: StoreOptions): void {
  const store = new ChainDatabase(options);

  const answer = async ({ id, method, args }: Call): Promise<void> => {
    try {
      const call = store[method] as (...args: unknown[]) => Promise<unknown>;
      const given = await call.apply(store, [...args]);
      const result = tight(method === 'connect' ? packConnected(given as Connected) : given);
      port.postMessage({ id, result } satisfies Answer, transfers(result));
    } catch (error) {
      port.postMessage({ id, error: packError(error) } satisfies Answer);
    }
    if (method === 'close') port.close();
  };

  port.on('message', (call: Call) => {
    void answer(call);
  });
}

if (parentPort === null) throw new Error('the store worker is started by its client');
serve(parentPort, workerData as StoreOptions);
