// Whether branches of the organisation read what this clinic wrote by being branches, and the patient's switch for it.
import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { Section } from '../../../shared/ui/page.tsx';
import classes from '../parts/me.module.css';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';

export function Branches({ read }: { read: boolean }) {
  const { t } = useTranslation();
  const withVault = useOwnVault();
  const reread = useReread();
  const action = useAction();
  const change = () =>
    void action.run(
      async () => {
        await withVault((records, client, vault) => records.letBranches(client, vault, !read));
        await reread();
      },
      t(read ? 'me.branches.stopped' : 'me.branches.letAgain'),
    );
  return (
    <Section title={t('me.branches.title')}>
      <div className={classes.part}>
        <Text>{t(read ? 'me.branches.on' : 'me.branches.off')}</Text>
        <div>
          <Button variant="default" size="md" loading={action.busy} onClick={change}>
            {t(read ? 'me.branches.stop' : 'me.branches.again')}
          </Button>
        </div>
        <Said said={action.said} />
      </div>
    </Section>
  );
}
