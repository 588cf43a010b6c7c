/** English. Every text of the page; another language is another file with the same names. */

export const setUp = 'Wi-Fi set-up';
export const back = 'Back';

export const choose = 'Choose a Wi-Fi network';
export const nearby = 'Nearby';
export const scan = 'Scan again';
export const scanning = 'Scanning…';
export const age = (seconds: number) =>
  seconds < 10
    ? 'Just now'
    : seconds < 60
      ? `${seconds} s ago`
      : `${Math.floor(seconds / 60)} min ago`;
export const found = (count: number) => `Networks found: ${count}`;
export const nothing = 'No networks found. Move the device closer to the router, then scan again.';
export const scanFailed = 'Scan failed. Scan again, use “Other network”, or restart the device.';
export const scanFailedShort = 'Scan failed';
export const noPassword = 'No password';
export const savedHere = 'Saved';
export const enterprise = 'Enterprise: not supported yet';
export const wep = 'WEP is too old: not supported';
export const hex = (digits: string) => `Bytes ${digits}`;
/** By strength, 0 to 3. */
export const signal = ['weak', 'fair', 'good', 'strong'];
export const locked = 'password needed';
export const other = 'Other network';
export const otherHint = 'Hidden, or not in the list';

export const name = 'Network name';
export const nameProblems = {
  '': '',
  missing: 'Enter the network name.',
  long: 'Too long: 32 bytes at most, and some letters take several.',
};
export const isOpen = 'This network has no password';
export const password = 'Password';
export const show = 'Show password';
export const passwordHint = '8 to 63 characters';
export const passwordProblems = {
  '': '',
  missing: 'Enter the password.',
  length: 'A password has 8 to 63 characters.',
};
export const spaces = 'It begins or ends with a space. Is that right?';
export const usesSaved = 'The device remembers this network.';
export const useOther = 'Enter another password';
export const useSaved = 'Use the saved password';
export const openHint = 'This network has no password: others can see what is sent over it.';
export const connect = 'Connect';
export const again = 'Try again';

export const connecting = 'Connecting…';
/** finding, authenticating, obtaining an address */
export const steps = ['Finding the network', 'Checking the password', 'Getting an address'];
export const waiting = 'Waiting for the device';
export const joining = 'Joining the network';
export const patience =
  'This takes up to 20 seconds. If your phone loses this Wi-Fi for a moment, this page goes on by itself.';
export const cancel = 'Cancel';
export const cancelling = 'Cancelling…';

export const connected = 'Connected';
export const works = (device: string) =>
  `${device} remembers this network. Tap “Finish set-up” to end.`;
export const notSaved =
  'It works, but could not be saved: the device forgets it when switched off.';
export const storageFull = 'Its memory is full. Delete a saved network, then connect again.';
export const network = 'Network';
export const address = 'Address';
export const strength = 'Signal';
export const mac = 'MAC address';
export const finish = 'Finish set-up';
export const finishing = 'Finishing…';
export const another = 'Choose another network';
export const ready = 'Ready to finish';

export const savedTitle = 'Saved networks';
export const savedNone = 'No networks are saved.';
export const forget = 'Delete';
export const forgetSure = 'Delete this network?';
export const forgetting = 'Deleting…';
export const gone = (name: string) => `${name} deleted`;
export const keep = 'Keep';

export const done = 'All set';
export const unsure = 'Could not confirm';
export const quiet = (device: string) =>
  `${device} does not answer. It goes silent when set-up ends, and without power.`;
export const next = (device: string) => `${device} uses this network from now on.`;
export const closing = (ap: string) =>
  `“${ap}” closes, and your phone goes back to its usual Wi-Fi. If not, choose it in your phone's settings.`;
export const stays = (ap: string) => `You can leave “${ap}” now and close this page.`;
export const silent = (ap: string) =>
  `If your phone still finds the Wi-Fi “${ap}”, join it and check again.`;
export const undo = (ap: string) =>
  `To change it later, start set-up on the device again and join “${ap}”.`;
export const check = 'Check again';

export const lost = (device: string) => `${device} does not answer`;
export const theDevice = 'The device';
/** Without a name if that is not known yet. */
export const rejoin = (ap: string) =>
  `Join ${ap ? `the Wi-Fi “${ap}”` : "the device's own Wi-Fi"} in your phone's settings. Then this page goes on by itself.`;

/** What happened and what to do next, by reason or error code. */
export const failures: Readonly<Record<string, readonly [string, string]>> = {
  wrong_password: [
    'Wrong password',
    'Check capital letters, 0 and O. The password is often printed on the router.',
  ],
  not_found: [
    'Network not found',
    'Check that the router is on, near and on 2.4 GHz. A typed name must match exactly.',
  ],
  security_mismatch: [
    'Security does not match',
    'Set the router to WPA2 or WPA2/WPA3, or check if the network has a password.',
  ],
  weak_signal: ['Signal too weak', 'Move the device closer to the router, then try again.'],
  no_ip: [
    'No address from the router',
    'The password is right. Restart the router, then try again.',
  ],
  timeout: ['It took too long', 'The router may be busy. Wait a moment, then try again.'],
  restarted: ['The device restarted', 'The test was cut short. Please try again.'],
  unknown_network: ['Not saved any more', 'Enter the password again.'],
  not_connected: ['Not connected yet', 'The device restarted. Choose your network again.'],
  invalid_password: ['Password not accepted', passwordProblems.length],
  storage_failed: ['Memory error', 'The device could not change its memory. Please try again.'],
  busy: ['The device is busy', 'Wait a moment, then try again.'],
};
export const failed = (code: string): readonly [string, string] => [
  'That did not work',
  `Please try again, or restart the router and the device. (Code: ${code})`,
];
