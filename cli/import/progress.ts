// What an import tells while it runs.

export interface SkippedItem {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface ImportProgress<Summary> {
  files(total: number): void;
  file(index: number): void;
  counted(summary: Summary): void;
}
