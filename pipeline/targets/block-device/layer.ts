/** What makes one device of others, as the capture init knows it (components/init/stack.sh). */
export const layers = ['md', 'lvm', 'luks'] as const;
export type Layer = (typeof layers)[number];
