// Saves all rows of a list as a file: of the filter, not of the page alone. No name stands in the file's name.
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Said } from '../../../shared/form/said.tsx';
import { useAction } from '../../../shared/form/use-action.ts';
import { csvText } from '../../../shared/table/csv.ts';
import { saveText } from '../../../shared/ui/save.ts';
import classes from './admin.module.css';

export interface SaveCsvProps<T> {
  readonly file: string;
  /** Names with the cells below them. */
  readonly columns: Readonly<Record<string, (row: T) => string>>;
  rows(): Promise<readonly T[]>;
}

export function SaveCsv<T>({ file, columns, rows }: SaveCsvProps<T>) {
  const { t } = useTranslation();
  const action = useAction();
  const [count, setCount] = useState<number>();
  const save = async () => {
    setCount(undefined);
    const all = await rows();
    const cells = Object.values(columns);
    saveText(
      file,
      csvText(
        Object.keys(columns),
        all.map((row) => cells.map((cell) => cell(row))),
      ),
    );
    setCount(all.length);
  };
  const saved = count === undefined ? undefined : { words: t('csv.saved', { count }), failed: false };
  return (
    <div className={classes.save}>
      <div>
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          loading={action.busy}
          onClick={() => void action.run(save)}
        >
          {t('csv.save')}
        </Button>
      </div>
      <Said said={action.said ?? saved} />
    </div>
  );
}
