// The decoded payload of a statement, whatever its kind: named values, lists, identifiers. Shows data, interprets none.

import { Button } from '@mantine/core';
import { useState } from 'react';
import { texts } from '../../shared/text/i18n.ts';
import { numberText } from '../../shared/text/numbers.ts';
import { FullMoment } from '../../shared/time/moment.tsx';
import { WholeIdent } from '../../shared/ui/ident.tsx';
import classes from './payload.module.css';

const FIRST_ITEMS = 10;
const MAX_DEPTH = 6;
/** Fields that families give as ms since 1970. */
const TIMES: ReadonlySet<string> = new Set(['reported', 'expires', 'until', 'ends', 'starts', 'issued']);
/** 2001; smaller numbers under such a name are no time. */
const FIRST_TIME = 1_000_000_000_000;

export function Payload({ value, name = 'value', depth = 0 }: { value: unknown; name?: string; depth?: number }) {
  if (value === null || value === undefined) return <span>{texts.t('chain.words.none')}</span>;
  if (Array.isArray(value)) return <Items items={value} name={name} depth={depth} />;
  if (typeof value === 'object' && depth < MAX_DEPTH) {
    return (
      <dl className={classes.fields}>
        {Object.entries(value).map(([key, field]) => (
          <div key={key} className={classes.field}>
            <dt>{wordsOf(key)}</dt>
            <dd>
              <Payload value={field} name={wordsOf(key).toLowerCase()} depth={depth + 1} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  if (typeof value === 'string' && /^[0-9a-f]{16,}$/.test(value)) return <WholeIdent value={value} label={name} />;
  if (typeof value === 'boolean') return <span>{value ? texts.t('chain.words.yes') : texts.t('chain.words.no')}</span>;
  if (typeof value === 'number') {
    return TIMES.has(name) && value >= FIRST_TIME ? <FullMoment time={value} /> : <span>{numberText(value)}</span>;
  }
  return <bdi className={classes.text}>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>;
}

function Items({ items, name, depth }: { items: readonly unknown[]; name: string; depth: number }) {
  const [all, setAll] = useState(false);
  if (items.length === 0) return <span>{texts.t('chain.words.none')}</span>;
  const shown = all ? items : items.slice(0, FIRST_ITEMS);
  return (
    <>
      <ol className={classes.items}>
        {shown.map((item, index) => (
          <li key={index}>
            <Payload value={item} name={`${name} ${index + 1}`} depth={depth + 1} />
          </li>
        ))}
      </ol>
      {shown.length < items.length ? (
        <Button variant="default" size="sm" onClick={() => setAll(true)}>
          {texts.t('chain.payload.showAll', { number: numberText(items.length) })}
        </Button>
      ) : null}
    </>
  );
}

/** `validUntil` becomes `Valid until`. */
function wordsOf(key: string): string {
  const words = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
}
