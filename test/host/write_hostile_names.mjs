// Writes the hostile names as a C++ header, for the tests of the firmware: its one argument.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';

import { hostileNames } from './hostile_names.mjs';

// Each byte a literal of its own, or the next one's digits would belong to it.
const literal = (name) =>
  Array.from(name, (byte) => `"\\x${byte.toString(16).padStart(2, '0')}"`).join('');
writeFileSync(
  argv[2],
  `#pragma once

#include <string_view>

/// Names of 1 to 32 bytes, none of them NUL, that software likes to trip over.
inline constexpr std::string_view kHostileNames[] = {
${hostileNames.map((name) => `    ${literal(name)},\n`).join('')}};
`,
);
