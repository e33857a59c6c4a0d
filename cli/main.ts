// The `wardmesh` command: builds the program, runs it, turns failures into a message and an exit code.
// Owns no command; those live in commands/, one file per area.
import { Command, CommanderError } from 'commander';
import { VERSION } from '../node/version.ts';
import { addAccountCommands } from './commands/account.ts';
import { addApiKeyCommands } from './commands/apikey.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addBlobCommands } from './commands/blob.ts';
import { addCeremonyCommands } from './commands/ceremony.ts';
import { addChainCommands } from './commands/chain.ts';
import { addConfigCommand } from './commands/config.ts';
import { addConsentCommands } from './commands/consent.ts';
import { addDevnetCommand } from './commands/devnet.ts';
import { addEmergencyCommands } from './commands/emergency.ts';
import { addErasureCommands } from './commands/erasure.ts';
import { addGatewayCommand } from './commands/gateway.ts';
import { addIdentifierCommands } from './commands/identifier.ts';
import { addInitCommand } from './commands/init.ts';
import { addJoinCommand } from './commands/join.ts';
import { addKeyCommand } from './commands/key.ts';
import { addLogCommands } from './commands/log.ts';
import { addMailCommands } from './commands/mail.ts';
import { addMemberCommands } from './commands/member.ts';
import { addMineCommands } from './commands/mine.ts';
import { addNodeCommands } from './commands/node.ts';
import { addOutboxCommand } from './commands/outbox.ts';
import { addPatientCommands } from './commands/patient.ts';
import { addPeerCommands } from './commands/peer.ts';
import { addRecordCommands } from './commands/record.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addSessionCommands } from './commands/session.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStartCommand } from './commands/start.ts';
import { addTakeoutCommand } from './commands/takeout.ts';
import { addTakeOverCommands } from './commands/takeover.ts';
import { addThreatCommands } from './commands/threat.ts';
import { addUserCommands } from './commands/user.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWalletCommands } from './commands/wallet.ts';
import { addCompletion } from './completion.ts';
import { EXIT, EXIT_MEANINGS, exitFor } from './exit.ts';
import { sayError } from './output/say.ts';

/** The whole command line as a value: for running, for completion, for the reference page. */
export function buildProgram(): Command {
  const program = new Command('wardmesh')
    .description('A peer-to-peer blockchain node for clinics')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--json', 'print JSON, one document')
    .option('--node <url>', 'the node to talk to (WARDMESH_NODE)')
    .option(
      '--token <token>',
      "the node's operator token (WARDMESH_TOKEN; found by itself for the clinic of WARDMESH_DATA and for a devnet clinic of this machine)",
    )
    .option(
      '--certificate <file>',
      'certificate that the node is known by, where it signed it itself (WARDMESH_CERTIFICATE; found by itself as the token is)',
    )
    .addHelpText(
      'after',
      `\nExit codes:\n${Object.entries(EXIT_MEANINGS)
        .map(([code, text]) => `  ${code}  ${text}`)
        .join('\n')}`,
    );
  addDevnetCommand(program);
  addInitCommand(program);
  addJoinCommand(program);
  addStartCommand(program);
  addNodeCommands(program);
  addMemberCommands(program);
  addKeyCommand(program);
  addApiKeyCommands(program);
  addChainCommands(program);
  addCeremonyCommands(program);
  addPatientCommands(program);
  addRecordCommands(program);
  addConsentCommands(program);
  addTakeoutCommand(program);
  addEmergencyCommands(program);
  addErasureCommands(program);
  addGatewayCommand(program);
  addBlobCommands(program);
  addIdentifierCommands(program);
  addAuditCommands(program);
  addTakeOverCommands(program);
  addAccountCommands(program);
  addUserCommands(program);
  addSessionCommands(program);
  addLogCommands(program);
  addMailCommands(program);
  addPeerCommands(program);
  addThreatCommands(program);
  addMineCommands(program);
  addWalletCommands(program);
  addOutboxCommand(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addVerifyCommand(program);
  addConfigCommand(program);
  addSimulateCommand(program);
  hintHelp(program);
  return program;
}

/** Runs one command line (without `node` and the script) and sets the exit code of the process. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = buildProgram();
  addCompletion(program);
  throwInsteadOfExit(program);
  let asked: Command | undefined;
  program.hook('preAction', (_, command) => {
    asked = command;
  });
  // `wardmesh chain export | head`: whoever reads has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const json = program.opts().json === true;
    sayError(error, json);
    process.exitCode = exitFor(error);
    if (process.exitCode === EXIT.usage && asked !== undefined && !json) process.stderr.write(`${helpHint(asked)}\n`);
  }
}

/** After what was mistyped: how the command at hand is used, not all of them. */
function hintHelp(command: Command): void {
  command.showHelpAfterError(helpHint(command));
  for (const child of command.commands) hintHelp(child);
}

function helpHint(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  return `(see ${words.join(' ')} --help)`;
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}
