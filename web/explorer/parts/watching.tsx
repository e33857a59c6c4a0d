// For an id or height that this node has not seen: no dead end, the page looks again with every block.
import { texts } from '../../shared/text/i18n.ts';
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Notice } from '../../shared/ui/states.tsx';

export function Watching({ noun, text }: { noun: 'block' | 'transaction' | 'statement'; text: string }) {
  return (
    <Notice title={texts.t('chain.watching.notSeenYet')}>
      <p>{texts.t(`chain.watching.${noun}`, { text })}</p>
      <ButtonLink to="/explorer/search" search={{ q: text }}>
        {texts.t('chain.watching.searchForIt')}
      </ButtonLink>
    </Notice>
  );
}
