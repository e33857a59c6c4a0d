// The version of this build, from package.json.
import { readFileSync } from 'node:fs';

const path = new URL(import.meta.url.includes('/dist/') ? '../../package.json' : '../package.json', import.meta.url);

export const VERSION: string = JSON.parse(readFileSync(path, 'utf8')).version;
