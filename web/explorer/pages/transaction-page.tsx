// One transaction: the envelope and each statement in it with its outcome.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { StatementView, TransactionView } from '../../../rpc/schema/chain.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { isUnknown } from '../../shared/text/errors.ts';
import { bytesText, countText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { Ident, WholeIdent } from '../../shared/ui/ident.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { STATUS_MEANING, StatusTag } from '../../shared/ui/status-tag.tsx';
import { transactionQuery } from '../data/queries.ts';
import { useFreshWithEvents, useFreshWithHeads } from '../data/use-fresh.ts';
import { HeightLink, StatementLink } from '../parts/links.tsx';
import { AuthorName, ClinicName } from '../parts/names.tsx';
import { NotFinal } from '../parts/not-final.tsx';
import { Reason, StatementStatus } from '../parts/outcome.tsx';
import { Watching } from '../parts/watching.tsx';

const COLUMNS: readonly Column<StatementView>[] = [
  { name: '#', cell: ({ index }) => (index === null ? 'None' : numberText(index + 1)) },
  { name: 'Statement', cell: ({ id }) => <StatementLink id={id} /> },
  { name: 'Kind', cell: ({ name }) => kindTitle(name) },
  { name: 'Author', wrap: true, cell: ({ author }) => <AuthorName author={author} /> },
  { name: 'Object', cell: ({ object }) => <ObjectIdent object={object} /> },
  { name: 'Version', numeric: true, cell: ({ version }) => (version === 0 ? 'None' : numberText(version)) },
  {
    name: 'Outcome',
    wrap: true,
    cell: (statement) => (
      <>
        <StatementStatus statement={statement} />
        {statement.status === 'refused' && statement.outcome !== null ? (
          <div>
            <Reason outcome={statement.outcome} />
          </div>
        ) : null}
      </>
    ),
  },
];

/** Lists create an object per entry and carry zero themselves. */
function ObjectIdent({ object }: { object: string }) {
  return /^0+$/.test(object) ? 'One per entry' : <Ident value={object} label="object id" />;
}

export function TransactionPage() {
  const { id } = useParams({ from: '/explorer/txs/$id' });
  const { client } = useNode();
  const options = transactionQuery(client, id);
  const query = useQuery(options);
  const { data } = query;
  useFreshWithHeads(options.queryKey, data?.status === 'pending' || isUnknown(query.error));
  useFreshWithEvents(options.queryKey, data?.statements.map((statement) => statement.id) ?? []);
  return (
    <Page title="Transaction" aside={data === undefined ? null : <StatusTag status={data.status} />}>
      <QueryView query={query} rows={9} unknown={<Watching noun="transaction" text={id} />}>
        {(view) => (
          <>
            <Facts facts={factsOf(view)} />
            <Section title="Statements">
              <DataTable
                caption={countText(view.statements.length, 'statement')}
                hideCaption
                columns={COLUMNS}
                rows={view.statements}
                rowKey={({ id: statement, index }) => `${statement} ${index}`}
              />
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  );
}

function factsOf(view: TransactionView): Fact[] {
  const { block } = view;
  return [
    { label: 'Id', value: <WholeIdent value={view.id} label="transaction id" /> },
    {
      label: 'Status',
      value: (
        <>
          {STATUS_MEANING[view.status]} {view.status === 'applied' ? <NotFinal /> : null}
        </>
      ),
    },
    { label: 'Block', value: block === null ? 'None yet' : <HeightLink height={block.height} /> },
    { label: 'Time', value: block === null ? 'Not in a block yet' : <FullMoment time={block.timestamp} /> },
    { label: 'Sender', value: <ClinicName number={view.clinic} name={view.clinicName} /> },
    { label: "Sender's key", value: <WholeIdent value={view.sender} label="sender's key" /> },
    { label: 'Sequence', hint: "Of this sender's transactions", value: numberText(view.sequence) },
    { label: 'Valid until', hint: 'Last height that may carry it', value: numberText(view.validUntil) },
    { label: 'Size', value: bytesText(view.size) },
    {
      label: 'Witness id',
      hint: 'Hash of all bytes with the signature',
      value: <WholeIdent value={view.witnessId} label="witness id" />,
    },
    { label: 'Signature', value: <WholeIdent value={view.signature} label="signature" /> },
  ];
}
