// Rows as a CSV file (RFC 4180) that spreadsheets open as text: what they would take for a formula is made harmless.

/** Beginnings that make a spreadsheet calculate, also in their wide forms. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
/** Where spreadsheets of other languages end a cell or a row, also within quotes that do not begin one of theirs. */
const INNER_FORMULA = /([;\t\r\n][\s"]*)(?=[=+\-@＝＋－＠])/g;
/** Without it spreadsheets take the text for another encoding. */
const BYTE_ORDER_MARK = '\ufeff';

export function csvText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return BYTE_ORDER_MARK + [header, ...rows].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

export function csvCell(text: string): string {
  const inner = text.replace(INNER_FORMULA, "$1'");
  const harmless = FORMULA.test(text) ? `'${inner}` : inner;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** For machines and for whoever compares clinics: UTC. */
export function csvTime(time: number): string {
  return new Date(time).toISOString();
}
