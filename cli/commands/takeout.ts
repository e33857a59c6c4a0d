// `wardmesh takeout`: everything that a clinic wrote of one patient, for that patient, as one encrypted file with proofs.
import type { Command } from 'commander';
import type { TakeoutFlags } from '../takeout-file.ts';
import { lookup } from './patient-options.ts';

export function addTakeoutCommand(program: Command): void {
  lookup(
    program
      .command('takeout <patient>')
      .description('everything that the clinic wrote of a patient, encrypted, with proofs that wardmesh verify checks')
      .requiredOption('--out <file>', 'the file to write')
      .option('--passphrase-file <path>', 'passphrase to encrypt under (WARDMESH_PASSPHRASE)')
      .option('--recipient <age1...>', 'encrypt to age keys instead', (value: string, all: string[] = []) => [
        ...all,
        value,
      ]),
  ).action(async (patient: string, flags: TakeoutFlags, command: Command) => {
    const { writeTakeout } = await import('../takeout-file.ts');
    await writeTakeout(patient, flags, command);
  });
}
