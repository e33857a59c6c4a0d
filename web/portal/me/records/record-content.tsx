// What a record says: text of the clinic, a document, or what only the vault in this browser opens.
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { bytesOf } from '../../../shared/text/base64.ts';
import { DocumentView } from '../../parts/document-view.tsx';
import { LargeFile } from '../../parts/large-file.tsx';
import { ProgressLine } from '../../parts/progress-line.tsx';
import { ResourceView } from '../../parts/resource-view.tsx';
import classes from '../parts/me.module.css';
import { useOwnVault } from '../parts/use-own-vault.ts';
import { recordTitle } from './record-title.ts';

export function RecordContent({ read }: { read: Result<'me_recordRead'> }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const { record, resource, bytes } = read;
  if (record.mode === 'vault') return <Sealed record={record} />;
  if (resource !== null) return <ResourceView text={resource} />;
  if (record.mediaType === null || record.size === 0) return <Text c="dimmed">{t('me.record.empty')}</Text>;
  if (bytes === null) {
    const { record: id, version } = record;
    return <LargeFile ask={() => client.call('me_recordDownload', { record: id, version })} />;
  }
  return <DocumentView bytes={bytesOf(bytes)} mediaType={record.mediaType} title={recordTitle(t, record)} />;
}

function Sealed({ record }: Pick<Result<'me_recordRead'>, 'record'>) {
  const { t } = useTranslation();
  const withVault = useOwnVault();
  const action = useAction();
  const [share, setShare] = useState(0);
  const [opened, setOpened] = useState<{ bytes: Uint8Array; mediaType: string; title: string }>();
  if (opened !== undefined) return <DocumentView {...opened} />;
  const open = () =>
    action.run(async () => {
      setShare(0);
      setOpened(
        await withVault((records, client, vault) =>
          records.readVault(client, vault, record, (done, of) => setShare(of === 0 ? 0 : done / of)),
        ),
      );
    });
  return (
    <div className={classes.part}>
      <Text>{t('me.record.sealed')}</Text>
      <div>
        <Button loading={action.busy} onClick={() => void open()}>
          {t('me.record.open')}
        </Button>
      </div>
      {action.busy ? <ProgressLine label={t('me.record.opening')} share={share} /> : null}
      <Said said={action.said} />
    </div>
  );
}
