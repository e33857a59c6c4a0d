// Tells waiters and subscribers of statements whose blocks became final.
import type { Logger } from '../../common/logger.ts';
import type { StatementEvents } from '../statement-events.ts';
import type { ChainReader } from './chain-reader.ts';
import type { FinalView } from './views.ts';

/** Blocks whose statements are told of one by one; more become final at once only after a long time away. */
const TOLD_BLOCKS = 256;

export interface FinalStatementsModules {
  readonly finality: FinalView & { onChange(listener: () => void): () => void };
  readonly statements: StatementEvents;
  readonly reader: ChainReader;
  readonly logger: Logger;
}

export function followFinality({ finality, statements, reader, logger }: FinalStatementsModules): void {
  let told = 0;
  finality.onChange(() => {
    const to = finality.finalHeight;
    const from = Math.max(told, to - TOLD_BLOCKS);
    told = to;
    if (to <= from) return;
    statements
      .finalised(() => reader.statementsBetween(from, to))
      .catch((error) => logger.error({ err: error }, 'nobody was told what became final'));
  });
}
