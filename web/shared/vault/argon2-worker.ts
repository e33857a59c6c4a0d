// The worker in which a password is stretched, so that the page stays responsive: one job, then it ends.
import { codeOf } from '../../../common/errors.ts';
import { type KdfParams, stretch } from '../../../identity/vault/kdf.ts';

export interface StretchJob {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly kdf: KdfParams;
}

export type StretchAnswer = { readonly master: Uint8Array } | { readonly failed: string };

/** What a worker has of its global; the types of the page say `window`. */
interface WorkerScope {
  postMessage(answer: StretchAnswer): void;
  onmessage: ((event: MessageEvent<StretchJob>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { password, salt, kdf } }) => {
  stretch(password, salt, kdf).then(
    (master) => scope.postMessage({ master }),
    (error: unknown) => scope.postMessage({ failed: codeOf(error) ?? 'vault.kdf' }),
  );
};
