// A document that was opened in this page: shown where browsers can, and always to be saved. No name stands in the file's name.
import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endingOf } from '../../../records/blobs/media-type.ts';
import { saveBlob } from '../../shared/ui/save.ts';
import classes from './parts.module.css';
import { ScrollText } from './scroll-text.tsx';

export interface DocumentViewProps {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** What it shows, for who does not see it. */
  readonly title: string;
}

export function DocumentView({ bytes, mediaType, title }: DocumentViewProps) {
  const { t } = useTranslation();
  const [blob] = useState(() => new Blob([bytes.slice()], { type: mediaType }));
  return (
    <div className={classes.document}>
      <Shown blob={blob} mediaType={mediaType} title={title} />
      <div>
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={() => saveBlob(`wardmesh-record.${endingOf(mediaType)}`, blob)}
        >
          {t('care.download')}
        </Button>
      </div>
    </div>
  );
}

function Shown({ blob, mediaType, title }: { blob: Blob; mediaType: string; title: string }) {
  const { t } = useTranslation();
  const address = useBlobAddress(blob);
  const [text, setText] = useState<string>();
  useEffect(() => {
    if (mediaType === 'text/plain') void blob.text().then(setText);
  }, [blob, mediaType]);
  if (address === undefined) return null;
  if (mediaType.startsWith('image/')) return <img className={classes.picture} src={address} alt={title} />;
  if (mediaType === 'application/pdf') return <iframe className={classes.paper} src={address} title={title} />;
  if (text !== undefined) return <ScrollText text={text} />;
  return <Text c="dimmed">{t('care.notShown')}</Text>;
}

/** Of a blob while the page shows it. */
function useBlobAddress(blob: Blob): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}
