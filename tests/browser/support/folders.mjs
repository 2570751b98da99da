import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/**
 * Something done with a folder that is removed afterwards.
 *
 * @param {(folder: string) => Promise<void>} use
 */
export async function withFolder(use) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "plotlens-"));
  try {
    await use(folder);
  } finally {
    // A browser that was just closed may still write a last file.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
