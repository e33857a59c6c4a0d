// A table with all its rows in the page: for lists that come in pages.
import { VisuallyHidden } from '@mantine/core';
import type { Column } from './columns.ts';
import classes from './table.module.css';
import { TableHead, TableRow } from './table-parts.tsx';

export interface DataTableProps<T> {
  readonly caption: string;
  /** The caption repeats the heading above: only for those who do not see that. */
  readonly hideCaption?: boolean;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string | number;
}

export function DataTable<T>({ caption, hideCaption = false, columns, rows, rowKey }: DataTableProps<T>) {
  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/noRedundantRoles: cards keep the roles of a table */}
      <table className={classes.table} role="table">
        <caption className={classes.caption} data-hidden={hideCaption}>
          {hideCaption ? <VisuallyHidden>{caption}</VisuallyHidden> : caption}
        </caption>
        <TableHead columns={columns} />
        <tbody>
          {rows.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
