import { expect, test } from 'vitest';
import type { CodedError } from '../../common/errors.ts';
import { Downloads, type Fetch } from '../../node/files/downloads.ts';
import { OPEN, OPERATOR } from '../../rpc/access/principal.ts';
import type { OpenFile } from '../../rpc/ports.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const file: OpenFile = { mediaType: 'application/pdf', name: 'a.pdf', size: 1, tag: 't', read: async function* () {} };
const fetch = { principal: OPERATOR, signal: new AbortController().signal };
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as CodedError<{ code: string }>).code;
  }
};

test('a file is opened for who asked for it, at each fetch anew, until its time is over', async () => {
  const clock = new ManualClock();
  const downloads = new Downloads({ clock });
  const fetches: Fetch[] = [];
  const { download, ends } = downloads.offer('user ada', async (fetch) => {
    fetches.push(fetch);
    return file;
  });
  expect(fetches).toEqual([]);
  expect(await downloads.open('user ada', download, fetch)).toBe(file);
  const now = { ...fetch, principal: OPEN };
  await downloads.open('user ada', download, now);
  expect(fetches).toEqual([fetch, now]);
  expect(codeOf(() => downloads.open('user bob', download, fetch))).toBe('download.unknown');
  expect(codeOf(() => downloads.open('user ada', '00'.repeat(16), fetch))).toBe('download.unknown');
  clock.advance(ends - clock.now());
  expect(codeOf(() => downloads.open('user ada', download, fetch))).toBe('download.unknown');
});

test('one caller has a bounded number of them, others are not met by it, and time makes room', () => {
  const clock = new ManualClock();
  const downloads = new Downloads({ clock });
  const offer = (owner: string) => codeOf(() => downloads.offer(owner, async () => file));
  for (let i = 0; i < 256; i++) expect(offer('user ada')).toBe('none');
  expect(offer('user ada')).toBe('download.full');
  expect(offer('user bob')).toBe('none');
  clock.advance(10 * 60_000);
  expect(offer('user ada')).toBe('none');
});
