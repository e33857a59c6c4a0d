// The whole chain as a file.

import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useLive } from '../../shared/node/node-context.tsx';
import { texts } from '../../shared/text/i18n.ts';
import { countText } from '../../shared/text/numbers.ts';
import { Page } from '../../shared/ui/page.tsx';
import classes from './export-page.module.css';
import '../../shared/text/en/chain.ts';

export function ExportPage() {
  const { head } = useLive();
  return (
    <Page title={texts.t('chain.export.export')} intro={texts.t('chain.export.wholeMainChain')}>
      <div className={classes.panel}>
        <Text>
          {head === undefined
            ? texts.t('chain.export.numberOfBlocks')
            : texts.t('chain.export.now', { blocks: countText(head.height + 1, 'block') })}{' '}
          {texts.t('chain.export.cut')}
        </Text>
        <Button
          component="a"
          href="/api/v1/chain/export"
          download="wardmesh-chain.json"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          {texts.t('chain.export.downloadChain')}
        </Button>
        <Text c="dimmed">
          {texts.t('chain.export.command')} <code>wardmesh chain export</code> {texts.t('chain.export.same')}
        </Text>
      </div>
    </Page>
  );
}
