/** Models in the browser: the bundled ones, and URLs of the page's own. Nothing is kept. */
import { FigleafError } from '../errors.ts';
import { findModel } from './catalogue.ts';
import { modelFiles } from './files.web.ts';
import type { LocateModels, ModelStore } from './store.ts';

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
export const locateModel: ModelStore['locateModel'] = async (id) => (await locateModels([id]))[0]!;

/** {@inheritDoc LocateModels} */
export const locateModels: LocateModels = async (ids) => {
  const missing = ids.filter((id) => !findModel(id).bundled);
  if (missing.length === 0) return ids.map((id) => modelFiles.bundled(id));
  const names = missing.map((id) => `'${id}'`).join(' and ');
  throw new FigleafError(
    'model-not-pulled',
    `${names} ${missing.length === 1 ? 'does' : 'do'} not come with the package, and the browser keeps no models; serve a file with your ` +
      'page, and give its URL and findModel(ID).metadata as description',
  );
};
