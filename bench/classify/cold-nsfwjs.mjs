/** A fresh process that judges one picture with nsfwjs and prints the first result. */
import { classifyFile, loadPeer } from './peer.mjs';

const classes = await classifyFile(await loadPeer(), process.argv[2]);
console.log(`first result ${JSON.stringify(classes)}`);
