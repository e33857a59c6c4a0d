// A FHIR resource for people: the few fields that say most, and all of it as it was written.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../shared/ui/facts.tsx';
import { saveBlob } from '../../shared/ui/save.ts';
import classes from './parts.module.css';
import { resourceFacts } from './resource-facts.ts';
import { ScrollText } from './scroll-text.tsx';

export function ResourceView({ text }: { text: string }) {
  const { t } = useTranslation();
  const facts = resourceFacts(text).map(([name, value]) => ({
    label: t(`care.facts.${name}`),
    value: <bdi>{value}</bdi>,
  }));
  return (
    <>
      {facts.length === 0 ? null : <Facts facts={facts} />}
      <details className={classes.whole}>
        <summary>{t('care.whole')}</summary>
        <ScrollText text={indented(text)} />
      </details>
      <Button
        variant="default"
        leftSection={<IconDownload size={18} aria-hidden />}
        onClick={() => saveBlob('wardmesh-record.json', new Blob([text], { type: 'application/json' }))}
      >
        {t('care.download')}
      </Button>
    </>
  );
}

/** Numbers keep their digits: only the layout changes where it can. */
function indented(text: string): string {
  try {
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    // Reading a number may round it; then the text stands as it came.
    return pretty.replace(/\s/g, '') === text.replace(/\s/g, '') ? pretty : text;
  } catch {
    return text;
  }
}
