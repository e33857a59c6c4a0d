// The command line as a value: what every command says of itself.
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../cli/main.ts';
import { loadConfig } from '../../node/config/load.ts';
import { flagName, OPTION_KEYS, OPTIONS } from '../../node/config/options.ts';

const below = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...below(one)]);

it('has no option of a command that the program takes for its own, wherever it stands', () => {
  const program = buildProgram();
  const own = new Set(program.options.flatMap(({ long, short }) => [long, short]));
  const taken = below(program).flatMap((command) =>
    command.options.filter(({ long, short }) => own.has(long) || (short !== undefined && own.has(short))),
  );
  expect(taken.map(({ flags }) => flags)).toEqual([]);
});

it('takes a switch that is named without a value as on', () => {
  const start = buildProgram().commands.find((command) => command.name() === 'start')!;
  const switches = OPTION_KEYS.filter((key) => typeof OPTIONS[key].standard === 'boolean');
  expect(switches).toContain('feeds.stix');
  for (const key of switches) {
    const option = start.options.find(({ long }) => long === `--${flagName(key)}`)!;
    expect([option.optional, option.presetArg]).toEqual([true, 'true']);
    expect(loadConfig({ flags: { [flagName(key)]: String(option.presetArg) } })[key]).toBe(true);
  }
});
