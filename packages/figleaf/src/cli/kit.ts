/** What other packages build their commands with, so that all commands of `figleaf` print, write, end and fail alike. */

export { type Canvas, fill, write } from '../censor/canvas.ts';
export { LETTER_HEIGHT, LETTER_WIDTH } from '../censor/font.ts';
export { messageOf } from '../errors.ts';
export { UNFINISHED } from '../files/beside.node.ts';
export { lockFile } from '../files/lock.node.ts';
export { makeFolder } from '../files/make-folder.node.ts';
export { checkWritable, writeWholeFile } from '../files/whole-file.node.ts';
export { readBlockList } from '../hash/file.node.ts';
export { endingOf } from '../image/endings.ts';
export { toLevels } from '../image/levels.ts';
export { openAtOnce } from '../image/open-file.node.ts';
export { formatOf } from '../image/sniff.ts';
export { networkReason } from '../models/sources/network-reason.node.ts';
export { type FoundFile, findFiles } from '../scan/input/files.node.ts';
export { toPath } from '../scan/input/names.node.ts';
export { liesIn, realPath } from '../scan/input/real-path.node.ts';
export { type Bar, openBar, rateOf, timeOf } from './bar.ts';
export { type Console, openConsole, printable } from './console.ts';
export { checkDrawnFile, writeDrawn } from './drawn-files.ts';
export { EXIT, type ExitCode } from './exit-codes.ts';
export { type Interruption, listenForInterrupt } from './interrupt.ts';
export {
  limitsOf,
  maxPixelsOption,
  plainNumber,
  positiveInteger,
  quietOption,
  workersOption,
} from './options.ts';
