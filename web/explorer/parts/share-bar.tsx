// A share as number and bar from zero. The number says all; the bar only compares.
import { shareText } from '../../shared/text/numbers.ts';
import classes from './share-bar.module.css';

export function ShareBar({ share }: { share: number }) {
  return (
    <span className={classes.share}>
      <span className={classes.number}>{shareText(share)}</span>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
    </span>
  );
}
