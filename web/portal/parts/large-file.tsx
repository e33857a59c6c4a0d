// A document that is too large for a page: the browser fetches it as a file when somebody wants it.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { FILE_PATHS } from '../../../rpc/schema/file.ts';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import classes from './parts.module.css';

export interface LargeFileProps {
  /** Asks the node for it; gives the name to fetch it by. */
  readonly ask: () => Promise<{ readonly download: string }>;
}

export function LargeFile({ ask }: LargeFileProps) {
  const { t } = useTranslation();
  const action = useAction();
  const fetchFile = () =>
    void action.run(async () => {
      const { download } = await ask();
      Object.assign(document.createElement('a'), { href: `${FILE_PATHS.downloads}/${download}`, download: '' }).click();
    });
  return (
    <div className={classes.document}>
      <p>{t('care.large')}</p>
      <div>
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={fetchFile}
          loading={action.busy}
        >
          {t('care.download')}
        </Button>
      </div>
      <Said said={action.said} />
    </div>
  );
}
