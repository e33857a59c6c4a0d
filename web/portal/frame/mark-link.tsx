// A link in the header: an icon, and a number when there is something.
import type { ReactNode } from 'react';
import { ButtonLink } from '../../shared/ui/link.tsx';
import classes from './mark-link.module.css';

export interface MarkLinkProps {
  readonly to: '/outbox' | '/notifications';
  readonly label: string;
  readonly count: number;
  readonly icon: ReactNode;
}

export function MarkLink({ to, label, count, icon }: MarkLinkProps) {
  return (
    <ButtonLink to={to} size="sm" aria-label={label} className={classes.mark} title={label}>
      {icon}
      {count === 0 ? null : (
        <span className={classes.count} aria-hidden>
          {count > 99 ? '99+' : count}
        </span>
      )}
    </ButtonLink>
  );
}
