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

/** How many digits are read out and compared: enough that nobody makes another value that begins the same. */
export const READ_OUT = 32;

/** The first digits in groups of four: for reading out, and for comparing two screens. */
export function GroupedIdent({ value }: { value: string }) {
  return (
    <span className={classes.wrapped} dir="ltr">
      {value
        .slice(0, READ_OUT)
        .match(/.{1,4}/g)
        ?.join(' ')}
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
