// Clinics by the blocks they mined, and the figures of mining.

import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import type { Column } from '../../shared/table/columns.ts';
import { DataTable } from '../../shared/table/data-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
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
import '../../shared/text/en/chain.ts';

type Leaderboard = Result<'mining_leaderboard'>;

const COLUMNS: readonly Column<Leaderboard['miners'][number]>[] = [
  { name: texts.t('chain.miners.rank'), sort: 'ascending', cell: ({ rank }) => numberText(rank) },
  {
    name: texts.t('chain.words.clinic'),
    wrap: true,
    cell: ({ clinic, name }) => <ClinicName number={clinic} name={name} />,
  },
  { name: texts.t('chain.words.blocks'), numeric: true, cell: ({ blocks }) => numberText(blocks) },
  { name: texts.t('chain.miners.share'), cell: ({ share }) => <ShareBar share={share} /> },
  {
    name: texts.t('chain.words.lastBlock'),
    cell: ({ lastBlock }) =>
      lastBlock === null ? texts.t('chain.words.noneYet') : <HeightLink height={lastBlock.height} />,
  },
  {
    name: texts.t('chain.words.lastMined'),
    header: <MomentHeader age={texts.t('chain.words.lastMinedAge')} time={texts.t('chain.words.lastMined')} />,
    cell: ({ lastBlock }) =>
      lastBlock === null ? texts.t('chain.miners.never') : <Moment time={lastBlock.timestamp} />,
  },
  { name: texts.t('chain.miners.credits'), numeric: true, cell: ({ credits }) => numberText(credits) },
];

export function MinersPage() {
  const { client } = useNode();
  const query = useQuery(leaderboardQuery(client));
  return (
    <Page title={texts.t('chain.miners.miners')} intro={texts.t('chain.miners.eachBlockCredits')}>
      <MiningFigures />
      <Section title={texts.t('chain.miners.leaderboard')}>
        <QueryView query={query} rows={4}>
          {({ basis, height, miners }) =>
            miners.length === 0 ? (
              <Notice title={texts.t('chain.words.nothingYet')}>
                <p>{texts.t('chain.miners.firstMinedBlock')}</p>
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
  const key = basis === 'final' ? 'chain.miners.basisFinal' : 'chain.miners.basisOpen';
  return texts.t(key, { height: numberText(height) });
}

function MiningFigures() {
  const { client } = useNode();
  const { data } = useQuery(miningStatsQuery(client));
  if (data === undefined) return null;
  return (
    <Figures
      facts={[
        {
          label: texts.t('chain.miners.medianTimeBetween'),
          value: durationText(data.medianIntervalMs),
          hint: texts.t('chain.miners.lastBlocks', { blocks: numberText(data.blocks) }),
        },
        {
          label: texts.t('chain.miners.hashRate'),
          value: hashRateText(data.hashesPerSecond),
          hint: texts.t('chain.miners.estimatedFromBlocks'),
        },
        {
          label: texts.t('chain.miners.difficulty'),
          value: numberText(data.difficulty),
          hint: texts.t('chain.miners.expectedHashesBlock'),
        },
        {
          label: texts.t('chain.miners.statementsSecond'),
          value: numberText(data.statementsPerSecond),
          hint: texts.t('chain.miners.mined', { clinics: countText(data.signers, 'clinic') }),
        },
      ]}
    />
  );
}
