// The transactions and statements that a block carries.
import type { BlockView, TransactionView } from '../../../rpc/schema/chain.ts';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { bytesText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { Section } from '../../shared/ui/page.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { STATEMENTS } from '../data/item-pages.ts';
import { STATEMENT_COLUMNS } from './columns.tsx';
import { TransactionLink } from './links.tsx';
import { ClinicName } from './names.tsx';
import { outcomesText } from './outcome.tsx';

const COLUMNS: readonly Column<TransactionView>[] = [
  { name: '#', cell: ({ index }) => (index === null ? 'None' : numberText(index + 1)) },
  { name: 'Transaction', cell: ({ id }) => <TransactionLink id={id} /> },
  { name: 'Sender', wrap: true, cell: ({ clinic, clinicName }) => <ClinicName number={clinic} name={clinicName} /> },
  { name: 'Statements', numeric: true, cell: ({ statements }) => numberText(statements.length) },
  { name: 'Size', numeric: true, cell: ({ size }) => bytesText(size) },
  { name: 'Outcomes', cell: ({ statements }) => outcomesText(statements) },
];

export function BlockContents({ block }: { block: BlockView }) {
  if (block.transactions.length === 0) {
    return (
      <Section title="Transactions">
        <Notice title="This block is empty" live={false}>
          <p>Blocks are mined at a steady pace, whether or not there is anything to carry.</p>
        </Notice>
      </Section>
    );
  }
  return (
    <>
      <Section title="Transactions">
        <LongTable
          caption={`Transactions of block ${numberText(block.height)}`}
          hideCaption
          columns={COLUMNS}
          rows={block.transactions}
          rowKey={({ id }) => id}
          filterLabel="Find a transaction by id or sender"
          filterText={({ id, clinicName }) => `${id} ${clinicName ?? ''}`.toLowerCase()}
        />
      </Section>
      <Section title="Statements">
        <LongTable
          caption={`Statements of block ${numberText(block.height)}`}
          hideCaption
          columns={STATEMENT_COLUMNS}
          rows={STATEMENTS.items(block)}
          rowKey={({ id, transaction, index }) => `${id} ${transaction} ${index}`}
          filterLabel="Find a statement by id, kind or status"
          filterText={({ id, name, status }) => `${id} ${kindTitle(name)} ${status}`.toLowerCase()}
        />
      </Section>
    </>
  );
}
