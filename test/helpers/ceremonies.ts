// Ceremonies in tests of whole nodes: waiting for the shares of every clinic.
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import type { TestNodes } from './nodes.ts';
import { waitFor } from './wait-for.ts';

/**
 * Until every clinic holds its share of a key that clinic 2 has begun. On a slow machine a step may take longer than its
 * blocks, for one clinic or for all: then clinic 2 begins again.
 */
export async function sharesHeld(net: TestNodes, asked: ParamsIn<'ceremony_begin'>, timeoutMs: number): Promise<void> {
  const held = async (): Promise<boolean> => {
    const all = await Promise.all(
      net.numbers.map(async (number) => {
        const { keys } = await net.client(number).call('ceremony_status', {});
        return keys.find(({ purpose }) => purpose === asked.purpose);
      }),
    );
    if (all.every((one) => one?.key?.held === true && one.key.generation > 0)) return true;
    const over = all.every((one) => ['made', 'failed'].includes(String(one?.ceremony?.step)));
    // Refused while another is about to begin.
    if (over) {
      await net
        .client(2)
        .call('ceremony_begin', asked)
        .catch(() => undefined);
    }
    return false;
  };
  await waitFor(held, { timeoutMs, intervalMs: 300, what: `the shares of the ${asked.purpose} key at all clinics` });
}
