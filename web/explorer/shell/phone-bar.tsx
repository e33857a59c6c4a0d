// The sections as a bar of four at the foot of narrow pages; the last opens the others.
import { UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import classes from './phone-bar.module.css';
import { BAR_SECTIONS, SECTIONS } from './sections.ts';

export function PhoneBar() {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const path = useLocation({ select: ({ pathname }) => pathname });
  useEffect(() => setOpen(false), [path]);
  const onKeyDown = ({ key }: { key: string }) => {
    if (key !== 'Escape' || !open) return;
    setOpen(false);
    button.current?.focus();
  };
  return (
    <nav aria-label="Explorer, short" className={classes.nav} onKeyDown={onKeyDown}>
      <ul id="more-sections" className={classes.more} hidden={!open}>
        {SECTIONS.slice(BAR_SECTIONS).map((section) => (
          <Item key={section.to} section={section} />
        ))}
      </ul>
      <ul className={classes.bar}>
        {SECTIONS.slice(0, BAR_SECTIONS).map((section) => (
          <Item key={section.to} section={section} />
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
            More
          </UnstyledButton>
        </li>
      </ul>
    </nav>
  );
}

function Item({ section: { to, name, Icon, exact } }: { section: (typeof SECTIONS)[number] }) {
  return (
    <li>
      <Link to={to} activeOptions={{ exact }} className={classes.item}>
        <Icon size={22} aria-hidden />
        {name}
      </Link>
    </li>
  );
}
