// Reads and resets what bench/probe counts; probe/counters.hpp has the layout.

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';

const fields = [
  'allocations',
  'bytes',
  'live',
  'peak',
  'live_blocks',
  'sends',
  'sent',
  'sent_from_page',
  'radio_events',
];
const taskCount = 8;
const nameSize = 16;
const taskSize = nameSize + 2 * 8;
const tasksAt = fields.length * 8;
const eventCount = 64;
const eventSize = 3 * 8;
const eventsAt = tasksAt + taskCount * taskSize;
const size = eventsAt + eventCount * eventSize;

const little = endianness() === 'LE';
const get = (buffer, at) =>
  Number(little ? buffer.readBigUInt64LE(at) : buffer.readBigUInt64BE(at));
const put = (buffer, value, at) =>
  little ? buffer.writeBigUInt64LE(BigInt(value), at) : buffer.writeBigUInt64BE(BigInt(value), at);

export class Counters {
  #file;
  constructor(path) {
    this.#file = openSync(path, 'r+');
  }

  close() {
    closeSync(this.#file);
  }

  /** All numbers, `tasks` by name, and the newest radio events, oldest first. */
  read() {
    const buffer = Buffer.alloc(size);
    readSync(this.#file, buffer, 0, size, 0);
    const numbers = Object.fromEntries(fields.map((name, i) => [name, get(buffer, i * 8)]));
    const tasks = {};
    for (let i = 0; i < taskCount; ++i) {
      const at = tasksAt + i * taskSize;
      const name = buffer.toString('latin1', at, at + nameSize).replace(/\0.*$/, '');
      if (name !== '') {
        tasks[name] = {
          allocations: get(buffer, at + nameSize),
          peak: get(buffer, at + nameSize + 8),
        };
      }
    }
    const events = [];
    const count = numbers.radio_events;
    for (let i = Math.max(0, count - eventCount); i < count; ++i) {
      const at = eventsAt + (i % eventCount) * eventSize;
      const kind = get(buffer, at + 8) === 1 ? 'ip' : 'wifi';
      events.push({ at: get(buffer, at) / 1e6, kind, id: get(buffer, at + 16) });
    }
    return { ...numbers, tasks, events };
  }

  /** Begins a new count. Only while the component is at rest. */
  reset() {
    const live = this.read().live;
    const numbers = Buffer.alloc(8);
    const set = (name, value) => {
      put(numbers, value, 0);
      writeSync(this.#file, numbers, 0, 8, fields.indexOf(name) * 8);
    };
    set('allocations', 0);
    set('bytes', 0);
    set('peak', live);
    set('sends', 0);
    set('sent', 0);
    set('sent_from_page', 0);
    writeSync(this.#file, Buffer.alloc(taskCount * taskSize), 0, taskCount * taskSize, tasksAt);
  }
}
