/** A fresh process that judges one picture with Figleaf and prints the first result. */
import { loadClassifier } from 'figleaf';

const classifier = await loadClassifier({ profile: 'fast' });
const { classes } = await classifier.classify(process.argv[2]);
console.log(`first result ${JSON.stringify(classes)}`);
await classifier.close();
