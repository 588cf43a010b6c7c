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
    targets: [
      'core_tests',
      'host_tests',
      'storage_tests',
      'portal_tests',
      'neighbours_tests',
      'life_tests',
      'triggers_tests',
      'abuse_tests',
    ],
  },
  tsan: {
    options: sanitized('-fsanitize=thread'),
    targets: ['host_tests', 'portal_tests', 'neighbours_tests', 'life_tests'],
  },
  // The other compiler, whose library may do otherwise with what the standard leaves open.
  clang: {
    options: [
      '-DBUILD_TESTING=ON',
      '-DCMAKE_BUILD_TYPE=Debug',
      '-DCMAKE_C_COMPILER=clang-19',
      '-DCMAKE_CXX_COMPILER=clang++-19',
      // GCC 12's own headers use what newer compilers call deprecated.
      '-DCMAKE_CXX_FLAGS=-Wno-deprecated-declarations',
    ],
    targets: ['portal_tests'],
  },
};

/** Builds some targets, all without any, and returns the build's folder. */
export const buildFor = (name, targets = builds[name].targets) =>
  buildHost(name, targets, builds[name].options);

export function buildAll() {
  for (const name of Object.keys(builds)) {
    buildFor(name);
  }
  buildFuzzers();
}
