// The transactions and statements that a block carries.

import type { BlockView, TransactionView } from '../../../rpc/schema/chain.ts';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
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
  { name: '#', cell: ({ index }) => (index === null ? texts.t('chain.words.none') : numberText(index + 1)) },
  { name: texts.t('chain.words.transaction'), cell: ({ id }) => <TransactionLink id={id} /> },
  {
    name: texts.t('chain.words.sender'),
    wrap: true,
    cell: ({ clinic, clinicName }) => <ClinicName number={clinic} name={clinicName} />,
  },
  { name: texts.t('chain.words.statements'), numeric: true, cell: ({ statements }) => numberText(statements.length) },
  { name: texts.t('chain.words.size'), numeric: true, cell: ({ size }) => bytesText(size) },
  { name: texts.t('chain.words.outcomes'), cell: ({ statements }) => outcomesText(statements) },
];

export function BlockContents({ block }: { block: BlockView }) {
  if (block.transactions.length === 0) {
    return (
      <Section title={texts.t('chain.words.transactions')}>
        <Notice title={texts.t('chain.blockContents.thisBlockIs')} live={false}>
          <p>{texts.t('chain.blockContents.blocksAreMined')}</p>
        </Notice>
      </Section>
    );
  }
  return (
    <>
      <Section title={texts.t('chain.words.transactions')}>
        <LongTable
          caption={texts.t('chain.blockContents.transactionsOf', { height: numberText(block.height) })}
          hideCaption
          columns={COLUMNS}
          rows={block.transactions}
          rowKey={({ id }) => id}
          filterLabel={texts.t('chain.blockContents.findTransactionBy')}
          filterText={({ id, clinicName }) => `${id} ${clinicName ?? ''}`.toLowerCase()}
        />
      </Section>
      <Section title={texts.t('chain.words.statements')}>
        <LongTable
          caption={texts.t('chain.blockContents.statementsOf', { height: numberText(block.height) })}
          hideCaption
          columns={STATEMENT_COLUMNS}
          rows={STATEMENTS.items(block)}
          rowKey={({ id, transaction, index }) => `${id} ${transaction} ${index}`}
          filterLabel={texts.t('chain.blockContents.findStatementBy')}
          filterText={({ id, name, status }) => `${id} ${kindTitle(name)} ${status}`.toLowerCase()}
        />
      </Section>
    </>
  );
}
