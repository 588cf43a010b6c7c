// npm run idf: builds the firmware with the ESP-IDF that IDF_PATH names, for its `linux` target and for
// every chip whose compiler is there, and runs the HTTP tests on the first. Part of no other command.
//
//   npm run idf -- [TARGET...] [--suite] [--neighbours] [-DNAME=VALUE...]
//
// Targets choose what is built; --suite runs the browser tests too, and --neighbours the portal beside
// other applications; definitions go to idf.py.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { outFolder, Problem, quietly, root, run, setUp } from './lib/setup.mjs';

const compilers = {
  esp32: 'xtensa-esp32-elf-gcc',
  esp32s2: 'xtensa-esp32s2-elf-gcc',
  esp32s3: 'xtensa-esp32s3-elf-gcc',
};

/** The version as a number that can be compared: 5.5 is 505. */
function versionOf(idf) {
  const text = readFileSync(join(idf, 'tools', 'cmake', 'version.cmake'), 'utf8');
  const number = (name) => Number(new RegExp(`IDF_VERSION_${name} (\\d+)`).exec(text)?.[1]);
  return number('MAJOR') * 100 + number('MINOR');
}

/** The chips that the component names and this ESP-IDF can build. */
function chipsOf(idf) {
  const manifest = readFileSync(join(root, 'components/provisioning/idf_component.yml'), 'utf8');
  const targets = /^targets: \[(.*)\]$/m.exec(manifest)?.[1]?.split(', ') ?? [];
  const known = quietly('Asking for the targets', 'python3', [
    join(idf, 'tools', 'idf.py'),
    '--list-targets',
  ]).split(/\s+/);
  return targets.filter((target) => target !== 'linux' && known.includes(target));
}

function build(idf, target, definitions, project = '.', folder = `${outFolder}/idf-${target}`) {
  process.stdout.write(`Building ${project} for ${target} in ${folder} ...\n`);
  // Or what an earlier build was configured with would stay, whatever the defaults say now.
  rmSync(join(root, folder, 'sdkconfig'), { force: true });
  quietly(`Building for ${target}`, 'python3', [
    ...[join(idf, 'tools', 'idf.py'), '-C', project, '-B', join(root, folder)],
    ...[`-DSDKCONFIG=${join(root, folder, 'sdkconfig')}`, `-DIDF_TARGET=${target}`],
    ...(target === 'linux' ? ['--preview'] : []),
    ...definitions,
    'build',
  ]);
  return join(root, folder);
}

/** Runs tests against a program for the `linux` target. */
function tryOut(program, tests) {
  const results = join(root, outFolder, 'results');
  const file = join(results, 'idf.json');
  mkdirSync(results, { recursive: true });
  spawnSync('npx', ['playwright', 'test', '--reporter=list,json', ...tests], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SIMULATOR: program, PLAYWRIGHT_JSON_OUTPUT_NAME: file },
  });
  const { stats, errors } = JSON.parse(readFileSync(file, 'utf8'));
  return { passed: stats.expected, failed: stats.unexpected + errors.length };
}

await run(async () => {
  const idf = process.env.IDF_PATH;
  if (!idf || !existsSync(join(idf, 'tools', 'idf.py'))) {
    throw new Problem('IDF_PATH must name an installed ESP-IDF (run its export.sh first).');
  }
  const words = process.argv.slice(2);
  const chosen = words.filter((word) => !word.startsWith('-'));
  const definitions = words.filter((word) => word.startsWith('-D'));
  const strange = words.find((word) => /^-(?!D|-suite$|-neighbours$)/.test(word));
  if (strange) {
    throw new Problem(
      `No such option: ${strange}. There are --suite, --neighbours and -DNAME=VALUE.`,
    );
  }
  const targets = ['linux', ...chipsOf(idf)];
  const unknown = chosen.find((target) => !targets.includes(target));
  if (unknown) {
    throw new Problem(`No such target here: ${unknown}. There are: ${targets.join(', ')}`);
  }
  setUp({ toTest: true });
  let passed = 0;
  let failed = 0;
  for (const target of targets) {
    const isAsked = chosen.includes(target);
    if (chosen.length > 0 && !isAsked) continue;
    if (target === 'linux') {
      if (versionOf(idf) < 505 && !isAsked) {
        process.stdout.write(
          'linux is left out: docs/esp-idf.md tells what it lacks before v5.5.\n',
        );
        continue;
      }
      const program = join(build(idf, target, definitions), 'provisioning.elf');
      const counts = tryOut(program, words.includes('--suite') ? [] : ['api.spec']);
      passed += counts.passed;
      failed += counts.failed;
      const trials = [['idf_storage', 'storage_power_cut.elf']];
      if (words.includes('--neighbours')) trials.push(['idf_neighbours', 'neighbours.elf']);
      for (const [project, name] of trials) {
        const folder = `${outFolder}/${project.replace('_', '-')}`;
        const built = build(idf, target, definitions, `test/${project}`, folder);
        const trial = spawnSync(join(built, name), [], { stdio: 'inherit' });
        if (trial.status === 0) passed++;
        else failed++;
      }
      continue;
    }
    const compiler = compilers[target] ?? 'riscv32-esp-elf-gcc';
    if (spawnSync(compiler, ['--version']).status !== 0) {
      process.stdout.write(`${target} is left out: there is no ${compiler}.\n`);
      continue;
    }
    build(idf, target, definitions);
    passed++;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
});
