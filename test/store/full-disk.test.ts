// A disk that refuses a write in the middle. Owns the claim that nothing acknowledged afterwards is lost.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { temporaryDirectory } from './chain-fixture.ts';

const WRITER = fileURLToPath(new URL('limited-writer.ts', import.meta.url));
/** Of 512 bytes each: less than the long row takes. */
const FILE_BLOCKS = 400;

test.skipIf(process.platform === 'win32')(
  'keeps what it acknowledges after a write that the disk refused in the middle',
  async () => {
    const directory = await temporaryDirectory();
    const path = join(directory.path, 'database');
    const limited = `ulimit -f ${FILE_BLOCKS} && exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', limited, process.execPath, WRITER, path]);
    const after = Array.from({ length: 5 }, (_, n) => `after-${n}`);
    expect(JSON.parse(stdout)).toEqual(['before', 'store.disk-full', ...after]);

    const database = new LocalDatabase({ path, name: 'outbox', key: new Uint8Array(32) });
    await database.open();
    const found: string[] = [];
    for await (const [key] of database.range({ prefix: new Uint8Array(0) })) found.push(new TextDecoder().decode(key));
    await database.close();
    await directory.remove();
    expect(found).toEqual([...after, 'before']);
  },
  20_000,
);
