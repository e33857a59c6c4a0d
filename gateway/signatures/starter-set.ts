// The signatures that every clinic begins with. They ship with the software, are always in force and are not on the chain.
import type { Signature } from './signature.ts';
import { CODE } from './starter/code.ts';
import { COMMANDS } from './starter/commands.ts';
import { FILES } from './starter/files.ts';
import { signaturesOf } from './starter/row.ts';
import { SCRIPTS } from './starter/scripts.ts';
import { SQL } from './starter/sql.ts';
import { TOOLS } from './starter/tools.ts';

export const STARTER_SET: readonly Signature[] = [...TOOLS, ...FILES, ...SQL, ...SCRIPTS, ...COMMANDS, ...CODE].flatMap(
  signaturesOf,
);
