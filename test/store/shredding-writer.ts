// A process of its own that shreds one row and then waits to be killed. Says on its output when it begins and when the row
// is gone.
import { ShreddableDatabase } from '../../node/store/shreddable-database.ts';

const [path = '', row = ''] = process.argv.slice(2);
const database = new ShreddableDatabase({ path, name: 'keys', key: new Uint8Array(32) });
await database.open();
process.stdout.write('begin\n');
await database.shred({ keys: [new TextEncoder().encode(row)] });
process.stdout.write('gone\n');
setInterval(() => undefined, 60_000);
