// Text of any length in a box that scrolls.
import classes from './parts.module.css';

export function ScrollText({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <pre className={classes.text} tabIndex={0}>
      {text}
    </pre>
  );
}
