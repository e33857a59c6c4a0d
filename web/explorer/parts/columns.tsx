// The columns of blocks, transactions and statements, the same in every list.

import type { BlockSummary, StatementView, TransactionView } from '../../../rpc/schema/chain.ts';
import type { Column } from '../../shared/table/columns.ts';
import { texts } from '../../shared/text/i18n.ts';
import { bytesText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import { StatusTag } from '../../shared/ui/status-tag.tsx';
import { HeightLink, StatementLink, TransactionLink } from './links.tsx';
import { AuthorName, ClinicName, MinerName } from './names.tsx';
import { StatementStatus } from './outcome.tsx';

export const BLOCK_COLUMNS: readonly Column<BlockSummary>[] = [
  { name: texts.t('chain.columns.height'), cell: ({ height }) => <HeightLink height={height} /> },
  { name: texts.t('chain.words.status'), cell: ({ status }) => <StatusTag status={status} /> },
  { name: texts.t('chain.words.minedBy'), wrap: true, cell: (block) => <MinerName {...block} /> },
  { name: texts.t('chain.words.statements'), numeric: true, cell: ({ statementCount }) => numberText(statementCount) },
  { name: texts.t('chain.words.size'), numeric: true, cell: ({ size }) => bytesText(size) },
  { name: texts.t('chain.words.time'), header: <MomentHeader />, cell: ({ timestamp }) => <Moment time={timestamp} /> },
];

export const STATEMENT_COLUMNS: readonly Column<StatementView>[] = [
  { name: texts.t('chain.words.id'), cell: ({ id }) => <StatementLink id={id} /> },
  { name: texts.t('chain.words.kind'), cell: ({ name }) => kindTitle(name) },
  { name: texts.t('chain.words.sentBy'), wrap: true, cell: ({ author }) => <AuthorName author={author} /> },
  {
    name: texts.t('chain.words.issued'),
    header: <MomentHeader age={texts.t('chain.columns.issuedAge')} time={texts.t('chain.words.issued')} />,
    cell: ({ issued }) => <Moment time={issued} />,
  },
  {
    name: texts.t('chain.words.block'),
    cell: ({ block }) => (block === null ? texts.t('chain.words.noneYet') : <HeightLink height={block.height} />),
  },
  { name: texts.t('chain.words.status'), cell: (statement) => <StatementStatus statement={statement} /> },
];

export const TRANSACTION_COLUMNS: readonly Column<TransactionView>[] = [
  { name: texts.t('chain.words.id'), cell: ({ id }) => <TransactionLink id={id} /> },
  {
    name: texts.t('chain.words.sender'),
    wrap: true,
    cell: ({ clinic, clinicName }) => <ClinicName number={clinic} name={clinicName} />,
  },
  { name: texts.t('chain.words.statements'), numeric: true, cell: ({ statements }) => numberText(statements.length) },
  {
    name: texts.t('chain.words.block'),
    cell: ({ block }) => (block === null ? texts.t('chain.words.noneYet') : <HeightLink height={block.height} />),
  },
  { name: texts.t('chain.words.status'), cell: ({ status }) => <StatusTag status={status} /> },
  {
    name: texts.t('chain.words.time'),
    header: <MomentHeader />,
    cell: ({ block }) => (block === null ? texts.t('chain.words.notYet') : <Moment time={block.timestamp} />),
  },
];
