// `wardmesh devnet`: four clinics of three organisations on this machine. Owns the flags; the running is devnet/run.ts.
import type { Command } from 'commander';

export function addDevnetCommand(program: Command): void {
  program
    .command('devnet')
    .description('run four clinics of three organisations on this machine; resumes where it stopped')
    .option('--fresh', 'forget the former network and begin a new one')
    .action(async (options: { fresh?: boolean }) => {
      const { runDevnet } = await import('../devnet/run.ts');
      await runDevnet(options.fresh === true);
    });
}
