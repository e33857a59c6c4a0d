// The person's photo, and a new one to be approved. The file is read here; nothing is drawn from an address.
import { Button, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MAX_PHOTO_BYTES } from '../../../rpc/schema/account.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import { Said } from '../../shared/form/said.tsx';
import { useAction } from '../../shared/form/use-action.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { base64Of } from '../../shared/text/base64.ts';
import classes from './account.module.css';

type Types = Result<'account_me'>['photoTypes'];

export function Photo({ has, types }: { has: boolean; types: Types }) {
  const { t } = useTranslation();
  const { client } = useNode();
  const queries = useQueryClient();
  const action = useAction();
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState<string>();
  const photo = useQuery({
    queryKey: ['me', 'photo'],
    queryFn: ({ signal }) => client.call('account_photoGet', {}, signal),
    enabled: has,
  });
  const send = async (file: File | undefined) => {
    setWrong(undefined);
    if (file === undefined) return;
    const type = types.find((one) => one === file.type);
    if (type === undefined) return setWrong(t('photo.type', { types: namesOf(types) }));
    if (file.size > MAX_PHOTO_BYTES) return setWrong(t('photo.size', { kib: MAX_PHOTO_BYTES / 1024 }));
    await action.run(async () => {
      const bytes = base64Of(new Uint8Array(await file.arrayBuffer()));
      await client.call('account_photoPut', { type, bytes });
      await queries.invalidateQueries({ queryKey: ['me'] });
    }, t('photo.sent'));
  };
  return (
    <div className={classes.part}>
      {photo.data === undefined || photo.data === null ? (
        <Text c="dimmed">{t('photo.none')}</Text>
      ) : (
        <img
          className={classes.photo}
          src={`data:${photo.data.type};base64,${photo.data.bytes}`}
          alt={t('photo.alt')}
        />
      )}
      {types.length === 0 ? (
        <Text>{t('photo.closed')}</Text>
      ) : (
        <>
          <input
            ref={field}
            type="file"
            hidden
            accept={types.join(',')}
            aria-label={t('photo.choose')}
            onChange={(event) => {
              void send(event.currentTarget.files?.[0]);
              event.currentTarget.value = '';
            }}
          />
          <div>
            <Button variant="default" loading={action.busy} onClick={() => field.current?.click()}>
              {t('photo.choose')}
            </Button>
          </div>
          <Text c="dimmed">{t('photo.hint', { types: namesOf(types), kib: MAX_PHOTO_BYTES / 1024 })}</Text>
        </>
      )}
      <Said said={wrong === undefined ? action.said : { words: wrong, failed: true }} />
    </div>
  );
}

/** As people know them: PNG, JPEG. */
function namesOf(types: Types): string {
  return types.map((type) => type.slice('image/'.length).toUpperCase()).join(', ');
}
