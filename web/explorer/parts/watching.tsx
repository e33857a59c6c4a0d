// For an id or height that this node has not seen: no dead end, the page looks again with every block.
import { ButtonLink } from '../../shared/ui/link.tsx';
import { Notice } from '../../shared/ui/states.tsx';

export function Watching({ noun, text }: { noun: string; text: string }) {
  return (
    <Notice title="Not seen yet, watching">
      <p>
        This clinic's node knows no {noun} {text}. It may still be on its way: this page looks again with every new
        block. If you typed it, check it digit by digit.
      </p>
      <ButtonLink to="/explorer/search" search={{ q: text }}>
        Search for it
      </ButtonLink>
    </Notice>
  );
}
