// One statement: what it says, who signed it, where it stands and why.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { StatementView } from '../../../rpc/schema/chain.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { isUnknown } from '../../shared/text/errors.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { kindTitle } from '../../shared/text/statements.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { type Fact, Facts } from '../../shared/ui/facts.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { statementQuery } from '../data/queries.ts';
import { useFreshWithEvents, useFreshWithHeads } from '../data/use-fresh.ts';
import { TransactionLink } from '../parts/links.tsx';
import { AuthorName } from '../parts/names.tsx';
import { EntryOutcomes, StatementStatus } from '../parts/outcome.tsx';
import { Payload } from '../parts/payload.tsx';
import { StatusTimeline } from '../parts/status-timeline.tsx';
import { VerifyThis } from '../parts/verify-this.tsx';
import { Watching } from '../parts/watching.tsx';
import classes from './statement-page.module.css';

export function StatementPage() {
  const { id } = useParams({ from: '/explorer/statements/$id' });
  const { client } = useNode();
  const options = statementQuery(client, id);
  const query = useQuery(options);
  const { data } = query;
  const unsettled = data?.status === 'queued' || data?.status === 'pending' || isUnknown(query.error);
  useFreshWithHeads(options.queryKey, unsettled);
  useFreshWithEvents(
    options.queryKey,
    useMemo(() => [id], [id]),
  );
  return (
    <Page
      title={data === undefined ? 'Statement' : `Statement: ${kindTitle(data.name).toLowerCase()}`}
      aside={data === undefined ? null : <StatementStatus statement={data} />}
    >
      <QueryView query={query} rows={9} unknown={<Watching noun="statement" text={id} />}>
        {(statement) => <Details statement={statement} />}
      </QueryView>
    </Page>
  );
}

function Details({ statement }: { statement: StatementView }) {
  const { payload, payloadHex, outcome } = statement;
  return (
    <>
      <StatusTimeline statement={statement} />
      <Section title="What it says">
        <div className={classes.payload}>
          {payload === null ? (
            <p>This node knows no statements of this kind; here are its bytes.</p>
          ) : (
            <Payload value={payload} />
          )}
          <details>
            <summary>Bytes of the payload</summary>
            {payloadHex === '' ? <p>None</p> : <WholeIdent value={payloadHex} label="payload" />}
          </details>
        </div>
      </Section>
      {outcome !== null && outcome.entries.length > 0 ? (
        <Section title="Entries">
          <EntryOutcomes outcome={outcome} />
        </Section>
      ) : null}
      <Section title="Details">
        <Facts facts={factsOf(statement)} />
      </Section>
      {statement.block === null ? null : <VerifyThis subject={{ statement: statement.id }} noun="statement" />}
    </>
  );
}

function factsOf(statement: StatementView): Fact[] {
  const { author, transaction, attachment, signature, object, version } = statement;
  const list = /^0+$/.test(object);
  return [
    { label: 'Id', value: <WholeIdent value={statement.id} label="statement id" /> },
    { label: 'Kind', value: `${statement.name} (${statement.kind})` },
    { label: 'Sent by', value: <AuthorName author={author} /> },
    ...(author.type === 'person'
      ? [{ label: "Author's key", value: <WholeIdent value={author.key} label="author's key" /> }]
      : []),
    { label: 'Issued', value: <FullMoment time={statement.issued} /> },
    { label: 'Object', value: list ? 'One per entry' : <WholeIdent value={object} label="object id" /> },
    { label: 'Version', value: list ? 'None' : numberText(version) },
    { label: 'Transaction', value: transaction === null ? 'None yet' : <TransactionLink id={transaction} /> },
    {
      label: 'Attachment',
      hint: 'Commitment to a deletable companion',
      value: attachment === null ? 'None' : <WholeIdent value={attachment} label="attachment commitment" />,
    },
    {
      label: 'Signature',
      value:
        signature === null ? (
          "None of its own: the sending clinic's key vouches"
        ) : (
          <WholeIdent value={signature} label="signature" />
        ),
    },
  ];
}
