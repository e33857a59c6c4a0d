// Stretches a password off the main thread. What goes in and comes out stays in the memory of this page and its worker.
import { VaultError } from '../../../identity/vault/errors.ts';
import { checkKdf, type Stretch } from '../../../identity/vault/kdf.ts';
import type { StretchAnswer, StretchJob } from './argon2-worker.ts';

/** Throws VaultError `vault.kdf`: the parameters are out of bounds, or the device has not the memory for them. */
export const stretchInWorker: Stretch = (password, salt, kdf) => {
  checkKdf(kdf);
  const worker = new Worker(new URL('./argon2-worker.ts', import.meta.url), { type: 'module', name: 'argon2' });
  return new Promise<Uint8Array>((resolve, reject) => {
    const fail = () => reject(new VaultError({ code: 'vault.kdf', field: 'memoryKiB' }));
    worker.onerror = fail;
    worker.onmessage = ({ data }: MessageEvent<StretchAnswer>) => ('master' in data ? resolve(data.master) : fail());
    const job: StretchJob = { password, salt, kdf };
    worker.postMessage(job);
  }).finally(() => worker.terminate());
};
