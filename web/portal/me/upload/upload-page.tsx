// A document of the patient: sealed in this browser, then sent. The clinic keeps what it cannot open.
import { Button, FileInput, Text, TextInput } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { DOCUMENT_TYPES, documentTypeOf, SNIFF_BYTES } from '../../../../records/blobs/media-type.ts';
import type { MyRecord } from '../../../../rpc/schema/me.ts';
import { category as categories } from '../../../../rpc/schema/record.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { failureText } from '../../../shared/text/errors.ts';
import { bytesText } from '../../../shared/text/numbers.ts';
import { ButtonLink } from '../../../shared/ui/link.tsx';
import { Page } from '../../../shared/ui/page.tsx';
import { Notice } from '../../../shared/ui/states.tsx';
import { Pick } from '../../parts/pick.tsx';
import { ProgressLine } from '../../parts/progress-line.tsx';
import classes from '../parts/me.module.css';
import { MyView, NotAttached } from '../parts/my-page.tsx';
import { useSummary } from '../parts/use-mine.ts';
import { useOwnVault, useReread } from '../parts/use-own-vault.ts';
import { putEnvelope } from './put-envelope.ts';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/me.ts';

type Category = Exclude<MyRecord['category'], 'consent'>;

const CATEGORIES = categories.exclude(['consent']).options;
const ACCEPT = DOCUMENT_TYPES.flatMap(({ endings }) => endings.map((ending) => `.${ending}`)).join(',');
const MAX_TITLE = 200;

export function UploadPage() {
  const { t } = useTranslation();
  const query = useSummary();
  const [kept, setKept] = useState<string>();
  return (
    <Page title={t('me.upload.title')} intro={t('me.upload.intro')}>
      <MyView query={query}>
        {({ attached }) =>
          !attached ? (
            <NotAttached />
          ) : kept === undefined ? (
            <UploadForm onKept={setKept} />
          ) : (
            <Kept record={kept} onAnother={() => setKept(undefined)} />
          )
        }
      </MyView>
    </Page>
  );
}

function UploadForm({ onKept }: { onKept: (record: string) => void }) {
  const { t } = useTranslation();
  const state = useFormState();
  const withVault = useOwnVault();
  const reread = useReread();
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [category, setCategory] = useState<Category>();
  const [share, setShare] = useState<number>();
  const stop = useRef<AbortController>(undefined);
  const submit = async () => {
    const type = file === null ? undefined : documentTypeOf(await headOf(file));
    const found: Mistake[] = [];
    if (file === null) found.push({ field: 'upload-file', words: t('me.upload.fileMissing') });
    else if (type === undefined) found.push({ field: 'upload-file', words: t('me.upload.fileWrong') });
    if (title.trim() === '') found.push({ field: 'upload-title', words: t('me.upload.titleMissing') });
    if (category === undefined) found.push({ field: 'upload-category', words: t('me.upload.categoryMissing') });
    if (file === null || type === undefined || category === undefined || found.length > 0) return found;
    const about = { file, title: title.trim(), mediaType: type.mediaType, category };
    const aborter = new AbortController();
    stop.current = aborter;
    try {
      const { record } = await withVault((records, client, vault) => {
        setShare(0);
        return records.addToVault(client, vault, about, {
          upload: putEnvelope,
          onProgress: (done, of) => setShare(of === 0 ? 0 : done / of),
          signal: aborter.signal,
        });
      });
      await reread();
      onKept(record);
      return undefined;
    } catch (error) {
      if (codeOf(error) === CANCELLED) return undefined;
      if (aborter.signal.aborted) return [{ words: t('me.upload.stopped') }];
      return [{ words: failureText(error) }];
    } finally {
      setShare(undefined);
    }
  };
  return (
    <Form state={state} onSubmit={submit} label={t('me.upload.title')}>
      <FileInput
        id="upload-file"
        label={t('me.upload.file')}
        description={t('me.upload.fileHint')}
        placeholder={t('me.upload.choose')}
        leftSection={<IconUpload size={18} aria-hidden />}
        accept={ACCEPT}
        value={file}
        onChange={setFile}
        error={state.wrong('upload-file')}
        size="md"
      />
      {file === null ? null : <Text c="dimmed">{bytesText(file.size)}</Text>}
      <TextInput
        id="upload-title"
        label={t('me.upload.what')}
        description={t('me.upload.whatHint')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        error={state.wrong('upload-title')}
        maxLength={MAX_TITLE}
        autoComplete="off"
        size="md"
      />
      <Pick<Category>
        id="upload-category"
        label={t('me.records.category')}
        none={t('admin.choose')}
        value={category}
        options={
          Object.fromEntries(CATEGORIES.map((one) => [one, t(`care.categories.${one}`)])) as Record<Category, string>
        }
        onChange={setCategory}
        error={state.wrong('upload-category')}
      />
      <Text c="dimmed">{t('me.upload.sealed')}</Text>
      {share === undefined ? null : <ProgressLine label={t('me.upload.sending')} share={share} />}
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('me.upload.submit')}
        </Button>
        {share === undefined ? (
          <ButtonLink to="/me/records" size="md">
            {t('form.cancel')}
          </ButtonLink>
        ) : (
          <Button variant="default" size="md" onClick={() => stop.current?.abort()}>
            {t('me.upload.stop')}
          </Button>
        )}
      </Actions>
    </Form>
  );
}

function Kept({ record, onAnother }: { record: string; onAnother: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.part}>
      <Notice title={t('me.upload.kept')}>
        <p>{t('me.upload.keptText')}</p>
        <div className={classes.buttons}>
          <ButtonLink to="/me/records/$record" params={{ record }}>
            {t('me.upload.look')}
          </ButtonLink>
          <Button variant="default" onClick={onAnother}>
            {t('me.upload.another')}
          </Button>
        </div>
      </Notice>
    </div>
  );
}

async function headOf(file: File): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
}
