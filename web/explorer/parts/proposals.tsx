// What was proposed about the members, who approved, and what is still missing.

import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText, numberText } from '../../shared/text/numbers.ts';
import { sentence } from '../../shared/text/sentence.ts';
import { durationText } from '../../shared/time/format.ts';
import { Ident } from '../../shared/ui/ident.tsx';
import { Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { proposalsQuery } from '../data/queries.ts';
import type { Member } from '../data/voters.ts';
import { ClinicName } from './names.tsx';
import classes from './proposals.module.css';

type Proposal = Result<'member_proposals'>['proposals'][number];

const STATUS = {
  open: texts.t('chain.proposals.open'),
  approved: texts.t('chain.proposals.approved'),
  expired: texts.t('chain.proposals.expired'),
} as const;

export function Proposals({ members }: { members: readonly Member[] }) {
  const { client } = useNode();
  const query = useQuery(proposalsQuery(client));
  return (
    <Section title={texts.t('chain.proposals.proposals')}>
      <QueryView query={query} rows={3}>
        {({ proposals }) =>
          proposals.length === 0 ? (
            <Notice title={texts.t('chain.words.nothingYet')} live={false}>
              <p>{texts.t('chain.proposals.whatClinicsPropose')}</p>
            </Notice>
          ) : (
            <LongTable
              caption={captionOf(proposals)}
              columns={columnsOf(members)}
              rows={proposals}
              rowKey={({ id }) => id}
              filterLabel={texts.t('chain.proposals.findProposalBy')}
              filterText={({ id, summary, status }) => `${id} ${summary} ${status}`.toLowerCase()}
            />
          )
        }
      </QueryView>
    </Section>
  );
}

function captionOf(proposals: readonly Proposal[]): string {
  const open = proposals.filter(({ status }) => status === 'open').length;
  return texts.t('chain.proposals.caption', {
    proposals: countText(proposals.length, 'proposal'),
    open: numberText(open),
  });
}

function columnsOf(members: readonly Member[]): readonly Column<Proposal>[] {
  const clinic = (number: number) => (
    <ClinicName key={number} number={number} name={members.find((one) => one.number === number)?.name ?? null} />
  );
  return [
    {
      name: texts.t('chain.proposals.change'),
      wrap: true,
      cell: ({ summary, id }) => (
        <span className={classes.change}>
          <bdi>{sentence(summary)}</bdi>
          <Ident value={id} label={texts.t('chain.proposals.proposalId')} />
        </span>
      ),
    },
    { name: texts.t('chain.words.status'), cell: ({ status }) => STATUS[status] },
    {
      name: texts.t('chain.proposals.approvedBy'),
      wrap: true,
      cell: ({ approvals, proposer }) => (
        <span className={classes.approvals}>
          <span className={classes.hint}>
            {texts.t('chain.proposals.approvers', { clinics: countText(approvals.length, 'clinic') })}
          </span>
          {[proposer, ...approvals.filter((one) => one !== proposer)].map(clinic)}
        </span>
      ),
    },
    { name: texts.t('chain.proposals.missing'), cell: missingText },
    { name: texts.t('chain.proposals.canBeApproved'), cell: (proposal) => <Deadline proposal={proposal} /> },
  ];
}

function missingText({ status, missing }: Proposal): string {
  if (status === 'open') return countText(missing, 'approval');
  return status === 'approved' ? texts.t('chain.words.none') : texts.t('chain.proposals.tooLate');
}

function Deadline({ proposal: { status, expires } }: { proposal: Proposal }) {
  const { head, health } = useLive();
  if (status === 'approved') return <>{texts.t('chain.proposals.noNeed')}</>;
  const away = head === undefined ? 0 : expires - head.height;
  const duration = health === undefined || away <= 0 ? undefined : durationText(away * health.blockInterval);
  return (
    <>
      {texts.t('chain.proposals.until', { height: numberText(expires) })}
      {duration === undefined ? null : (
        <div className={classes.hint}>{texts.t('chain.proposals.more', { duration })}</div>
      )}
    </>
  );
}
