// A takeout that was made and checked: what is in it, and the file to save.
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { bytesText, numberText } from '../../../shared/text/numbers.ts';
import { Facts } from '../../../shared/ui/facts.tsx';
import { saveBlob } from '../../../shared/ui/save.ts';
import { Notice } from '../../../shared/ui/states.tsx';
import classes from '../parts/me.module.css';
import type { MadeTakeout } from './make-takeout.ts';

/** As how-to-open.tsx has it. */
const TAKEOUT_FILE = 'wardmesh-takeout.tar.age';

export interface TakeoutReadyProps {
  readonly made: MadeTakeout;
  onAnother(): void;
}

export function TakeoutReady({ made, onAnother }: TakeoutReadyProps) {
  const { t } = useTranslation();
  const { file, records, proven, missing, elsewhere } = made;
  return (
    <div className={classes.part}>
      <Notice title={t('takeout.done')}>
        <p>{t('takeout.doneText')}</p>
        <div className={classes.buttons}>
          <Button leftSection={<IconDownload size={18} aria-hidden />} onClick={() => saveBlob(TAKEOUT_FILE, file)}>
            {t('takeout.save')}
          </Button>
          <Button variant="default" onClick={onAnother}>
            {t('takeout.another')}
          </Button>
        </div>
      </Notice>
      <Facts
        facts={[
          { label: t('takeout.records'), value: numberText(records) },
          { label: t('takeout.proven'), value: numberText(proven) },
          ...(missing === 0 ? [] : [{ label: t('takeout.missing'), value: numberText(missing) }]),
          { label: t('takeout.size'), value: bytesText(file.size) },
          {
            label: t('takeout.elsewhere'),
            value: elsewhere.length === 0 ? t('takeout.elsewhereNone') : <bdi>{elsewhere.join(', ')}</bdi>,
          },
        ]}
      />
      {elsewhere.length === 0 ? null : <Text c="dimmed">{t('takeout.elsewhereText')}</Text>}
    </div>
  );
}
