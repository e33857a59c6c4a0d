// One statement: what it says, who signed it, where it stands and why.

import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { StatementView } from '../../../rpc/schema/chain.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { isUnknown } from '../../shared/text/errors.ts';
import { texts } from '../../shared/text/i18n.ts';
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
import '../../shared/text/en/chain.ts';

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
      title={
        data === undefined
          ? texts.t('chain.words.statement')
          : texts.t('chain.statement.title', { kind: kindTitle(data.name).toLowerCase() })
      }
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
      <Section title={texts.t('chain.statement.whatItSays')}>
        <div className={classes.payload}>
          {payload === null ? <p>{texts.t('chain.statement.thisNodeKnows')}</p> : <Payload value={payload} />}
          <details>
            <summary>{texts.t('chain.statement.bytesOfPayload')}</summary>
            {payloadHex === '' ? (
              <p>{texts.t('chain.words.none')}</p>
            ) : (
              <WholeIdent value={payloadHex} label={texts.t('chain.statement.payload')} />
            )}
          </details>
        </div>
      </Section>
      {outcome !== null && outcome.entries.length > 0 ? (
        <Section title={texts.t('chain.statement.entries')}>
          <EntryOutcomes outcome={outcome} />
        </Section>
      ) : null}
      <Section title={texts.t('chain.statement.details')}>
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
    {
      label: texts.t('chain.words.id'),
      value: <WholeIdent value={statement.id} label={texts.t('chain.words.statementId')} />,
    },
    { label: texts.t('chain.words.kind'), value: `${statement.name} (${statement.kind})` },
    { label: texts.t('chain.words.sentBy'), value: <AuthorName author={author} /> },
    ...(author.type === 'person'
      ? [
          {
            label: texts.t('chain.statement.authorsKey'),
            value: <WholeIdent value={author.key} label={texts.t('chain.statement.authorsKeyNoun')} />,
          },
        ]
      : []),
    { label: texts.t('chain.words.issued'), value: <FullMoment time={statement.issued} /> },
    {
      label: texts.t('chain.words.object'),
      value: list ? (
        texts.t('chain.words.onePerEntry')
      ) : (
        <WholeIdent value={object} label={texts.t('chain.words.objectId')} />
      ),
    },
    { label: texts.t('chain.words.version'), value: list ? texts.t('chain.words.none') : numberText(version) },
    {
      label: texts.t('chain.words.transaction'),
      value: transaction === null ? texts.t('chain.words.noneYet') : <TransactionLink id={transaction} />,
    },
    {
      label: texts.t('chain.statement.attachment'),
      hint: texts.t('chain.statement.commitmentToDeletable'),
      value:
        attachment === null ? (
          texts.t('chain.words.none')
        ) : (
          <WholeIdent value={attachment} label={texts.t('chain.statement.attachmentCommitment')} />
        ),
    },
    {
      label: texts.t('chain.words.signature'),
      value:
        signature === null ? (
          texts.t('chain.statement.noneOfIts')
        ) : (
          <WholeIdent value={signature} label={texts.t('chain.words.signatureNoun')} />
        ),
    },
  ];
}
