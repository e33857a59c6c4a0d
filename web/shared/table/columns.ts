// What a table shows of a row, one column after the other. The first column names the row.
import type { ReactNode } from 'react';

export interface Column<T> {
  /** Also the label on cards, where there is no header. */
  readonly name: string;
  /** Instead of the name in the header, e.g. with a switch. */
  readonly header?: ReactNode;
  readonly numeric?: boolean;
  /** Free text: may take several lines. All else stays on one where there is room for a table. */
  readonly wrap?: boolean;
  readonly sort?: 'ascending' | 'descending';
  readonly cell: (row: T) => ReactNode;
}
