// How statements ended, in words: status with its note, and each entry of a list.

import type { StatementView } from '../../../rpc/schema/chain.ts';
import type { OutcomeView } from '../../../rpc/schema/shapes.ts';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText } from '../../shared/text/numbers.ts';
import { resultTitle } from '../../shared/text/statements.ts';
import { StatusTag } from '../../shared/ui/status-tag.tsx';

type Entry = OutcomeView['entries'][number] & { readonly place: number };

/** "Already applied", "known" and "attached" are Applied with a note; so is a list of which parts were refused. */
export function StatementStatus({ statement: { status, outcome } }: { statement: StatementView }) {
  return <StatusTag status={status} note={noteOf(outcome)} />;
}

function noteOf(outcome: OutcomeView | null): string | undefined {
  if (outcome === null || outcome.result === 'refused') return undefined;
  const refused = outcome.entries.filter(({ result }) => result === 'refused').length;
  if (refused > 0) return texts.t('chain.outcome.someRefused', { refused, of: outcome.entries.length });
  return outcome.result === 'applied' ? undefined : resultTitle(outcome.result).toLowerCase();
}

/** `12 applied, 1 refused` over the statements of a transaction. */
export function outcomesText(statements: readonly StatementView[]): string {
  const refused = statements.filter(({ status }) => status === 'refused').length;
  const applied = statements.filter(({ status }) => status === 'applied' || status === 'final').length;
  const parts = [
    applied > 0 && texts.t('chain.outcome.applied', { number: applied }),
    refused > 0 && texts.t('chain.outcome.refused', { number: refused }),
  ].filter(Boolean);
  return parts.length === 0 ? texts.t('chain.words.noneYet') : parts.join(', ');
}

/** The sentence why it was refused, with its code. */
export function Reason({ outcome }: { outcome: Pick<OutcomeView, 'code' | 'message'> }) {
  return (
    <span>
      {outcome.message ?? texts.t('chain.outcome.nodeGivesNo')}
      {outcome.code === null ? null : ` (${outcome.code})`}
    </span>
  );
}

const COLUMNS: readonly Column<Entry>[] = [
  { name: texts.t('chain.outcome.entry'), cell: ({ place }) => String(place + 1) },
  {
    name: texts.t('chain.words.outcome'),
    cell: ({ result }) =>
      result === 'refused' ? (
        <StatusTag status="refused" />
      ) : (
        <StatusTag status="applied" note={result === 'applied' ? undefined : resultTitle(result).toLowerCase()} />
      ),
  },
  {
    name: texts.t('chain.outcome.reason'),
    wrap: true,
    cell: (entry) => (entry.result === 'refused' ? <Reason outcome={entry} /> : texts.t('chain.outcome.noneNeeded')),
  },
];

export function EntryOutcomes({ outcome }: { outcome: OutcomeView }) {
  const rows = outcome.entries.map((entry, place) => ({ ...entry, place }));
  return (
    <LongTable
      caption={texts.t('chain.outcome.caption', { entries: countText(rows.length, 'entry') })}
      columns={COLUMNS}
      rows={rows}
      rowKey={({ place }) => place}
      filterLabel={texts.t('chain.outcome.findOutcomesBy')}
      filterText={({ result, code, message }) => `${resultTitle(result)} ${code} ${message}`.toLowerCase()}
    />
  );
}
