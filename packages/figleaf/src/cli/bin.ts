#!/usr/bin/env node
/** The command `figleaf`: runs the program and hands its exit code to the process. */
import { main } from './program.ts';

void main(process.argv).then((code) => {
  // Not process.exit(): what was written to a pipe still has to leave.
  process.exitCode = code;
});
