// The builds that the C++ tests run in: one with each sanitizer, and the fuzzers' own.

import { buildFuzzers } from './fuzzers.mjs';
import { buildHost } from './setup.mjs';

const sanitized = (flags) => [
  '-DBUILD_TESTING=ON',
  '-DCMAKE_BUILD_TYPE=Debug',
  `-DCMAKE_CXX_FLAGS=-O1 -fno-omit-frame-pointer ${flags}`,
  `-DCMAKE_EXE_LINKER_FLAGS=${flags}`,
];

const builds = {
  // Not for enumerations: ESP-IDF's HTTP_ANY, INT_MAX, lies outside of its own.
  asan: {
    options: sanitized(
      '-fsanitize=address,undefined -fno-sanitize=enum -fno-sanitize-recover=undefined',
    ),
    targets: ['core_tests', 'host_tests', 'storage_tests', 'portal_tests', 'abuse_tests'],
  },
  tsan: { options: sanitized('-fsanitize=thread'), targets: ['host_tests', 'portal_tests'] },
};

/** Builds some targets, all without any, and returns the build's folder. */
export const buildSanitized = (name, targets = builds[name].targets) =>
  buildHost(name, targets, builds[name].options);

export function buildAll() {
  for (const name of Object.keys(builds)) {
    buildSanitized(name);
  }
  buildFuzzers();
}
