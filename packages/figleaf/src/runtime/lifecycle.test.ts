/** A busy pool ends well however its program ends; in short. The full count is in `lifecycle.full.test.ts`. */
import { describeLifecycle } from '../../test/lifecycle-cases.ts';

describeLifecycle('native', 2);
