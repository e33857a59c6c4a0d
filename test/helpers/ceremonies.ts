// Ceremonies in tests of whole nodes: waiting for the shares of every clinic.
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import type { TestNodes } from './nodes.ts';
import { waitFor } from './wait-for.ts';

const LOOK_MS = 300;
/** Ten seconds: longer than a clinic takes to see a block that others have. */
const UNSEEN_LOOKS = 33;

/**
 * Until every clinic holds its share of a key that clinic 2 has begun. On a slow machine a step may take longer than its
 * blocks, for one clinic or for all: then clinic 2 begins again.
 */
export async function sharesHeld(net: TestNodes, asked: ParamsIn<'ceremony_begin'>, timeoutMs: number): Promise<void> {
  /** Looks that found all over and not all shares. */
  let idle = 0;
  const held = async (): Promise<boolean> => {
    const all = await Promise.all(
      net.numbers.map(async (number) => {
        const { keys } = await net.client(number).call('ceremony_status', {});
        return keys.find(({ purpose }) => purpose === asked.purpose);
      }),
    );
    if (all.every((one) => one?.key?.held === true && one.key.generation > 0)) return true;
    const steps = all.map((one) => one?.ceremony?.step);
    idle = steps.every((step) => step === 'made' || step === 'failed') ? idle + 1 : 0;
    // Made and not yet seen by all is no reason for another, which would change the key under the test.
    if (idle > 0 && (steps.includes('failed') || idle > UNSEEN_LOOKS)) {
      idle = 0;
      // Refused while another is about to begin.
      await net
        .client(2)
        .call('ceremony_begin', asked)
        .catch(() => undefined);
    }
    return false;
  };
  await waitFor(held, {
    timeoutMs,
    intervalMs: LOOK_MS,
    what: `the shares of the ${asked.purpose} key at all clinics`,
  });
}
