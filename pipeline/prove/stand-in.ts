/** A server of this machine that stands in for the one of a target. */
export type StandIn = {
  /** A port of the loopback, or the path of a socket. */
  readonly at: number | string;
  /** Where what is received goes from now on; undefined: nobody is let in. */
  serve: (folder: string | undefined) => void;
  /** Connections since the last `serve`. */
  reached: () => number;
  stop: () => Promise<void>;
};
