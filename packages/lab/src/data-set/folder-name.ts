/** Which classes can name a folder, on all systems. */

/** What Windows keeps for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** Whether a folder can have that name on all systems, and is not hidden: what reads a data set passes over hidden ones. */
export function isFolderName(name: string): boolean {
  return (
    name !== '' && name.length <= 100 && !/[\p{Cc}\\/:*?"<>|]|^\.|[. ]$/u.test(name) && !DEVICE.test(name)
  );
}
