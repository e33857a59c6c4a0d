// Clinics by the blocks they mined, and the figures of mining.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { countText, hashRateText, numberText } from '../../shared/text/numbers.ts';
import { durationText } from '../../shared/time/format.ts';
import { Moment, MomentHeader } from '../../shared/time/moment.tsx';
import { Figures } from '../../shared/ui/facts.tsx';
import { Page, Section } from '../../shared/ui/page.tsx';
import { QueryView } from '../../shared/ui/query-view.tsx';
import { Notice } from '../../shared/ui/states.tsx';
import { leaderboardQuery, miningStatsQuery } from '../data/queries.ts';
import { HeightLink } from '../parts/links.tsx';
import { ClinicName } from '../parts/names.tsx';
import { ShareBar } from '../parts/share-bar.tsx';

type Leaderboard = Result<'mining_leaderboard'>;

const COLUMNS: readonly Column<Leaderboard['miners'][number]>[] = [
  { name: 'Rank', sort: 'ascending', cell: ({ rank }) => numberText(rank) },
  { name: 'Clinic', wrap: true, cell: ({ clinic, name }) => <ClinicName number={clinic} name={name} /> },
  { name: 'Blocks', numeric: true, cell: ({ blocks }) => numberText(blocks) },
  { name: 'Share', cell: ({ share }) => <ShareBar share={share} /> },
  {
    name: 'Last block',
    cell: ({ lastBlock }) => (lastBlock === null ? 'None yet' : <HeightLink height={lastBlock.height} />),
  },
  {
    name: 'Last mined',
    header: <MomentHeader age="Last mined, age" time="Last mined" />,
    cell: ({ lastBlock }) => (lastBlock === null ? 'Never' : <Moment time={lastBlock.timestamp} />),
  },
  { name: 'Credits', numeric: true, cell: ({ credits }) => numberText(credits) },
];

export function MinersPage() {
  const { client } = useNode();
  const query = useQuery(leaderboardQuery(client));
  return (
    <Page title="Miners" intro="Each block credits the clinic that mined it. Credits and places decide nothing.">
      <MiningFigures />
      <Section title="Leaderboard">
        <QueryView query={query} rows={4}>
          {({ basis, height, miners }) =>
            miners.length === 0 ? (
              <Notice title="Nothing yet">
                <p>The first mined block puts its clinic here.</p>
              </Notice>
            ) : (
              <DataTable
                caption={captionOf(basis, height)}
                columns={COLUMNS}
                rows={miners}
                rowKey={({ clinic }) => clinic}
              />
            )
          }
        </QueryView>
      </Section>
    </Page>
  );
}

function captionOf(basis: Leaderboard['basis'], height: number): string {
  const blocks = `Blocks 1 to ${numberText(height)}`;
  return basis === 'final' ? `${blocks}, all final` : `${blocks}. Not final yet: places may still change`;
}

function MiningFigures() {
  const { client } = useNode();
  const { data } = useQuery(miningStatsQuery(client));
  if (data === undefined) return null;
  return (
    <Figures
      facts={[
        {
          label: 'Median time between blocks',
          value: durationText(data.medianIntervalMs),
          hint: `Last ${numberText(data.blocks)} blocks`,
        },
        { label: 'Hash rate', value: hashRateText(data.hashesPerSecond), hint: 'Estimated from the blocks' },
        { label: 'Difficulty', value: numberText(data.difficulty), hint: 'Expected hashes a block' },
        {
          label: 'Statements a second',
          value: numberText(data.statementsPerSecond),
          hint: `${countText(data.signers, 'clinic')} mined`,
        },
      ]}
    />
  );
}
