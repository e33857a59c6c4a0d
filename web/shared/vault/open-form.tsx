// Opens a vault file by one of its ways: password, passkey, passphrase or the 24 words.
import { Button, PasswordInput, Radio, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { randomBytes } from '#crypto';
import type { VaultFile } from '../../../identity/vault/file.ts';
import { type OpenVault, openVault } from '../../../identity/vault/vault.ts';
import type { Way, WayKind } from '../../../identity/vault/ways.ts';
import { RpcError } from '../../../rpc/client.ts';
import { Dialog } from '../dialog/dialog.tsx';
import { Actions, Form, useFormState } from '../form/form.tsx';
import { urlTextOf } from '../text/base64.ts';
import { failureText } from '../text/errors.ts';
import { askPasskey } from './passkeys.ts';
import { typedWay } from './passwords.ts';
import classes from './unlock.module.css';
import '../text/en/account.ts';

export function AskVault({ file, onAnswer }: { file: VaultFile; onAnswer: (open: OpenVault | undefined) => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('unlock.title')} onCancel={() => onAnswer(undefined)}>
      <p>{t('unlock.text')}</p>
      <OpenForm file={file} onOpen={onAnswer} onCancel={() => onAnswer(undefined)} />
    </Dialog>
  );
}

export interface OpenFormProps {
  readonly file: VaultFile;
  /** Which ways to offer; all that the file has when absent. */
  readonly kinds?: readonly WayKind[];
  onOpen(open: OpenVault): void;
  onCancel?(): void;
}

/** Opens a vault file by one of its ways. */
export function OpenForm({
  file,
  kinds = ['password', 'passkey', 'passphrase', 'words'],
  onOpen,
  onCancel,
}: OpenFormProps) {
  const { t } = useTranslation();
  const state = useFormState();
  const offered = kinds.filter((kind) => file.ways.some((way) => way.kind === kind));
  const [kind, setKind] = useState(offered[0]);
  const [typed, setTyped] = useState('');
  const submit = async () => {
    if (kind !== 'passkey' && typed.trim() === '') return [{ field: 'unlock', words: t('unlock.missing') }];
    try {
      onOpen(await openVault(file, await wayOf(file, kind, typed)));
      return undefined;
    } catch (error) {
      return [{ ...(kind === 'passkey' ? {} : { field: 'unlock' }), words: failureText(error) }];
    }
  };
  const change = (value: string) => {
    setKind(value as WayKind);
    setTyped('');
  };
  const field = {
    id: 'unlock',
    value: typed,
    error: state.wrong('unlock'),
    onChange: (event: { currentTarget: { value: string } }) => setTyped(event.currentTarget.value),
  };
  return (
    <Form state={state} onSubmit={submit} label={t('unlock.title')}>
      {offered.length < 2 ? null : (
        <Radio.Group label={t('unlock.way')} value={kind ?? ''} onChange={change}>
          <div className={classes.choices}>
            {offered.map((one) => (
              <Radio key={one} value={one} label={t(`ways.${one}`)} />
            ))}
          </div>
        </Radio.Group>
      )}
      {kind === 'password' || kind === 'passphrase' ? (
        <PasswordInput
          {...field}
          label={t(`ways.${kind}`)}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('form.showPassword') }}
          size="md"
        />
      ) : null}
      {kind === 'words' ? (
        <Textarea
          {...field}
          label={t('ways.words')}
          description={t('unlock.wordsHint')}
          rows={4}
          autoCapitalize="none"
          spellCheck={false}
          autoComplete="off"
          size="md"
        />
      ) : null}
      <Actions>
        <Button type="submit" loading={state.busy}>
          {t('unlock.submit')}
        </Button>
        {onCancel === undefined ? null : (
          <Button variant="default" onClick={onCancel}>
            {t('form.cancel')}
          </Button>
        )}
      </Actions>
    </Form>
  );
}

async function wayOf(file: VaultFile, kind: WayKind | undefined, typed: string): Promise<Way> {
  if (kind === 'words' || kind === undefined) return { kind: 'words', words: typed };
  if (kind === 'passkey') return passkeyOf(file);
  const header = file.ways.find((way) => way.kind === kind);
  if (header === undefined || !('salt' in header)) throw new RpcError({ code: 'vault.no-way', number: 0, details: {} });
  return typedWay(header.kind, typed, header.salt, header.kdf);
}

/** The clinic is not asked: what the passkey signs here is thrown away. */
async function passkeyOf(file: VaultFile): Promise<Way> {
  const ids = file.ways.flatMap((way) => (way.kind === 'passkey' ? [way.credential] : []));
  const { way } = await askPasskey({
    challenge: urlTextOf(randomBytes(32)),
    allowCredentials: ids.map((id) => ({ id: urlTextOf(id), type: 'public-key' })),
    userVerification: 'required',
  });
  if (way === undefined) throw new RpcError({ code: 'vault.no-way', number: 0, details: {} });
  return way;
}
