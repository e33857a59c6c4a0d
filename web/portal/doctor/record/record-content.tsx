// What a record says: a FHIR resource as its main facts with its text below, a document as what it is. A large one is fetched
// as a file when somebody wants it.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { FILE_PATHS } from '../../../../rpc/schema/file.ts';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { bytesOf } from '../../../shared/text/base64.ts';
import { DocumentView } from '../../parts/document-view.tsx';
import { ResourceView } from '../../parts/resource-view.tsx';
import type { ReadPurpose } from '../data/charts.ts';
import classes from '../parts/doctor.module.css';
import { recordTitle } from '../parts/record-columns.tsx';

export interface RecordContentProps {
  readonly patient: string;
  readonly purpose: ReadPurpose;
  readonly read: Result<'record_read'>;
}

export function RecordContent({ patient, purpose, read }: RecordContentProps) {
  const { t } = useTranslation();
  const { record, resource, bytes } = read;
  if (resource !== null) {
    return (
      <div className={classes.stack}>
        <ResourceView text={resource} />
      </div>
    );
  }
  if (bytes !== null) {
    return <DocumentView bytes={bytesOf(bytes)} mediaType={record.mediaType} title={recordTitle(t, record)} />;
  }
  if (record.size === 0) return <p>{t('doctor.record.noContent')}</p>;
  return <Large patient={patient} purpose={purpose} record={record} />;
}

function Large({ patient, purpose, record }: Omit<RecordContentProps, 'read'> & Pick<Result<'record_read'>, 'record'>) {
  const { t } = useTranslation();
  const { client } = useNode();
  const action = useAction();
  const { record: id, clinic, version } = record;
  const fetchFile = () =>
    void action.run(async () => {
      const { download } = await client.call('record_download', { patient, record: id, clinic, version, purpose });
      Object.assign(document.createElement('a'), { href: `${FILE_PATHS.downloads}/${download}`, download: '' }).click();
    });
  return (
    <div className={classes.stack}>
      <p>{t('doctor.record.large')}</p>
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
