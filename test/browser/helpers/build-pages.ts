// Before any browser test: the pages as they are in the tree.
import { ensureWeb } from '../../../scripts/ensure-web.ts';

export async function setup(): Promise<void> {
  await ensureWeb();
}
