// What was proposed about the members, who approved, and what is still missing.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useLive, useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
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

const STATUS = { open: 'Open', approved: 'Approved', expired: 'Expired' } as const;

export function Proposals({ members }: { members: readonly Member[] }) {
  const { client } = useNode();
  const query = useQuery(proposalsQuery(client));
  return (
    <Section title="Proposals">
      <QueryView query={query} rows={3}>
        {({ proposals }) =>
          proposals.length === 0 ? (
            <Notice title="Nothing yet" live={false}>
              <p>What clinics propose, such as admitting or removing a clinic, appears here with who approved it.</p>
            </Notice>
          ) : (
            <LongTable
              caption={captionOf(proposals)}
              columns={columnsOf(members)}
              rows={proposals}
              rowKey={({ id }) => id}
              filterLabel="Find a proposal by id, change or status"
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
  return `${countText(proposals.length, 'proposal')}, ${numberText(open)} open`;
}

function columnsOf(members: readonly Member[]): readonly Column<Proposal>[] {
  const clinic = (number: number) => (
    <ClinicName key={number} number={number} name={members.find((one) => one.number === number)?.name ?? null} />
  );
  return [
    {
      name: 'Change',
      wrap: true,
      cell: ({ summary, id }) => (
        <span className={classes.change}>
          <bdi>{sentence(summary)}</bdi>
          <Ident value={id} label="proposal id" />
        </span>
      ),
    },
    { name: 'Status', cell: ({ status }) => STATUS[status] },
    {
      name: 'Approved by',
      wrap: true,
      cell: ({ approvals, proposer }) => (
        <span className={classes.approvals}>
          <span className={classes.hint}>{countText(approvals.length, 'clinic')}, first who proposed it</span>
          {[proposer, ...approvals.filter((one) => one !== proposer)].map(clinic)}
        </span>
      ),
    },
    { name: 'Missing', cell: missingText },
    { name: 'Can be approved', cell: (proposal) => <Deadline proposal={proposal} /> },
  ];
}

function missingText({ status, missing }: Proposal): string {
  if (status === 'open') return countText(missing, 'approval');
  return status === 'approved' ? 'None' : 'Too late';
}

function Deadline({ proposal: { status, expires } }: { proposal: Proposal }) {
  const { head, health } = useLive();
  if (status === 'approved') return <>No need</>;
  const away = head === undefined ? 0 : expires - head.height;
  const when = health === undefined || away <= 0 ? '' : `About ${durationText(away * health.blockInterval)} more`;
  return (
    <>
      Until block {numberText(expires)}
      {when === '' ? null : <div className={classes.hint}>{when}</div>}
    </>
  );
}
