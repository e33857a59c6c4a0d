// Shell completion, from the completion library for commander: `wardmesh complete bash|zsh|fish|powershell`.
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

export function addCompletion(program: Command): void {
  tab(program);
}
