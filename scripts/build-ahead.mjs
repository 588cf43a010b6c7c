// Builds what the C++ tests of `npm test` need while its other steps run, at the lowest priority so as
// not to slow them down. What fails here fails again, with its output, in the step that needs it.

import { setPriority } from 'node:os';
import { buildAll } from './lib/builds.mjs';

setPriority(19);
buildAll();
