// Lists as files that spreadsheets open.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RpcError } from '../../rpc/client.ts';
import { allPages } from '../../web/portal/admin/parts/all-pages.ts';
import { csvCell, csvText, csvTime } from '../../web/shared/table/csv.ts';

/** By RFC 4180. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (const [, quoted, plain, end] of text.matchAll(cell)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

function marked(cell: string): string {
  const within = cell.replace(/([;\t\r\n][\s"]*)([=+\-@])/g, "$1'$2");
  return /^[=+\-@\t\r\n]/.test(cell) ? `'${within}` : within;
}

describe('a CSV file', () => {
  it('gives back every cell, but for a mark before what a spreadsheet would calculate', () => {
    const cell = fc.string({ unit: fc.constantFrom(...'=+-@\t"\',;\r\n a1ß') });
    const table = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(table, (rows) => {
        const text = csvText(['a', 'b', 'c'], rows);
        expect(text.startsWith('\ufeff')).toBe(true);
        expect(parsed(text.slice(1))).toEqual([['a', 'b', 'c'], ...rows.map((row) => row.map(marked))]);
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1'])('makes %j harmless', (text) => {
    expect(csvCell(text).replace(/^"|"$/g, '')).toBe(`'${text}`);
  });

  it('gives no formula to a spreadsheet that parts cells by semicolons, and knows no quote in the middle of one', () => {
    expect(csvCell('x;=1+1')).toBe("x;'=1+1");
    expect(csvCell('x;"=1+1;y')).toBe(`"x;""'=1+1;y"`);
    const cell = fc.string({ unit: fc.constantFrom(...'=+-@\t";\r\n a') });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 4 }), (cells) => {
        const parts = csvText(['a'], [['x', ...cells, 'x']]).split(/[;\t\r\n]/);
        for (const part of parts) expect(part).not.toMatch(/^[\s"]*[=+\-@]/);
      }),
    );
  });

  it('says times in UTC', () => {
    expect(csvTime(1_795_275_900_000)).toBe('2026-11-21T15:45:00.000Z');
  });
});

describe('a list that comes in pages', () => {
  it('is read to its end, also where the node asks to wait', async () => {
    const asked: (number | undefined)[] = [];
    const rows = await allPages(async (after: number | undefined) => {
      asked.push(after);
      if (asked.length === 2) throw new RpcError({ code: 'rpc.rate-limited', number: 0, details: { retryAfterMs: 1 } });
      const at = after ?? 0;
      return { rows: [at, at + 1], next: at < 4 ? at + 2 : null };
    });
    expect(rows).toEqual([0, 1, 2, 3, 4, 5]);
    expect(asked).toEqual([undefined, 2, 2, 4]);
  });

  it('is given up with any other refusal', async () => {
    const refused = new RpcError({ code: 'rpc.forbidden', number: 0, details: {} });
    await expect(allPages(() => Promise.reject(refused))).rejects.toBe(refused);
  });
});
