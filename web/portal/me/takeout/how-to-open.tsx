// How a takeout is opened and checked without this clinic.
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from '../parts/me.module.css';

export function HowToOpen() {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Text>{t('takeout.open')}</Text>
      <code className={classes.command}>age -d wardmesh-takeout.tar.age | tar -x</code>
      <Text>{t('takeout.check')}</Text>
      <code className={classes.command}>wardmesh verify wardmesh-takeout.tar.age --genesis genesis.json</code>
      <Text>{t('takeout.vault')}</Text>
      <Text c="dimmed">{t('takeout.keep')}</Text>
    </div>
  );
}
