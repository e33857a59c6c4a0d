// A signal that ends with another one until it lets go.
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linkedAbort } from '../../common/linked-abort.ts';

describe('a linked signal', () => {
  it('ends with its source, with the same reason, also when that is over already', () => {
    const source = new AbortController();
    const linked = linkedAbort(source.signal);
    const reason = new Error('enough');
    source.abort(reason);
    expect(linked.signal.reason).toBe(reason);
    expect(linkedAbort(source.signal).signal.reason).toBe(reason);
  });

  it('ends by itself and leaves the source alone; a reason is given as the standard does', () => {
    const source = new AbortController();
    const linked = linkedAbort(source.signal);
    linked.abort();
    expect(source.signal.aborted).toBe(false);
    expect(linked.signal.reason).toMatchObject({ name: 'AbortError', code: DOMException.ABORT_ERR });
    const reason = new Error('too late');
    const other = linkedAbort(source.signal);
    other.abort(reason);
    expect(other.signal.reason).toBe(reason);
  });

  it('leaves nothing on the source once it let go, and ends with it no more', () => {
    const source = new AbortController();
    const linked = [1, 2, 3].map(() => linkedAbort(source.signal));
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(3);
    for (const one of linked) one.unlink();
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0);
    source.abort();
    expect(linked.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
  });
});
