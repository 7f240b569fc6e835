/** Where the stages say what they are doing; the command line decides how it looks. */
export type Progress = {
  /** Runs `work` as one named step; `say` updates the words after the name. */
  readonly step: <T>(
    title: string,
    work: (say: (detail: string) => void) => Promise<T>,
  ) => Promise<T>;
};
