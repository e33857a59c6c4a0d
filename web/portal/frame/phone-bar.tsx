// The sections as a bar of four at the foot of narrow pages; the last opens the others. Inside the explorer its sections
// come first.
import { UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SECTIONS as EXPLORER } from '../../explorer/sections.ts';
import { useActing, useSession } from '../../shared/session/session-context.tsx';
import { NavLink } from './nav-link.tsx';
import classes from './phone-bar.module.css';
import { sectionsFor } from './sections.ts';

/** Beside "More". */
const IN_BAR = 3;

export function PhoneBar() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  const portal = sectionsFor(useSession(), useActing().role);
  // The explorer's own overview stands for the way to it.
  const inside = path.startsWith('/explorer');
  const sections = inside ? [...EXPLORER, ...portal.filter(({ to }) => to !== '/explorer')] : portal;
  useEffect(() => setOpen(false), [path]);
  const onKeyDown = ({ key }: { key: string }) => {
    if (key !== 'Escape' || !open) return;
    setOpen(false);
    button.current?.focus();
  };
  return (
    <nav aria-label={t('nav.short')} className={classes.nav} onKeyDown={onKeyDown}>
      <ul id="more-sections" className={classes.more} hidden={!open}>
        {sections.slice(IN_BAR).map((section) => (
          <NavLink key={section.to} section={section} className={classes.item} iconSize={22} />
        ))}
      </ul>
      <ul className={classes.bar}>
        {sections.slice(0, IN_BAR).map((section) => (
          <NavLink key={section.to} section={section} className={classes.item} iconSize={22} />
        ))}
        <li>
          <UnstyledButton
            ref={button}
            className={classes.item}
            aria-expanded={open}
            aria-controls="more-sections"
            onClick={() => setOpen(!open)}
          >
            <IconDots size={22} aria-hidden />
            {t('nav.more')}
          </UnstyledButton>
        </li>
      </ul>
    </nav>
  );
}
