// Whether the event log is whole: each entry follows the one before, each signature is this clinic's.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { numberText } from '../../../shared/text/numbers.ts';
import { Facts } from '../../../shared/ui/facts.tsx';
import classes from '../parts/admin.module.css';

export function LogCheck() {
  const { t } = useTranslation();
  const { client } = useNode();
  const action = useAction();
  const [state, setState] = useState<Result<'admin_accessLogCheck'>>();
  const check = () => action.run(async () => setState(await client.call('admin_accessLogCheck')));
  return (
    <div className={classes.part}>
      <Text>{t('admin.log.checkText')}</Text>
      <div>
        <Button variant="default" loading={action.busy} onClick={() => void check()}>
          {t('admin.log.checkNow')}
        </Button>
      </div>
      <Said said={action.said} />
      <div role="status">
        {state === undefined ? null : (
          <Facts
            facts={[
              {
                label: t('admin.log.result'),
                value:
                  state.broken === null
                    ? t('admin.log.holds')
                    : t('admin.log.broken', { number: numberText(state.broken) }),
              },
              { label: t('admin.log.entries'), value: numberText(state.entries) },
              { label: t('admin.log.signed'), value: numberText(state.signed) },
            ]}
          />
        )}
      </div>
    </div>
  );
}
