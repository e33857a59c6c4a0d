// Files into this clinic's chart of a patient: known by their bytes before they are sent, sent with progress, then written.
import { Button, FileInput, Text, TextInput } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../../../common/errors.ts';
import { DOCUMENT_TYPES, documentTypeOf, SNIFF_BYTES } from '../../../../records/blobs/media-type.ts';
import { RpcError } from '../../../../rpc/client.ts';
import { FILE_PATHS, uploadedFile } from '../../../../rpc/schema/file.ts';
import type { Params } from '../../../../rpc/schema/methods.ts';
import { category as categories } from '../../../../rpc/schema/record.ts';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { bytesText } from '../../../shared/text/numbers.ts';
import { Pick } from '../../parts/pick.tsx';
import { ProgressLine } from '../../parts/progress-line.tsx';
import { putFile } from '../../parts/put-file.ts';
import { useCareAct } from '../data/use-care-act.ts';
import { newDocument, useSigning } from '../data/use-signing.ts';
import { SignChoice } from '../parts/sign-choice.tsx';

type Category = Params<'record_attach'>['category'];

const CATEGORIES = categories.exclude(['consent']).options;
const ACCEPT = DOCUMENT_TYPES.flatMap(({ endings }) => endings.map((ending) => `.${ending}`)).join(',');
const MAX_TITLE = 200;
/** So many wait at the clinic for one person (docs/LIMITS.md). */
const MAX_AT_ONCE = 32;

interface Sending {
  readonly signal: AbortSignal;
  onProgress(share: number): void;
}

export function AttachForm({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const signing = useSigning(patient);
  const state = useFormState();
  const [files, setFiles] = useState<readonly File[]>([]);
  const [title, setTitle] = useState('');
  const [category, setCategory] = useState<Category>();
  const [share, setShare] = useState<number>();
  const [said, setSaid] = useState<string>();
  const stop = useRef<AbortController>(undefined);
  const submit = async () => {
    setSaid(undefined);
    const found: Mistake[] = [];
    const wrong = await fileMistake();
    if (wrong !== undefined) found.push({ field: 'attach-file', words: wrong });
    if (title.trim() === '') found.push({ field: 'attach-title', words: t('doctor.attach.titleMissing') });
    if (category === undefined) found.push({ field: 'attach-category', words: t('doctor.attach.categoryMissing') });
    if (category === undefined || found.length > 0) return found;
    const aborter = new AbortController();
    stop.current = aborter;
    let tooLarge: Mistake | undefined;
    const mistakes = await act(async () => {
      try {
        const uploads = await sendAll(files, { signal: aborter.signal, onProgress: setShare });
        const named: Params<'record_attach'>['files'][number][] = [];
        for (const [index, upload] of uploads.entries()) {
          const content = signing.wanted ? new Uint8Array(await files[index].arrayBuffer()) : new Uint8Array();
          const mediaType = documentTypeOf(content.subarray(0, SNIFF_BYTES))?.mediaType ?? '';
          const about = { category, mediaType, title: title.trim() };
          named.push({ upload, title: about.title, signed: await signing.sign(newDocument(about), content) });
        }
        await client.call('record_attach', { patient, category, files: named });
        setSaid(t('doctor.attach.done', { count: files.length }));
        setFiles([]);
        setTitle('');
      } catch (error) {
        const limit = error instanceof RpcError ? error.details.limit : undefined;
        if (codeOf(error) !== 'upload.too-large' || typeof limit !== 'number') throw error;
        tooLarge = { field: 'attach-file', words: t('doctor.attach.tooLarge', { limit: bytesText(limit) }) };
      }
    });
    setShare(undefined);
    if (aborter.signal.aborted) return [{ words: t('doctor.attach.stopped') }];
    return tooLarge === undefined ? mistakes : [tooLarge];
  };
  const fileMistake = async (): Promise<string | undefined> => {
    if (files.length === 0) return t('doctor.attach.fileMissing');
    if (files.length > MAX_AT_ONCE) return t('doctor.attach.tooMany', { count: MAX_AT_ONCE });
    for (const file of files) {
      const head = new Uint8Array(await file.slice(0, SNIFF_BYTES).arrayBuffer());
      if (documentTypeOf(head) === undefined) return t('doctor.attach.fileWrong', { name: file.name });
    }
    return undefined;
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.attach.title')}>
      <FileInput
        id="attach-file"
        multiple
        label={t('doctor.attach.file')}
        description={t('doctor.attach.fileHint')}
        placeholder={t('doctor.attach.choose')}
        leftSection={<IconUpload size={18} aria-hidden />}
        accept={ACCEPT}
        value={[...files]}
        onChange={setFiles}
        error={state.wrong('attach-file')}
        size="md"
      />
      {files.length === 0 ? null : <Text c="dimmed">{bytesText(sizeOf(files))}</Text>}
      <TextInput
        id="attach-title"
        label={t('doctor.attach.what')}
        description={t('doctor.attach.whatHint')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        error={state.wrong('attach-title')}
        maxLength={MAX_TITLE}
        autoComplete="off"
        size="md"
      />
      <Pick<Category>
        id="attach-category"
        label={t('doctor.record.category')}
        none={t('admin.choose')}
        value={category}
        options={
          Object.fromEntries(CATEGORIES.map((one) => [one, t(`care.categories.${one}`)])) as Record<Category, string>
        }
        onChange={setCategory}
        error={state.wrong('attach-category')}
      />
      <SignChoice id="attach-sign" signing={signing} />
      {share === undefined ? null : <ProgressLine label={t('doctor.attach.sending')} share={share} />}
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.attach.submit')}
        </Button>
        {share === undefined ? null : (
          <Button variant="default" size="md" onClick={() => stop.current?.abort()}>
            {t('doctor.attach.stop')}
          </Button>
        )}
      </Actions>
      <Said said={said === undefined ? undefined : { words: said, failed: false }} />
    </Form>
  );
}

function sizeOf(files: readonly File[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** One after the other; their names at the clinic. */
async function sendAll(files: readonly File[], { signal, onProgress }: Sending): Promise<string[]> {
  const all = Math.max(1, sizeOf(files));
  const uploads: string[] = [];
  let done = 0;
  onProgress(0);
  for (const file of files) {
    const onPart = (part: number) => onProgress(Math.min(1, (done + part) / all));
    const answer = await putFile(FILE_PATHS.uploads, file, { signal, onProgress: onPart });
    uploads.push(uploadedFile.parse(answer).upload);
    done += file.size;
  }
  return uploads;
}
