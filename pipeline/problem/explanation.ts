/** How a problem reads: what is wrong, where and with which figures, and what to do next. */
export type Explanation = {
  readonly message: string;
  readonly notes: readonly string[];
  readonly hint: string;
};

/** A place in a text file. Lines and columns count from 1. */
export type SourcePlace = { readonly file: string; readonly line: number; readonly column: number };

export const showPlace = (place: SourcePlace): string =>
  `${place.file}:${place.line}:${place.column}`;
