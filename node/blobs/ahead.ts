// Takes the next items of a source while one is being used. Owns no order: items come as the source gives them.

/** At most `count` items are taken and not yet asked for. A failure comes when its item is asked for. */
export async function* ahead<T>(
  source: AsyncGenerator<T, void, undefined>,
  count: number,
): AsyncGenerator<T, void, undefined> {
  const taken: Promise<IteratorResult<T, void>>[] = [];
  const take = (): void => {
    const next = source.next();
    next.catch(() => undefined);
    taken.push(next);
  };
  try {
    for (;;) {
      while (taken.length <= count) take();
      const next = await taken.shift();
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return();
  }
}
