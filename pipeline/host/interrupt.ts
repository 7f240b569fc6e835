/** What is to be undone when Ctrl-C, or another request to end, comes in the middle. */
import { constants } from 'node:os';

const undos = new Set<(signal: NodeJS.Signals) => void>();
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Newest first: a program is stopped before the folder that it works in is removed. */
function interrupted(signal: NodeJS.Signals): void {
  for (const undo of [...undos].reverse()) undo(signal);
  undos.clear();
  stopListening();
  process.kill(process.pid, signal);
  // The first process of a container is spared by the kernel: signal(7), pid_namespaces(7). As shells tell it.
  process.exit(128 + constants.signals[signal]);
}

function stopListening(): void {
  for (const signal of signals) process.off(signal, interrupted);
}

/** Has `undo` called when a signal ends the tool, until the returned function is called. */
export function onInterrupt(undo: (signal: NodeJS.Signals) => void): () => void {
  if (undos.size === 0) for (const signal of signals) process.on(signal, interrupted);
  undos.add(undo);
  return () => {
    undos.delete(undo);
    if (undos.size === 0) stopListening();
  };
}
