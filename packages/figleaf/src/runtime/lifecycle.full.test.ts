/** A busy pool ends well however and whenever its program ends. */
import { describeLifecycle } from '../../test/lifecycle-cases.ts';

describeLifecycle('native', 20);
describeLifecycle('wasm', 5);
