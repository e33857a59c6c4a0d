// How statements ended, in words: status with its note, and each entry of a list.
import type { StatementView } from '../../../rpc/schema/chain.ts';
import type { OutcomeView } from '../../../rpc/schema/shapes.ts';
import type { Column } from '../../shared/table/columns.ts';
import { LongTable } from '../../shared/table/virtual-table.tsx';
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
  if (refused > 0) return `${refused} of ${outcome.entries.length} refused`;
  return outcome.result === 'applied' ? undefined : resultTitle(outcome.result).toLowerCase();
}

/** `12 applied, 1 refused` over the statements of a transaction. */
export function outcomesText(statements: readonly StatementView[]): string {
  const refused = statements.filter(({ status }) => status === 'refused').length;
  const applied = statements.filter(({ status }) => status === 'applied' || status === 'final').length;
  const parts = [applied > 0 && `${applied} applied`, refused > 0 && `${refused} refused`].filter(Boolean);
  return parts.length === 0 ? 'None yet' : parts.join(', ');
}

/** The sentence why it was refused, with its code. */
export function Reason({ outcome }: { outcome: Pick<OutcomeView, 'code' | 'message'> }) {
  return (
    <span>
      {outcome.message ?? 'The node gives no reason.'}
      {outcome.code === null ? null : ` (${outcome.code})`}
    </span>
  );
}

const COLUMNS: readonly Column<Entry>[] = [
  { name: 'Entry', cell: ({ place }) => String(place + 1) },
  {
    name: 'Outcome',
    cell: ({ result }) =>
      result === 'refused' ? (
        <StatusTag status="refused" />
      ) : (
        <StatusTag status="applied" note={result === 'applied' ? undefined : resultTitle(result).toLowerCase()} />
      ),
  },
  {
    name: 'Reason',
    wrap: true,
    cell: (entry) => (entry.result === 'refused' ? <Reason outcome={entry} /> : 'None needed'),
  },
];

export function EntryOutcomes({ outcome }: { outcome: OutcomeView }) {
  const rows = outcome.entries.map((entry, place) => ({ ...entry, place }));
  return (
    <LongTable
      caption={`Outcome of ${countText(rows.length, 'entry', 'entries')}`}
      columns={COLUMNS}
      rows={rows}
      rowKey={({ place }) => place}
      filterLabel="Find outcomes by word"
      filterText={({ result, code, message }) => `${resultTitle(result)} ${code} ${message}`.toLowerCase()}
    />
  );
}
