// The lab of test/lab: how its namespaces are made, and whether they can be here.

import { spawnSync } from 'node:child_process';

// All that is made in them ends with the first process in the process namespace, however that ends.
const isRoot = process.getuid?.() === 0;
const namespaces = [
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  ...['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
];

/** A command line that runs another one as the lab's phone. */
export function onPhone(...command) {
  return ['unshare', [...namespaces, 'test/lab/phone.sh', ...command]];
}

/** Why there can be no lab on this machine; undefined if there can. */
export function whyNoLab(root) {
  const [program, args] = onPhone('ip', 'netns', 'exec', 'device', 'true');
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  if (result.status === 0) {
    return undefined;
  }
  const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1);
  return `this kernel or container lets ${isRoot ? 'root' : 'this user'} have no network of its own (${reason})`;
}
