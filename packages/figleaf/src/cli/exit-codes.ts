/** The exit codes of the command, which scripts rely on. */
export const EXIT = {
  /** Done, and nothing was blocked. */
  done: 0,
  /** Could not do what was asked: wrong use, no such model. */
  failed: 1,
  /** Something was blocked. */
  blocked: 3,
  /** Nothing was blocked, but some inputs could not be read. */
  unreadable: 4,
  /** A block list knows something. */
  blockListed: 5,
  /** Ctrl-C or a request to end. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
