/** What other packages build their commands with, so that all commands of `figleaf` print, end and fail alike. */
export { type Console, openConsole, printable } from './console.ts';
export { EXIT, type ExitCode } from './exit-codes.ts';
export { type Interruption, listenForInterrupt } from './interrupt.ts';
export { plainNumber, positiveInteger, quietOption } from './options.ts';
export { timeOf } from './progress.ts';
