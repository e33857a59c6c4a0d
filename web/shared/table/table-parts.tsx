// Header and rows that both kinds of tables share. Roles are spelled out: on phones rows are laid out as cards, and
// browsers drop the roles of table elements that are laid out otherwise.
import type { ReactNode, Ref } from 'react';
import type { Column } from './columns.ts';
import classes from './table.module.css';

export function TableHead<T>({ columns }: { columns: readonly Column<T>[] }) {
  return (
    <thead className={classes.head}>
      <tr>
        {columns.map(({ name, header, numeric, sort }) => (
          <th key={name} scope="col" data-numeric={numeric} aria-sort={sort}>
            {header ?? name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export interface TableRowProps<T> {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  /** Place in the whole table, header included, where not all rows are in the page. */
  readonly index?: number;
  readonly dataIndex?: number;
  readonly ref?: Ref<HTMLTableRowElement>;
}

export function TableRow<T>({ row, columns, index, dataIndex, ref }: TableRowProps<T>) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: cards keep the roles of a table
    <tr role="row" aria-rowindex={index} data-index={dataIndex} ref={ref}>
      {columns.map((column, place) => (
        <Cell key={column.name} column={column} first={place === 0}>
          {column.cell(row)}
        </Cell>
      ))}
    </tr>
  );
}

function Cell<T>({ column, first, children }: { column: Column<T>; first: boolean; children: ReactNode }) {
  const content = (
    <>
      <span className={classes.label}>{column.name}</span>
      <span className={classes.value}>{children}</span>
    </>
  );
  if (first) {
    return (
      // biome-ignore lint/a11y/noRedundantRoles: cards keep the roles of a table
      <th scope="row" role="rowheader" data-numeric={column.numeric} data-wrap={column.wrap}>
        {content}
      </th>
    );
  }
  return (
    // biome-ignore lint/a11y/noRedundantRoles: cards keep the roles of a table
    <td role="cell" data-numeric={column.numeric} data-wrap={column.wrap}>
      {content}
    </td>
  );
}
