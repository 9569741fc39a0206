/** Models in the browser: the bundled ones, and URLs of the page's own. Nothing is kept. */
import { FigleafError } from '../errors.ts';
import { findModel } from './catalogue.ts';
import { modelFiles } from './files.web.ts';
import type { ModelStore } from './store.ts';

async function refuse(): Promise<never> {
  throw new FigleafError(
    'model-unsupported',
    'the browser keeps no models; serve the file with your page and give its URL',
  );
}

/** {@inheritDoc ModelStore.pullModel} */
export const pullModel: ModelStore['pullModel'] = refuse;

/** {@inheritDoc ModelStore.importModel} */
export const importModel: ModelStore['importModel'] = refuse;

/** {@inheritDoc ModelStore.verifyModel} */
export const verifyModel: ModelStore['verifyModel'] = refuse;

/** {@inheritDoc ModelStore.removeModel} */
export const removeModel: ModelStore['removeModel'] = refuse;

/** {@inheritDoc ModelStore.locateModel} */
export const locateModel: ModelStore['locateModel'] = async (id) => {
  if (findModel(id).bundled) return modelFiles.bundled(id);
  throw new FigleafError(
    'model-not-pulled',
    `'${id}' does not come with the package; serve its file with your page, and give its URL and findModel('${id}').metadata as description`,
  );
};
