// Writes docs/CLI.md from the program that cli/main.ts builds: commands, options, defaults, exit codes.
// Owns the page's wording around them; a test compares page and program.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argument, Command, Option } from 'commander';
import { EXIT_MEANINGS } from '../cli/exit.ts';
import { buildProgram } from '../cli/main.ts';
import { environmentName, flagName, OPTION_KEYS, OPTIONS } from '../node/config/options.ts';

const INTRODUCTION = `# Command reference

Made from the program by \`node scripts/gen-cli-docs.ts\`; do not edit.

In a clone: \`npx wardmesh COMMAND\`. The options below the first heading go with every command. Commands that ask a node
find the operator token of a \`devnet\` clinic on the same machine by themselves; other clinics want \`--token\` or
\`WARDMESH_TOKEN\`: the content of \`operator.token\` in their data directory. With \`--json\` an error is JSON too, on
standard error. \`wardmesh complete bash\` (zsh, fish, powershell) prints a script for shell completion.
`;

export function cliPage(): string {
  const program = buildProgram();
  return [INTRODUCTION, ...commandText(program, ''), exitText(), configText()].join('\n');
}

function commandText(command: Command, path: string): string[] {
  const name = `${path}${command.name()}`;
  const heading = path === '' ? '##' : '###';
  const parts = [
    `${heading} ${[name, ...command.registeredArguments.map(argumentText)].join(' ')}`,
    '',
    sentence(command),
  ];
  const rows = [
    ...command.registeredArguments.filter(({ description }) => description !== '').map(argumentRow),
    ...command.options.filter(({ hidden }) => !hidden).map(optionRow),
  ];
  if (rows.length > 0) parts.push('', '| | |', '|---|---|', ...rows);
  return [`${parts.join('\n')}\n`, ...command.commands.flatMap((child) => commandText(child, `${name} `))];
}

function sentence(command: Command): string {
  const text = command.description();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function argumentText(argument: Argument): string {
  const inner = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${inner}>` : `[${inner}]`;
}

function argumentRow(argument: Argument): string {
  return `| \`${argumentText(argument)}\` | ${cell(argument.description)}${choices(argument.argChoices)} |`;
}

function optionRow(option: Option): string {
  const { flags, description, defaultValue, defaultValueDescription, mandatory } = option;
  const empty = defaultValue === undefined || (Array.isArray(defaultValue) && defaultValue.length === 0);
  const standard =
    empty || defaultValue === false ? '' : ` (default \`${defaultValueDescription ?? String(defaultValue)}\`)`;
  return `| \`${cell(flags)}\` | ${cell(description)}${choices(option.argChoices)}${standard}${mandatory ? ' (required)' : ''} |`;
}

function choices(values: readonly string[] | undefined): string {
  return values === undefined ? '' : `: ${values.map((value) => `\`${value}\``).join(', ')}`;
}

function exitText(): string {
  const rows = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ['## Exit codes', '', '| code | meaning |', '|---|---|', ...rows, ''].join('\n');
}

function configText(): string {
  const rows = OPTION_KEYS.map((key) => {
    const { help, standard } = OPTIONS[key];
    return `| \`${key}\` | \`--${flagName(key)}\` | \`${environmentName(key)}\` | \`${JSON.stringify(standard)}\` | ${cell(help)} |`;
  });
  return [
    '## Configuration of a node',
    '',
    'One name everywhere: the path in `wardmesh.json` of the data directory, the variable, the flag of `start`. A flag goes',
    'before a variable, a variable before the file. Lists are comma-separated in flags and variables.',
    '',
    '| key | flag | variable | default | what |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/CLI.md', import.meta.url), cliPage());
}
