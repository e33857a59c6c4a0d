// The one shape of an expected failure: a code, typed metadata, a sentence made from both.
// Owns no list of codes; each area declares its own union beside the code that throws it.

/** An error with a stable machine-readable `code` and the metadata that goes with that code. */
export abstract class CodedError<T extends { code: string }> extends Error {
  readonly type: T;

  constructor(type: T, message?: string, options?: ErrorOptions) {
    super(message ?? describe(type), options);
    this.name = new.target.name;
    this.type = type;
  }

  get code(): T['code'] {
    return this.type.code;
  }

  /** Plain data for logs and doors: never the stack. */
  toJSON(): T & { message: string } {
    return { ...this.type, message: this.message };
  }
}

/** The code of a coded error, or undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof CodedError ? error.code : undefined;
}

function describe(type: { code: string }): string {
  const details = Object.entries(type).filter(([key]) => key !== 'code');
  if (details.length === 0) return type.code;
  return `${type.code} (${details.map(([key, value]) => `${key}: ${String(value)}`).join(', ')})`;
}
