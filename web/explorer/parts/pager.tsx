// Newer and Older, for lists that come in pages. A direction without a page is not there.
import { Button, type ButtonProps } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { createLink } from '@tanstack/react-router';
import type { ReactNode, Ref } from 'react';
import classes from './pager.module.css';

type PlainButton = Omit<ButtonProps, 'component'> & { ref?: Ref<HTMLAnchorElement>; href?: string };

/** Towards newer rows, or the previous of a pair; its children are the words. */
export const BackLink = createLink(({ ref, ...props }: PlainButton) => (
  <Button
    component="a"
    ref={ref}
    variant="default"
    leftSection={<IconChevronLeft size={18} aria-hidden />}
    {...props}
  />
));

/** Towards older rows, or the next of a pair. */
export const OnLink = createLink(({ ref, ...props }: PlainButton) => (
  <Button
    component="a"
    ref={ref}
    variant="default"
    rightSection={<IconChevronRight size={18} aria-hidden />}
    {...props}
  />
));

export function Pager({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className={classes.pager}>
      {children}
    </nav>
  );
}
