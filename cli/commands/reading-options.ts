// How commands say which version of a record they read, in whose chart, and what for.
import type { Command } from 'commander';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';

export interface ReadingOptions {
  readonly clinic?: number;
  readonly recordVersion?: number;
  readonly purpose: NonNullable<ParamsIn<'record_read'>['purpose']>;
}

export function reading(command: Command): Command {
  return command
    .option('--clinic <n>', 'whose chart (default: this clinic)', parseWhole)
    .option('--record-version <n>', 'which version (default: the newest)', parseWhole)
    .option('--purpose <code>', 'TREAT, HPAYMT, HOPERAT, ...', 'TREAT');
}

export function readingOf({ clinic, recordVersion, purpose }: ReadingOptions) {
  return { clinic, version: recordVersion, purpose };
}
