// Links inside the pages: Mantine's look, the router's navigation and preloading.
import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Plain<P> = Omit<P, 'component'> &
  Pick<ComponentPropsWithRef<'a'>, 'ref' | 'href' | 'onClick' | 'title' | 'aria-label' | 'children'>;
type PlainAnchor = Plain<AnchorProps>;
type PlainButton = Plain<ButtonProps>;

export const Link = createLink(({ ref, ...props }: PlainAnchor) => <Anchor ref={ref} underline="always" {...props} />);

/** A link that looks like a button: going to a page of its own, never doing something. */
export const ButtonLink = createLink(({ ref, ...props }: PlainButton) => (
  <Button component="a" ref={ref} variant="default" {...props} />
));
