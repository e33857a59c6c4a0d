// Says each thing of a ceremony once: statements of a clinic about one object are all alike, so what waits in the outbox,
// or was applied, is not said again.
import { toHex } from '../../common/bytes.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import type { ClinicAuthor, ClinicStatement } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type OutboxRecord, willStand } from '../outbox/record.ts';

/** Objects of the ceremonies under way. */
const MAX_SAID = 1_024;

export type SayModules = {
  readonly outbox: Pick<Outbox, 'submit' | 'get' | 'list'>;
  readonly author: Pick<ClinicAuthor, 'make'>;
};

export function sayOnce({ outbox, author }: SayModules): (statement: ClinicStatement) => Promise<void> {
  /** By object: the statement that says it. */
  const said = new BoundedMap<string, Uint8Array>({ maxEntries: MAX_SAID });

  return async (statement) => {
    const object = toHex(statement.object);
    const before = said.get(object);
    if (before !== undefined && willStand(outbox.get(before))) return;
    // after a restart the outbox alone remembers
    const queued = outbox.list().find((record) => record.state !== 'done' && objectOf(record) === object);
    if (queued !== undefined) {
      said.set(object, queued.id);
      return;
    }
    const [record] = await outbox.submit([author.make(statement)]);
    said.set(object, record.id);
  };
}

function objectOf({ statement }: OutboxRecord): string {
  return toHex(decodeStatement(statement).object);
}
