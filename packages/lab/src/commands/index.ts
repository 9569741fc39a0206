/** The commands that this floor brings to `figleaf`, which calls {@link addCommands} when it finds the package. */
export { addTrain as addCommands } from './train.ts';
