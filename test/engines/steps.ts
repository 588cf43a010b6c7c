import type { Browser } from './browser';

/*
 * What an owner does on the page, written once for every engine and every place.
 */

export const house = { name: 'HouseOfBoo', password: 'boo-boo-boo', ip: '192.168.1.57' };
export const attic = { name: 'attic', password: 'cobwebs-1' };

/** Waits for the list of networks, with the scan at its end. */
export async function seesList(browser: Browser) {
  await browser.sees('heading', 'Choose a Wi-Fi network');
  await browser.sees('button', 'Scan again');
}

export async function opensList(browser: Browser, url: string) {
  await browser.open(url);
  await seesList(browser);
}

/** From the list: chooses a network and starts its test. */
export async function joins(browser: Browser, network: { name: string; password: string }) {
  await browser.clickRow(network.name);
  await browser.sees('heading', network.name);
  await browser.fill('Password', network.password);
  await browser.click('button', 'Connect');
}

export async function seesConnected(browser: Browser) {
  await browser.sees('heading', 'Connected');
  await browser.reads(house.ip);
}

/** From "Connected" to the end. */
export async function finishes(browser: Browser) {
  await browser.click('button', 'Finish set-up');
  await browser.sees('heading', 'All set');
  await browser.reads(house.ip);
}

/** From the list to a network that works. */
export async function connects(browser: Browser) {
  await joins(browser, house);
  await seesConnected(browser);
}

/** The whole way, from a list that is there. */
export async function goesTheWholeWay(browser: Browser) {
  await connects(browser);
  await finishes(browser);
}
