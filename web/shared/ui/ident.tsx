// Identifiers: first 6 … last 6 with the whole value in the page, so that searching and copying find all of it.
import { CopyButton } from './copy-button.tsx';
import classes from './ident.module.css';

const ENDS = 6;

/** The shortened value alone, e.g. inside a link. */
export function ShortIdent({ value }: { value: string }) {
  if (value.length <= 2 * ENDS + 1) return <span className={classes.ident}>{value}</span>;
  return (
    <span className={classes.ident} dir="ltr">
      {value.slice(0, ENDS)}
      <span className={classes.middle} aria-hidden>
        {value.slice(ENDS, -ENDS)}
      </span>
      {value.slice(-ENDS)}
    </span>
  );
}

/** `label` says what is copied, e.g. `block id`. */
export function Ident({ value, label }: { value: string; label: string }) {
  return (
    <span className={classes.row}>
      <ShortIdent value={value} />
      <CopyButton value={value} label={label} />
    </span>
  );
}

/** Every digit, wrapped as needed: for pages about one thing. */
export function WholeIdent({ value, label }: { value: string; label: string }) {
  return (
    <span className={classes.whole}>
      <span className={classes.wrapped} dir="ltr">
        {value}
      </span>
      <CopyButton value={value} label={label} />
    </span>
  );
}
