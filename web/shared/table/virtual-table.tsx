// A table of any length with only the visible rows in the page. Has a filter of its own, since the browser's search
// misses rows that are not there.
import { TextInput, VisuallyHidden } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { texts } from '../text/i18n.ts';
import { countText } from '../text/numbers.ts';
import { DataTable, type DataTableProps } from './data-table.tsx';
import classes from './table.module.css';
import { TableHead, TableRow } from './table-parts.tsx';

export interface LongTableProps<T> extends DataTableProps<T> {
  /** Lower-case text of a row that the filter looks into. */
  readonly filterText: (row: T) => string;
  readonly filterLabel: string;
}

/** Rows up to which all of them stand in the page. */
export const SHORT_TABLE = 200;
const ROW_PX = 44;

export function LongTable<T>(props: LongTableProps<T>) {
  if (props.rows.length <= SHORT_TABLE) return <DataTable {...props} />;
  return <FilteredTable {...props} />;
}

function FilteredTable<T>(props: LongTableProps<T>) {
  const { rows, filterText, filterLabel } = props;
  const [filter, setFilter] = useState('');
  const shown = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return wanted === '' ? rows : rows.filter((row) => filterText(row).includes(wanted));
  }, [rows, filter, filterText]);
  return (
    <>
      <TextInput
        label={filterLabel}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
        className={classes.filter}
      />
      <p className={classes.count} role="status">
        {shown.length === rows.length
          ? countText(rows.length, 'row')
          : texts.t('table.shown', { shown: countText(shown.length, 'row'), rows: countText(rows.length, 'row') })}
      </p>
      <VirtualRows {...props} rows={shown} />
    </>
  );
}

function VirtualRows<T>({ caption, columns, rows, rowKey }: DataTableProps<T>) {
  const box = useRef<HTMLElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (index) => rowKey(rows[index] as T),
  });
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  /** Where the browser sees the end moves with each row that turns out higher than was thought. */
  const toTheEnd = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'End' || event.target !== event.currentTarget) return;
    event.preventDefault();
    virtualizer.scrollToIndex(rows.length - 1, { align: 'end' });
  };
  return (
    <section
      className={classes.box}
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={texts.t('table.scrolls', { caption })}
      onKeyDown={toTheEnd}
    >
      {/* biome-ignore lint/a11y/noRedundantRoles: cards keep the roles of a table */}
      <table className={classes.table} role="table" aria-rowcount={rows.length + 1}>
        <caption>
          <VisuallyHidden>{caption}</VisuallyHidden>
        </caption>
        <TableHead columns={columns} />
        <tbody>
          <Spacer height={before} columns={columns.length} />
          {items.map(({ index, key }) => (
            <TableRow
              key={String(key)}
              row={rows[index] as T}
              columns={columns}
              index={index + 2}
              dataIndex={index}
              ref={virtualizer.measureElement}
            />
          ))}
          <Spacer height={after} columns={columns.length} />
        </tbody>
      </table>
    </section>
  );
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className={classes.spacer} style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}
