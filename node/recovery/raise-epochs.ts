// Where rows of a category stand under an epoch whose key is not here, a new key comes above it: an epoch never begins twice.
// The rows open when who has that key gives it back. Gives the categories.
import { randomBytes } from '#crypto';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { CATEGORY_KEY_BYTES } from '../../records/chart/packet.ts';
import { type ChartStore, putSecret } from '../charts/chart-store.ts';
import type { ChartRef } from '../charts/layout.ts';

export async function raiseEpochs(
  store: ChartStore,
  ref: ChartRef,
  of: readonly Category[] = CATEGORIES,
): Promise<Category[]> {
  const raised: Category[] = [];
  const seen = new Map<Category, number>();
  const see = (category: Category, epoch: number): void => {
    seen.set(category, Math.max(epoch, seen.get(category) ?? 0));
  };
  for await (const { category, epoch, facts } of store.rows(ref)) {
    see(category, epoch);
    if (facts !== undefined) see('consent', facts.epoch);
  }
  for (const { epoch } of await store.terms(ref)) see('consent', epoch);
  for (const [category, epoch] of seen) {
    if (!of.includes(category)) continue;
    const newest = (await store.secrets(ref, category)).at(-1);
    if (newest !== undefined && newest.epoch >= epoch) continue;
    await store.batch([putSecret(ref, category, { epoch: epoch + 1, key: randomBytes(CATEGORY_KEY_BYTES) })]);
    raised.push(category);
  }
  return raised;
}
