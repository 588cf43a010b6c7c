import { readLines } from '../locales/first';
import { begin } from './screen';

/*
 * The first script of the page. What it takes from other modules the application takes from it, so the page has that
 * once.
 */

/** What the device wrote into the page: the texts of a language, and its state. */
export const lines = readLines(document.getElementById('texts'));
export const state = begin();
