/** Of a bundle whose architecture has no loader. Every verb that shows one says it. */
export const shownOnlyWords = (because: string): string => `CANNOT BE LOADED: ${because}`;
