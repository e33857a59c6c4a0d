// Links to the page of one block, transaction or statement.

import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { CopyButton } from '../../shared/ui/copy-button.tsx';
import { ShortIdent } from '../../shared/ui/ident.tsx';
import { Link } from '../../shared/ui/link.tsx';
import classes from './links.module.css';

export function HeightLink({ height }: { height: number }) {
  return (
    <Link to="/explorer/blocks/$ref" params={{ ref: String(height) }} className={classes.target}>
      {numberText(height)}
    </Link>
  );
}

export function BlockLink({ id }: { id: string }) {
  return (
    <span className={classes.row}>
      <Link to="/explorer/blocks/$ref" params={{ ref: id }} className={classes.target}>
        <ShortIdent value={id} />
      </Link>
      <CopyButton value={id} label={texts.t('chain.words.blockId')} />
    </span>
  );
}

export function TransactionLink({ id }: { id: string }) {
  return (
    <span className={classes.row}>
      <Link to="/explorer/txs/$id" params={{ id }} className={classes.target}>
        <ShortIdent value={id} />
      </Link>
      <CopyButton value={id} label={texts.t('chain.words.transactionId')} />
    </span>
  );
}

export function StatementLink({ id }: { id: string }) {
  return (
    <span className={classes.row}>
      <Link to="/explorer/statements/$id" params={{ id }} className={classes.target}>
        <ShortIdent value={id} />
      </Link>
      <CopyButton value={id} label={texts.t('chain.words.statementId')} />
    </span>
  );
}
