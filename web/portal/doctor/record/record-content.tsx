// What a record says: a FHIR resource as its main facts with its text below, a document as what it is. A large one is fetched
// as a file when somebody wants it.
import { useTranslation } from 'react-i18next';
import type { Result } from '../../../../rpc/schema/methods.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { bytesOf } from '../../../shared/text/base64.ts';
import { DocumentView } from '../../parts/document-view.tsx';
import { LargeFile } from '../../parts/large-file.tsx';
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
  const { client } = useNode();
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
  const { record: id, clinic, version } = record;
  return <LargeFile ask={() => client.call('record_download', { patient, record: id, clinic, version, purpose })} />;
}
