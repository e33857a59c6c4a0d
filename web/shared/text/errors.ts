// Failures of calls as sentences: what happened and what to do. Codes are the node's; the sentences are the catalogue's.
import { codeOf } from '../../../common/errors.ts';
import { RpcError } from '../../../rpc/client.ts';
import { texts } from './i18n.ts';

/** Codes are not known when the catalogue is typed. */
const sentenceOf = (key: string, values: Readonly<Record<string, unknown>>): string =>
  (texts.t as (key: string, values: Readonly<Record<string, unknown>>) => string)(key, values);

export function failureText(error: unknown): string {
  const code = codeOf(error) ?? browserCode(error);
  if (code === undefined) return texts.t('errors.page');
  const key = `errors.${code}`;
  if (texts.exists(key)) return sentenceOf(key, error instanceof RpcError ? error.details : {});
  // The node's own words, where it has more than the code.
  if (error instanceof RpcError && /\s/.test(error.message) && !error.message.startsWith(code)) return error.message;
  return texts.t('errors.unknown', { code });
}

/** What the browser says about passkeys: people cancel, devices have none. */
function browserCode(error: unknown): string | undefined {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'passkey.cancelled';
  if (name === 'InvalidStateError') return 'passkey.known';
  if (name === 'SecurityError' || name === 'NotSupportedError') return 'passkey.impossible';
  return undefined;
}

/** What is asked for is not there (yet); trying again at once is no use. */
export function isUnknown(error: unknown): boolean {
  return (
    error instanceof RpcError &&
    (error.code.startsWith('chain.unknown-') || ['people.unknown', 'account.unknown'].includes(error.code))
  );
}
