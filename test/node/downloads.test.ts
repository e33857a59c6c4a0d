import { expect, test } from 'vitest';
import type { CodedError } from '../../common/errors.ts';
import { Downloads } from '../../node/files/downloads.ts';
import type { OpenFile } from '../../rpc/ports.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const file: OpenFile = { mediaType: 'application/pdf', name: 'a.pdf', size: 1, tag: 't', read: async function* () {} };
const { signal } = new AbortController();
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
  let opened = 0;
  const { download, ends } = downloads.offer('user ada', async () => {
    opened++;
    return file;
  });
  expect(opened).toBe(0);
  expect(await downloads.open('user ada', download, signal)).toBe(file);
  await downloads.open('user ada', download, signal);
  expect(opened).toBe(2);
  expect(codeOf(() => downloads.open('user bob', download, signal))).toBe('download.unknown');
  expect(codeOf(() => downloads.open('user ada', '00'.repeat(16), signal))).toBe('download.unknown');
  clock.advance(ends - clock.now());
  expect(codeOf(() => downloads.open('user ada', download, signal))).toBe('download.unknown');
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
