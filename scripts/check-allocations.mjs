// Checks that nothing of the component but its public API can end in operator new, std::string or
// std::vector: without exceptions, ESP-IDF's abort when memory is short. The argument is the library.

import { spawnSync } from 'node:child_process';

/** Have std::string and std::vector in their interfaces, and take them in the application's name. */
const mayAllocate = ['provisioning.cpp.o', 'improv_serial.cpp.o'];
/** Operator new in all its forms, and whatever else libstdc++ would be called for. */
const allocates = /^(_Zn[wa]|_ZNK?St|_ZNK?Ss|_ZSt)/;
/** What string_view's bounds and an empty std::function call: mistakes of ours, and no memory. */
const harmless = ['_ZSt24__throw_out_of_range_fmtPKcz', '_ZSt25__throw_bad_function_callv'];

const { stdout, status } = spawnSync('nm', ['--undefined-only', process.argv[2]], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
});
let object = '';
let objects = 0;
const found = [];
for (const line of stdout.split('\n')) {
  if (line.endsWith('.o:')) {
    object = line.slice(0, -1);
    objects += 1;
    continue;
  }
  const symbol = line.trim().split(' ').pop();
  if (!mayAllocate.includes(object) && allocates.test(symbol) && !harmless.includes(symbol)) {
    found.push(`${object} calls ${symbol}`);
  }
}
if (status !== 0 || objects < 10) {
  found.push(`${process.argv[2]} can't be read`);
}
process.stdout.write(found.map((line) => `${line}\n`).join(''));
process.exitCode = found.length === 0 ? 0 : 1;
