// A list of named values on a surface: label above or beside its value, by the room there is.
import type { ReactNode } from 'react';
import classes from './facts.module.css';

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
  /** What the label means, when it is no common word. */
  readonly hint?: string;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, value, hint }) => (
        <div key={label} className={classes.fact}>
          <dt>
            {label}
            {hint === undefined ? null : <span className={classes.hint}>{hint}</span>}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A few figures that matter most, side by side. */
export function Figures({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.figures}>
      {facts.map(({ label, value, hint }) => (
        <div key={label} className={classes.figure}>
          <dt>{label}</dt>
          <dd>
            <span className={classes.big}>{value}</span>
            {hint === undefined ? null : <span className={classes.hint}>{hint}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
