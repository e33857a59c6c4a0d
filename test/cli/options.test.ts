// The command line as a value: what every command says of itself.
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../cli/main.ts';

const below = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...below(one)]);

it('has no option of a command that the program takes for its own, wherever it stands', () => {
  const program = buildProgram();
  const own = new Set(program.options.flatMap(({ long, short }) => [long, short]));
  const taken = below(program).flatMap((command) =>
    command.options.filter(({ long, short }) => own.has(long) || (short !== undefined && own.has(short))),
  );
  expect(taken.map(({ flags }) => flags)).toEqual([]);
});
