import { texts } from './first';

/**
 * English, and the names of all texts. Each text is whole: what differs from visit to visit has a place in
 * braces. A count stands where it needs no plural, as in `Networks found: 3`. A language is a file with the same
 * names, and its texts travel to the page as lines in this order.
 */
export const en = {
  ...texts,

  back: 'Back',
  language: 'Language',

  found: 'Networks found: {count}',

  name: 'Network name',
  nameMissing: 'Enter the network name.',
  nameTooLong: 'The name is too long.',
  isOpen: 'This network has no password',
  password: 'Password',
  showPassword: 'Show password',
  passwordHint: '8 to 63 characters',
  passwordMissing: 'Enter the password.',
  spaces: 'It begins or ends with a space.',
  usesSaved: 'The device remembers this network.',
  useOther: 'Enter another password',
  useSaved: 'Use the saved password',
  openHint: 'This network has no password: others can see what is sent over it.',
  connect: 'Connect',
  tryAgain: 'Try again',

  connecting: 'Connecting…',
  waiting: 'Waiting for the device',
  finding: 'Finding the network',
  authenticating: 'Checking the password',
  joining: 'Joining the network',
  obtainingIp: 'Getting an address',
  stillWaiting: 'Still waiting for an address',
  patience:
    'This can take half a minute. If your phone loses this Wi-Fi for a moment, this page goes on by itself.',
  cancel: 'Cancel',
  cancelling: 'Cancelling…',

  works: '{device} remembers this network.',
  notSaved: 'It works, but is not saved: the device forgets it when switched off.',
  storageFull: 'Its memory is full. Delete a saved network, then connect again.',
  sameSubnet:
    'It has the same addresses as “{ap}”. While both are on, parts of it can’t be reached.',
  network: 'Network',
  address: 'Address',
  mac: 'MAC address',
  finish: 'Finish set-up',
  finishing: 'Finishing…',
  chooseOther: 'Choose another network',
  ready: 'Ready to finish',

  noneSaved: 'No networks are saved.',
  connectTo: 'Connect {name}',
  delete: 'Delete',
  deleteName: 'Delete {name}',
  deleteSure: 'Delete this network?',
  deleteAll: 'Delete all networks',
  deleteAllSure: 'Delete all networks?',
  deleting: 'Deleting…',
  deleted: '{name} deleted',
  keep: 'Keep',

  done: 'All set',
  staysConnected: '{device} uses this network from now on.',
  closing:
    '“{ap}” closes, and your phone goes back to its usual Wi-Fi. If not, choose it in your phone’s settings.',
  staysOpen: 'You can leave “{ap}” and close this page.',
  changeLater: 'To change it later, start set-up on the device again and join “{ap}”.',
  unconfirmed: 'Could not confirm',
  wentSilent: '{device} does not answer. It goes silent when set-up ends, and without power.',
  checkAp: 'If your phone still finds “{ap}”, join it and check again.',
  check: 'Check again',

  offline: '{device} does not answer',
  theDevice: 'The device',
  rejoin: 'Join the Wi-Fi “{ap}” in your phone’s settings. Then this page goes on by itself.',

  /** What happened and what to do next, by the API's reason or error code. */
  failures: {
    wrong_password: [
      'Wrong password',
      'Check capitals, 0 and O. It is often printed on the router.',
    ],
    not_found: [
      'Network not found',
      'Is the router on, near and on 2.4 GHz? A typed name must match exactly.',
    ],
    security_mismatch: [
      'Security does not match',
      'Set the router to WPA2 or WPA2/WPA3, or check if there is a password.',
    ],
    weak_signal: ['Signal too weak', 'Move the device closer to the router, then try again.'],
    refused: [
      'The router refuses this device',
      'Allow its MAC address in the router’s settings, then try again.',
    ],
    full: ['The router is full', 'Disconnect another device, or restart the router.'],
    no_ip: [
      'No address from the router',
      'The device was let in. Restart the router, then try again.',
    ],
    timeout: [
      'It took too long',
      'The router may be busy, or the password wrong. Wait a moment, then try again.',
    ],
    restarted: ['The device restarted', 'Try again.'],
    unknown_network: ['Not saved any more', 'Enter the password again.'],
    not_connected: ['Not connected yet', 'The device restarted. Choose your network again.'],
    invalid_password: ['Password not accepted', '8 to 63 characters'],
    storage_failed: ['Memory error', 'The device could not change its memory. Try again.'],
    busy: ['The device is busy', 'Wait a moment, then try again.'],
  },
  failed: ['That did not work', 'Try again, or restart the router and the device. (Code: {code})'],
};
