// What the command says where it was mistyped, and that what it prints can be typed again.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../cli/main.ts';
import type { Handlers } from '../../rpc/ports.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';

const id = (byte: string) => byte.repeat(32);

async function ran(handlers: Partial<Handlers>, ...words: string[]) {
  const { url } = await openDoor({ handlers });
  const texts = { out: '', err: '' };
  const into = (name: 'out' | 'err') => (text: unknown) => {
    texts[name] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await run([...words, '--node', url, '--token', TOKEN]);
    return { code: process.exitCode, ...texts };
  } finally {
    vi.restoreAllMocks();
    process.exitCode = before;
  }
}

describe('what was mistyped', () => {
  const grant = ['consent', 'grant', '951-71-0001', '--categories', 'labs'];

  it('is told with the help of the command at hand, by the parser, the command and the node', async () => {
    const hint = '(see wardmesh consent grant --help)';
    const wrong = [grant, ['consent', 'grant', '951-71-0001'], [...grant, '--clinic', '3', '--purposes', 'TRAET']];
    for (const words of wrong) {
      const { code, err } = await ran({}, ...words);
      expect(code).toBe(2);
      expect(err).toContain(hint);
    }
    expect((await ran({}, 'no-such-command')).err).toContain('(see wardmesh --help)');
  });

  it('names the values that are taken, in plain words', async () => {
    const { err } = await ran({}, ...grant, '--clinic', '3', '--purposes', 'TRAET');
    expect(err).toMatch(/purposes\.0: must be one of TREAT, /);
    expect(err).not.toMatch(/Invalid option|\|/);
  });

  it('is the missing end of a delegate', async () => {
    const about = ['patient', 'representative', 'add', '951-71-0001', 'kim', '--document', 'other'];
    const { code, err } = await ran({}, ...about, '--as', 'delegate');
    expect(code).toBe(2);
    expect(err).toContain('say until when she acts, within a year: --until ');
  });

  it('is whom to find', async () => {
    expect((await ran({}, 'patient', 'search')).code).toBe(2);
  });
});

describe('what is printed', () => {
  const pid = 'p';
  let asked: unknown[];
  beforeEach(() => {
    asked = [];
  });

  it('has the whole id of what other commands take', async () => {
    const [consent, suggestion] = [id('c0'), id('51')];
    const about = { narrowed: false, organisationRuleOff: false, given: 1, mode: 'view' };
    const given = {
      ...about,
      consent,
      effect: 'permit',
      passedOn: false,
      to: ['Clinic 3'],
      categories: ['labs'],
      purposes: ['TREAT'],
    };
    const may = { id: suggestion, pid, handle: id('11'), otherPid: 'q', other: id('12'), clinic: 2, clinicName: null };
    const handlers = {
      consent_list: async () => ({ pid, consents: [{ ...given, ends: 1, state: 'active' }], requests: [] }),
      patient_suggestions: async () => ({
        next: null,
        suggestions: [{ ...may, reasons: [], since: 1, state: 'open' }],
      }),
    } as unknown as Partial<Handlers>;
    const listed = await ran(handlers, 'consent', 'list', 'x');
    expect(listed.out, listed.err).toContain(consent);
    expect((await ran(handlers, 'patient', 'suggestions')).out).toContain(suggestion);
  });

  it('of patients who were found is a reference that stands for them', async () => {
    const card = {
      ...{ ref: 'r-1', handle: id('11'), family: 'Berg', given: 'Anna', title: '', birthDate: '1970-01-31', sex: '' },
      ...{ type: 'ssn', number: '951-71-0001', from: 1, clinics: [1, 3], here: true, provisional: false },
    };
    const handlers = {
      patient_search: async (params: unknown) => {
        asked.push(params);
        return { patients: [card], more: true, silent: [2] };
      },
    } as unknown as Partial<Handlers>;
    const { code, out, err } = await ran(
      handlers,
      'patient',
      'search',
      '--name',
      'ber an',
      '--birth-date',
      '1970-01-31',
    );
    expect(code, err).toBe(0);
    expect(asked).toEqual([{ name: 'ber an', birthDate: '1970-01-31' }]);
    for (const words of ['Berg, Anna', '951-71-0001 (ssn)', 'r-1', 'There are others', 'clinic 2']) {
      expect(out).toContain(words);
    }
  });
});
