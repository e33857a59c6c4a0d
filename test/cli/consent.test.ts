// `wardmesh consent`: what is asked of the node, and what is refused before anything is.
import { describe, expect, it, vi } from 'vitest';
import { run } from '../../cli/main.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';

const DAY_MS = 86_400_000;
const id = (byte: string) => byte.repeat(32);
const made = { consent: id('c0'), statement: id('57'), status: 'queued' as const };

/** Runs the command against a door that notes what it is asked. */
async function asked(handlers: Partial<Handlers>, ...words: string[]) {
  return ran((await openDoor({ handlers })).url, words);
}

/** The exit code of what no node is asked. */
async function mistyped(...words: string[]) {
  return (await ran('http://127.0.0.1:1', words)).code;
}

async function ran(url: string, words: readonly string[]) {
  const before = process.exitCode;
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const complained = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  process.exitCode = 0;
  try {
    await run(['consent', ...words, '--node', url, '--token', TOKEN]);
    return { code: process.exitCode, text: said.mock.calls.map(([text]) => String(text)).join('') };
  } finally {
    said.mockRestore();
    complained.mockRestore();
    process.exitCode = before;
  }
}

describe('wardmesh consent', { timeout: 60_000 }, () => {
  it('request asks another clinic, with reason, purpose and end', async () => {
    const consent_request = vi.fn(async () => ({ request: id('4e'), statement: id('57'), status: 'queued' as const }));
    const about = ['951-71-0001', '--clinic', '1', '--categories', 'labs, notes', '--reason', 'Second opinion'];
    const { code, text } = await asked({ consent_request }, 'request', ...about, '--for', '2d');
    expect(code).toBe(0);
    expect(text).toContain(id('4e'));
    const [[params]] = consent_request.mock.calls as unknown as [[{ until: number }]];
    expect(params).toMatchObject({
      ...{ patient: '951-71-0001', clinic: 1, categories: ['labs', 'notes'] },
      ...{ purpose: 'TREAT', reason: 'Second opinion' },
    });
    expect(params.until - Date.now()).toBeGreaterThan(1.9 * DAY_MS);
    expect(params.until - Date.now()).toBeLessThanOrEqual(2 * DAY_MS);
    expect(await mistyped('request', '951-71-0001', '--clinic', '1')).toBe(2);
  });

  it('grant and deny say to whom, of what and of which records', async () => {
    const consent_grant = vi.fn(async () => made);
    const consent_deny = vi.fn(async () => made);
    const narrow = ['--records', id('ab'), '--encounters', 'Encounter/e1', '--labels', 'R,HIV'];
    const dates = ['--written-from', '2026-01-31', '--written-until', '2026-02-28'];
    const about = ['951-71-0001', '--categories', 'labs', ...narrow, ...dates];
    await asked({ consent_grant }, 'grant', ...about, '--clinic', '3', '--purposes', 'TREAT,HPAYMT');
    await asked({ consent_deny }, 'deny', '951-71-0001', '--categories', 'hiv', '--organisation', '2');
    const data = {
      ...{ records: [id('ab')], encounters: ['Encounter/e1'], labels: ['R', 'HIV'] },
      ...{ from: Date.UTC(2026, 0, 31), until: Date.UTC(2026, 1, 28) },
    };
    const [granted] = consent_grant.mock.calls as unknown as [[object]];
    expect(granted[0]).toMatchObject({ to: { clinic: 3 }, purposes: ['TREAT', 'HPAYMT'], data });
    const [denied] = consent_deny.mock.calls as unknown as [[object]];
    expect(denied[0]).toMatchObject({ to: { organisation: 2 }, categories: ['hiv'] });
    expect(denied[0]).not.toHaveProperty('data');
    // To nobody, to two, on no day.
    const wrong = [[], ['--clinic', '3', '--organisation', '2'], ['--clinic', '3', '--written-from', 'yesterday']];
    for (const words of wrong) {
      expect(await mistyped('grant', '951-71-0001', '--categories', 'labs', ...words)).toBe(2);
    }
  });

  it('organisation switches the rule for branches off and on, and wants to hear which', async () => {
    const consent_organisation = vi.fn(async () => ({ changed: [] }));
    expect((await asked({ consent_organisation }, 'organisation', '951-71-0001', '--off')).text).toContain('already');
    await asked({ consent_organisation }, 'organisation', '951-71-0001', '--on');
    const told = consent_organisation.mock.calls as unknown as [{ on: boolean }][];
    expect(told.map(([{ on }]) => on)).toEqual([false, true]);
    for (const words of [[], ['--on', '--off']]) {
      expect(await mistyped('organisation', '951-71-0001', ...words)).toBe(2);
    }
  });

  it('revoke and requests show what came', async () => {
    const { consent: _, ...revoked } = made;
    const done = await asked({ consent_revoke: async () => revoked }, 'revoke', id('c0'));
    expect(done.text).toContain(id('57'));
    const request = {
      ...{ request: id('4e'), writer: 1, clinic: 3, handle: id('1a'), account: id('00'), role: 'doctor' as const },
      ...{ purpose: 'TREAT' as const, categories: ['labs' as const], until: 2, reason: 'Second opinion' },
      ...{ delegate: null, state: 'open' as const, at: 1 },
    };
    const { text } = await asked({ consent_requests: async () => ({ requests: [request] }) }, 'requests');
    expect(text).toContain('Second opinion');
  });
});
