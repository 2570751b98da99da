/**
 * @typedef {object} Driven a page, whichever browser it is in
 * @property {(look: () => Promise<boolean>) => Promise<boolean>} evaluate
 * @property {(look: () => unknown) => Promise<unknown>} waitForFunction
 * @property {() => Promise<unknown>} reload
 * @property {() => Promise<void>} close
 */

/**
 * Flips a bit in the middle of kept files; to be done in the page.
 *
 * @param {string[]} names
 */
export async function damage(names) {
  const cache = await caches.open(String((await caches.keys())[0]));
  for (const name of names) {
    const kept = /** @type {Response} */ (await cache.match(name));
    const bytes = new Uint8Array(await kept.arrayBuffer());
    bytes[bytes.length >> 1] = Number(bytes[bytes.length >> 1]) ^ 1;
    await cache.put(name, new Response(bytes, { headers: kept.headers }));
  }
}

/** Whether a newer version is there and not yet used; to be asked in the page. */
export async function newerWaits() {
  const registration = await navigator.serviceWorker.getRegistration();
  return registration?.waiting != null;
}

/**
 * Everything has come: Firefox reports as an error what a service worker still fetches for a page that
 * goes away.
 *
 * @param {Pick<Driven, "waitForFunction">} page
 */
export async function hasLoaded(page) {
  await page.waitForFunction(() => document.querySelector("#load-line[data-done]"));
}

/**
 * A page after the last one was closed: the browser changes the service worker soon after, and a page
 * that comes first keeps the old one a little longer.
 *
 * @template {Driven} Page
 * @param {() => Promise<Page>} open
 */
export async function openNewest(open) {
  for (;;) {
    const page = await open();
    await hasLoaded(page);
    const changes = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.installing != null || registration?.waiting != null;
    });
    if (!changes) {
      // It may have been fetched in the very moment of the change.
      await page.reload();
      await hasLoaded(page);
      return page;
    }
    await page.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
