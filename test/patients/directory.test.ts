// What a clinic shows of its patients before a record is opened: found by names and birth dates, kept encrypted, forgotten whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { formatPid, formatProvisional, handleOf } from '../../identity/patient/pid.ts';
import { Directory, MAX_FOUND } from '../../node/patients/directory.ts';
import {
  bareEntry,
  type DirectoryEntry,
  entryText,
  MAX_ENTRY_BYTES,
  MAX_ENTRY_TEXT,
  readEntry,
  writeEntry,
} from '../../node/patients/directory-entry.ts';
import { PatientRefs } from '../../node/patients/patient-refs.ts';
import type { LocalWrite } from '../../node/store/local-database.ts';

const pid = () => formatPid(randomBytes(20));
const person = (family: string, given: string, birthDate = '1945-07-14'): DirectoryEntry => {
  return { ...bareEntry(pid()), family, given, birthDate, sex: 'female', type: 'ssn', number: '951710001' };
};

/** Rows as the encrypted database keeps them, in memory. */
function memory() {
  const rows = new Map<string, Uint8Array>();
  return {
    rows,
    batch: async (writes: readonly LocalWrite[]) => {
      for (const write of writes) {
        if (write.type === 'put') rows.set(Buffer.from(write.key).toString('hex'), write.value);
        else rows.delete(Buffer.from(write.key).toString('hex'));
      }
    },
    get: async (key: Uint8Array) => rows.get(Buffer.from(key).toString('hex')),
    async *range() {
      for (const [key, value] of rows) yield [Buffer.from(key, 'hex'), value] as const;
    },
  };
}

const storageKey = randomBytes(32);
const directory = (database = memory()) => new Directory({ storageKey }, { database });
const named = async (from: Directory, name: string, birthDate = '') =>
  (await from.search({ name, birthDate })).entries.map(({ family, given }) => `${family} ${given}`);

describe('a directory', () => {
  it('finds by beginnings of names in any order, whatever the case and the accents', async () => {
    const all = directory();
    await all.keep([person('Okonkwo', 'Adaeze'), person('Müller-Lüdenscheidt', 'José'), person('Hall', 'Joan')]);
    expect(await named(all, 'jo')).toEqual(['Hall Joan', 'Müller-Lüdenscheidt José']);
    expect(await named(all, 'JOSE mull')).toEqual(['Müller-Lüdenscheidt José']);
    expect(await named(all, 'luden')).toEqual(['Müller-Lüdenscheidt José']);
    expect(await named(all, 'all')).toEqual([]);
    expect(await named(all, '  -  ')).toEqual([]);
  });

  it('finds by birth date, alone or with a name', async () => {
    const all = directory();
    await all.keep([person('Hall', 'Joan', '1945-07-14'), person('Hall', 'Una', '1980-01-02')]);
    expect(await named(all, '', '1980-01-02')).toEqual(['Hall Una']);
    expect(await named(all, 'joan', '1980-01-02')).toEqual([]);
    expect(await named(all, 'hall', '')).toEqual(['Hall Joan', 'Hall Una']);
  });

  it('says that there are more than it gives', async () => {
    const all = directory();
    await all.keep(Array.from({ length: MAX_FOUND + 1 }, (_, place) => person('Hall', `J${place}`)));
    const found = await all.search({ name: 'hall', birthDate: '' });
    expect(found).toMatchObject({ more: true });
    expect(found.entries).toHaveLength(MAX_FOUND);
    expect((await all.search({ name: 'hall j1', birthDate: '' })).more).toBe(false);
  });

  it('knows after a restart what it knew, and what came since the first search', async () => {
    const database = memory();
    const before = directory(database);
    await before.keep([person('Hall', 'Joan')]);
    const after = directory(database);
    expect(await named(after, 'hall')).toEqual(['Hall Joan']);
    await after.keep([person('Hall', 'Una')]);
    expect(await named(after, 'hall')).toEqual(['Hall Joan', 'Hall Una']);
  });

  it('keeps a name that is known when the patient is only looked at, and takes a number where there was none', async () => {
    const all = directory();
    const joan = person('Hall', 'Joan');
    await all.keep([joan]);
    await all.note(bareEntry(joan.pid));
    expect(await all.get(joan.pid)).toEqual(joan);
    const seen = pid();
    await all.note(bareEntry(seen));
    await all.note({ ...bareEntry(seen), type: 'ssn', number: '951710002' });
    expect((await all.byHandle(handleOf(seen)))?.number).toBe('951710002');
  });

  it('forgets whom it is told to, and gives what was kept for the time being to the identifier that follows', async () => {
    const database = memory();
    const all = directory(database);
    const temporary = { ...person('Hall', 'Joan'), pid: formatProvisional(randomBytes(20)) };
    await all.keep([temporary]);
    await all.search({ name: 'hall', birthDate: '' });
    const final = pid();
    await all.rename(temporary.pid, final);
    expect(await all.get(temporary.pid)).toBeUndefined();
    expect((await all.byHandle(handleOf(final)))?.family).toBe('Hall');
    await all.forget(final);
    expect(await named(all, 'hall')).toEqual([]);
    expect(database.rows.size).toBe(0);
  });
});

describe('an entry', () => {
  const text = fc.string({ maxLength: 80, unit: 'grapheme' }).map(entryText);
  const entry: fc.Arbitrary<DirectoryEntry> = fc.record({
    pid: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(formatPid),
    ...{ family: text, given: text, title: text, type: text, number: text },
    birthDate: fc.constantFrom('', '1945', '1945-07', '1945-07-14'),
    sex: fc.constantFrom('' as const, 'female' as const, 'male' as const, 'other' as const, 'unknown' as const),
  });

  it('is read as it was written, and fits what is promised', () => {
    fc.assert(
      fc.property(entry, (one) => {
        const bytes = writeEntry(new Writer(MAX_ENTRY_BYTES), one).finish();
        expect(bytes.length).toBeLessThanOrEqual(MAX_ENTRY_BYTES);
        expect(readEntry(new Reader(bytes))).toEqual(one);
      }),
    );
  });

  it('cuts texts to the bytes that fit, never within a character', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (any) => {
        const cut = entryText(any);
        expect(new TextEncoder().encode(cut).length).toBeLessThanOrEqual(MAX_ENTRY_TEXT);
        expect(entryText(cut)).toBe(cut);
      }),
      { numRuns: 20 },
    );
    expect(entryText(`${'é'.repeat(200)}`)).toBe('é'.repeat(128));
  });
});

describe('a reference', () => {
  const refs = new PatientRefs({ storageKey });

  it('stands for one patient at the clinic that made it, and for none elsewhere', () => {
    const [one, other] = [pid(), pid()];
    const ref = refs.of(one);
    expect(refs.of(one)).toBe(ref);
    expect(refs.of(other)).not.toBe(ref);
    expect(refs.pidOf(ref)).toBe(one);
    expect(ref).not.toContain(one);
    expect(() => new PatientRefs({ storageKey: randomBytes(32) }).pidOf(ref)).toThrow(/not from this clinic/);
  });

  it('is refused when anything in it was changed', () => {
    const ref = refs.of(pid());
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (any) => {
        expect(() => refs.pidOf(`ref.${any}`)).toThrow(/not from this clinic/);
      }),
    );
    const swapped = `${ref.slice(0, 30)}${ref[30] === 'A' ? 'B' : 'A'}${ref.slice(31)}`;
    expect(() => refs.pidOf(swapped)).toThrow(/not from this clinic/);
  });
});
