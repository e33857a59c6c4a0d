// A process of its own whose files may not grow beyond a limit, as if the disk were full: writes, meets the limit, goes on.
// Prints as JSON what each write came to; the test looks at what a new process finds.
import { randomBytes } from '#crypto';
import { codeOf } from '../../common/errors.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';

const path = process.argv[2] ?? '';
const database = new LocalDatabase({ path, name: 'outbox', key: new Uint8Array(32) });
await database.open();
const ends: string[] = [];
const write = async (name: string, length: number): Promise<void> => {
  const put = { type: 'put', key: new TextEncoder().encode(name), value: randomBytes(length) } as const;
  ends.push(
    await database.batch([put], { sync: true }).then(
      () => name,
      (error) => codeOf(error) ?? 'unknown',
    ),
  );
};
await write('before', 1_000);
await write('too-long', 400_000);
for (let n = 0; n < 5; n++) await write(`after-${n}`, 1_000);
console.log(JSON.stringify(ends));
