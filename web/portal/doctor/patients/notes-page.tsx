// Notes about a patient, and a new one into this clinic's chart.
import { Button, Textarea, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Form, type Mistake, useFormState } from '../../../shared/form/form.tsx';
import { Said } from '../../../shared/form/said.tsx';
import { useNode } from '../../../shared/node/node-context.tsx';
import { base64Of } from '../../../shared/text/base64.ts';
import { Page, Section } from '../../../shared/ui/page.tsx';
import { useCard } from '../data/patient.ts';
import { useCareAct } from '../data/use-care-act.ts';
import { newDocument, useSigning } from '../data/use-signing.ts';
import { RecordList } from '../parts/record-list.tsx';
import { RegisterHere } from '../parts/register-here.tsx';
import { SignChoice } from '../parts/sign-choice.tsx';
import '../../../shared/text/en/admin.ts';
import '../../../shared/text/en/care.ts';
import '../../../shared/text/en/doctor.ts';

const route = getRouteApi('/person/clinicians/patients/$ref');
const MAX_TITLE = 200;

export function NotesPage() {
  const { t } = useTranslation();
  const { ref } = route.useParams();
  const { data: card } = useCard(ref);
  return (
    <Page title={t('doctor.notes.title')}>
      <Section title={t('doctor.notes.new')}>
        {card?.here === false ? <RegisterHere patient={ref} /> : <NoteForm patient={ref} />}
      </Section>
      <Section title={t('doctor.notes.written')}>
        <RecordList
          patient={ref}
          caption={t('doctor.notes.written')}
          empty={t('doctor.notes.empty')}
          shown={({ category }) => category === 'notes'}
        />
      </Section>
    </Page>
  );
}

function NoteForm({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const act = useCareAct();
  const signing = useSigning(patient);
  const state = useFormState();
  const [title, setTitle] = useState('');
  const [text, setText] = useState('');
  const [written, setWritten] = useState(false);
  const submit = async () => {
    const found: Mistake[] = [];
    setWritten(false);
    if (title.trim() === '') found.push({ field: 'note-title', words: t('doctor.notes.headingMissing') });
    if (text.trim() === '') found.push({ field: 'note-text', words: t('doctor.notes.textMissing') });
    if (found.length > 0) return found;
    const content = new TextEncoder().encode(text);
    const about = { mediaType: 'text/plain' as const, title: title.trim(), category: 'notes' as const };
    return act(async () => {
      const signed = await signing.sign(newDocument(about), content);
      const { category, ...rest } = about;
      const document = { ...rest, bytes: base64Of(content) };
      await client.call('record_write', { patient, records: [{ document, category, signed }] });
      setTitle('');
      setText('');
      setWritten(true);
    });
  };
  return (
    <Form state={state} onSubmit={submit} label={t('doctor.notes.new')}>
      <TextInput
        id="note-title"
        label={t('doctor.notes.heading')}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        error={state.wrong('note-title')}
        maxLength={MAX_TITLE}
        autoComplete="off"
        size="md"
      />
      <Textarea
        id="note-text"
        label={t('doctor.notes.text')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        error={state.wrong('note-text')}
        rows={6}
        size="md"
      />
      <SignChoice id="note-sign" signing={signing} />
      <Actions>
        <Button type="submit" size="md" loading={state.busy}>
          {t('doctor.notes.submit')}
        </Button>
      </Actions>
      <Said said={written ? { words: t('doctor.notes.done'), failed: false } : undefined} />
    </Form>
  );
}
