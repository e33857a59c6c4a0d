// `wardmesh record`: what a refusal is told by.
import { expect, it, vi } from 'vitest';
import { run } from '../../cli/main.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { MemoryLog } from '../helpers/access.ts';
import { TinyKeys } from '../helpers/tiny-sessions.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';

async function list(states: readonly string[], show: 'operator' | 'application') {
  const charts = states.map((state, index) => ({
    ...{ clinic: index + 1, clinicName: null, state, reason: state === 'refused' ? 'consent' : null },
    ...{ by: null, records: [] },
  }));
  const handlers = { record_list: async () => ({ pid: 'p', charts }) } as unknown as Partial<Handlers>;
  const apiKeys = new TinyKeys();
  const door = await openDoor({ handlers, modules: { apiKeys, accessLog: new MemoryLog() } });
  const token = show === 'operator' ? TOKEN : apiKeys.make(['patient/Observation.rs']);
  const before = process.exitCode;
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const complained = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  process.exitCode = 0;
  try {
    await run(['record', 'list', '951-71-0001', '--node', door.url, '--token', token]);
    return process.exitCode;
  } finally {
    said.mockRestore();
    complained.mockRestore();
    process.exitCode = before;
  }
}

it('record list ends with the exit code of a refusal when every clinic refused, and for the operator, who reads no record', async () => {
  expect(await list(['refused', 'unreachable'], 'application')).toBe(4);
  expect(await list(['open', 'refused'], 'application')).toBe(0);
  expect(await list([], 'application')).toBe(0);
  expect(await list(['open'], 'operator')).toBe(4);
});
