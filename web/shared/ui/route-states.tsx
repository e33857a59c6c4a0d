// Addresses that lead nowhere, and pages that broke: always with a way out.
import { Button } from '@mantine/core';
import { ButtonLink } from './link.tsx';
import { Page } from './page.tsx';
import classes from './route-states.module.css';
import { Notice } from './states.tsx';

export function NotFound() {
  return (
    <Page title="Page not found">
      <Notice title="There is no page at this address" live={false}>
        <p>If you typed it, check the spelling. If you followed a link, it may be out of date.</p>
        <ButtonLink to="/explorer">Go to the explorer</ButtonLink>
      </Notice>
    </Page>
  );
}

/** Outside the explorer there is no shell around it. */
export function NotFoundAlone() {
  return (
    <main className={classes.alone}>
      <NotFound />
    </main>
  );
}

/** Also when the files of a page are gone because the node was upgraded meanwhile. */
export function PageFailed() {
  return (
    <Page title="This page does not work">
      <Notice title="Something went wrong on this page">
        <p>Nothing on the chain is affected. Loading the page again often helps.</p>
        <Button variant="default" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Notice>
    </Page>
  );
}
