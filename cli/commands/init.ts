// `wardmesh init`: a new clinic's keys; a network's genesis from founder files; a clinic joined to that genesis.
// Owns the flags; the work is init-clinic.ts.
import { type Command, Option } from 'commander';
import { dataOption } from '../arguments.ts';
import type { InitOptions } from '../init-clinic.ts';

export function addInitCommand(program: Command): void {
  program
    .command('init')
    .description('make a clinic; with --found make a network of founders; with --genesis join a clinic to its network')
    .addOption(dataOption())
    .option('--name <name>', 'name of the clinic')
    .option('--organisation <name>', 'name of the organisation it is a branch of')
    .option('--address <multiaddr...>', 'where other clinics reach it, e.g. /dns4/clinic.example/tcp/9641', [])
    .option('--own-network <cidr...>', "the clinic's own networks, which are never blocked", [])
    .option('--passphrase-file <file>', 'passphrase of the keystore (default: generated beside it)')
    .option('--found <founder-file...>', 'found a network from these founder files, in the order of their numbers')
    .option('--network <name>', 'name of the new network', 'wardmesh')
    .addOption(
      new Option('--profile <profile>', 'times of the new network')
        .choices(['production', 'development'])
        .default('production'),
    )
    .addOption(
      new Option('--governance <mode>', 'what two thirds of are needed to change the members')
        .choices(['clinic', 'organisation'])
        .default('clinic'),
    )
    .option('--country <code>', 'country of identity numbers typed without one', 'US')
    .option('--id-type <type>', 'type of identity numbers typed without one', 'ssn')
    .option('--out <file>', 'where the genesis file of a new network goes', 'genesis.json')
    .option('--genesis <file>', 'join this clinic to the network of this genesis file')
    .action(async (options: InitOptions, command: Command) => {
      const { init } = await import('../init-clinic.ts');
      await init(options, command.optsWithGlobals().json === true);
    });
}
