// One transaction: the envelope and each statement in it with its outcome.

import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { StatementView, TransactionView } from '../../../rpc/schema/chain.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { isUnknown } from '../../shared/text/errors.ts';
import { texts } from '../../shared/text/i18n.ts';
import { bytesText, countText, numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { Ident, WholeIdent } from '../../shared/ui/ident.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { StatusTag, statusMeaning } from '../../shared/ui/status-tag.tsx';
import { transactionQuery } from '../data/queries.ts';
import { useFreshWithEvents, useFreshWithHeads } from '../data/use-fresh.ts';
import { HeightLink, StatementLink } from '../parts/links.tsx';
import { AuthorName, ClinicName } from '../parts/names.tsx';
import { NotFinal } from '../parts/not-final.tsx';
import { Reason, StatementStatus } from '../parts/outcome.tsx';
import { Watching } from '../parts/watching.tsx';
import '../../shared/text/en/chain.ts';

const COLUMNS: readonly Column<StatementView>[] = [
  { name: '#', cell: ({ index }) => (index === null ? texts.t('chain.words.none') : numberText(index + 1)) },
  { name: texts.t('chain.words.statement'), cell: ({ id }) => <StatementLink id={id} /> },
  { name: texts.t('chain.words.kind'), cell: ({ name }) => kindTitle(name) },
  { name: texts.t('chain.words.author'), wrap: true, cell: ({ author }) => <AuthorName author={author} /> },
  { name: texts.t('chain.words.object'), cell: ({ object }) => <ObjectIdent object={object} /> },
  {
    name: texts.t('chain.words.version'),
    numeric: true,
    cell: ({ version }) => (version === 0 ? texts.t('chain.words.none') : numberText(version)),
  },
  {
    name: texts.t('chain.words.outcome'),
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
  return /^0+$/.test(object) ? (
    texts.t('chain.words.onePerEntry')
  ) : (
    <Ident value={object} label={texts.t('chain.words.objectId')} />
  );
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
    <Page
      title={texts.t('chain.words.transaction')}
      aside={data === undefined ? null : <StatusTag status={data.status} />}
    >
      <QueryView query={query} rows={9} unknown={<Watching noun="transaction" text={id} />}>
        {(view) => (
          <>
            <Facts facts={factsOf(view)} />
            <Section title={texts.t('chain.words.statements')}>
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
    {
      label: texts.t('chain.words.id'),
      value: <WholeIdent value={view.id} label={texts.t('chain.words.transactionId')} />,
    },
    {
      label: texts.t('chain.words.status'),
      value: (
        <>
          {statusMeaning(view.status)} {view.status === 'applied' ? <NotFinal /> : null}
        </>
      ),
    },
    {
      label: texts.t('chain.words.block'),
      value: block === null ? texts.t('chain.words.noneYet') : <HeightLink height={block.height} />,
    },
    {
      label: texts.t('chain.words.time'),
      value: block === null ? texts.t('chain.transaction.notInBlock') : <FullMoment time={block.timestamp} />,
    },
    { label: texts.t('chain.words.sender'), value: <ClinicName number={view.clinic} name={view.clinicName} /> },
    {
      label: texts.t('chain.transaction.sendersKey'),
      value: <WholeIdent value={view.sender} label={texts.t('chain.transaction.sendersKeyNoun')} />,
    },
    {
      label: texts.t('chain.transaction.sequence'),
      hint: texts.t('chain.transaction.ofThisSenders'),
      value: numberText(view.sequence),
    },
    {
      label: texts.t('chain.transaction.validUntil'),
      hint: texts.t('chain.transaction.lastHeightThat'),
      value: numberText(view.validUntil),
    },
    { label: texts.t('chain.words.size'), value: bytesText(view.size) },
    {
      label: texts.t('chain.transaction.witnessId'),
      hint: texts.t('chain.transaction.hashOfAll'),
      value: <WholeIdent value={view.witnessId} label={texts.t('chain.transaction.witnessIdNoun')} />,
    },
    {
      label: texts.t('chain.words.signature'),
      value: <WholeIdent value={view.signature} label={texts.t('chain.words.signatureNoun')} />,
    },
  ];
}
