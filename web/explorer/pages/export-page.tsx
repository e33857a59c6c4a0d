// The whole chain as a file.
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useLive } from '../../shared/node/node-context.tsx';
import { countText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import classes from './export-page.module.css';

export function ExportPage() {
  const { head } = useLive();
  return (
    <Page
      title="Export"
      intro="The whole main chain as one JSON file, a block on each line, from block 0 to the head. Nothing is left out."
    >
      <div className={classes.panel}>
        <Text>
          {head === undefined
            ? 'The number of blocks is not known yet.'
            : `${countText(head.height + 1, 'block')} now.`}{' '}
          A file that was cut short has no closing bracket at its end.
        </Text>
        <Button
          component="a"
          href="/api/v1/chain/export"
          download="wardmesh-chain.json"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          Download the chain
        </Button>
        <Text c="dimmed">
          On the command line: <code>wardmesh chain export</code> writes the same as JSON lines.
        </Text>
      </div>
    </Page>
  );
}
