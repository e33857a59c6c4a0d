// The columns of blocks, transactions and statements, the same in every list.
import type { BlockSummary, StatementView, TransactionView } from '../../../rpc/schema/chain.ts';
import type { Column } from '../../shared/table/columns.ts';
import { bytesText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import { StatusTag } from '../../shared/ui/status-tag.tsx';
import { HeightLink, StatementLink, TransactionLink } from './links.tsx';
import { AuthorName, ClinicName, MinerName } from './names.tsx';
import { StatementStatus } from './outcome.tsx';

export const BLOCK_COLUMNS: readonly Column<BlockSummary>[] = [
  { name: 'Height', cell: ({ height }) => <HeightLink height={height} /> },
  { name: 'Status', cell: ({ status }) => <StatusTag status={status} /> },
  { name: 'Mined by', wrap: true, cell: (block) => <MinerName {...block} /> },
  { name: 'Statements', numeric: true, cell: ({ statementCount }) => numberText(statementCount) },
  { name: 'Size', numeric: true, cell: ({ size }) => bytesText(size) },
  { name: 'Time', header: <MomentHeader />, cell: ({ timestamp }) => <Moment time={timestamp} /> },
];

export const STATEMENT_COLUMNS: readonly Column<StatementView>[] = [
  { name: 'Id', cell: ({ id }) => <StatementLink id={id} /> },
  { name: 'Kind', cell: ({ name }) => kindTitle(name) },
  { name: 'Sent by', wrap: true, cell: ({ author }) => <AuthorName author={author} /> },
  {
    name: 'Issued',
    header: <MomentHeader age="Issued, age" time="Issued" />,
    cell: ({ issued }) => <Moment time={issued} />,
  },
  { name: 'Block', cell: ({ block }) => (block === null ? 'None yet' : <HeightLink height={block.height} />) },
  { name: 'Status', cell: (statement) => <StatementStatus statement={statement} /> },
];

export const TRANSACTION_COLUMNS: readonly Column<TransactionView>[] = [
  { name: 'Id', cell: ({ id }) => <TransactionLink id={id} /> },
  { name: 'Sender', wrap: true, cell: ({ clinic, clinicName }) => <ClinicName number={clinic} name={clinicName} /> },
  { name: 'Statements', numeric: true, cell: ({ statements }) => numberText(statements.length) },
  { name: 'Block', cell: ({ block }) => (block === null ? 'None yet' : <HeightLink height={block.height} />) },
  { name: 'Status', cell: ({ status }) => <StatusTag status={status} /> },
  {
    name: 'Time',
    header: <MomentHeader />,
    cell: ({ block }) => (block === null ? 'Not yet' : <Moment time={block.timestamp} />),
  },
];
