// The sections as a column, where there is room for one; inside the explorer its sections below them.
import { useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { SECTIONS as EXPLORER } from '../../explorer/sections.ts';
import { useActing, useSession } from '../../shared/session/session-context.tsx';
import { NavLink } from './nav-link.tsx';
import { sectionsFor } from './sections.ts';
import classes from './side-nav.module.css';

export function SideNav() {
  const { t } = useTranslation();
  const sections = sectionsFor(useSession(), useActing().role);
  const explorer = useLocation({ select: ({ pathname }) => pathname.startsWith('/explorer') });
  return (
    <div className={classes.column}>
      <nav aria-label={t('nav.main')}>
        <ul className={classes.list}>
          {sections.map((section) => (
            <NavLink key={section.to} section={section} className={classes.link} iconSize={20} />
          ))}
        </ul>
      </nav>
      {explorer ? (
        <nav aria-label={t('nav.explorer')} className={classes.inner}>
          <ul className={classes.list}>
            {EXPLORER.map((section) => (
              <NavLink key={section.to} section={section} className={classes.link} iconSize={20} />
            ))}
          </ul>
        </nav>
      ) : null}
    </div>
  );
}
