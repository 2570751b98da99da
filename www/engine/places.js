/** The folder with the models' manifest; `./build.sh dist` writes this file anew. */
export const MODELS = new URL("../model/", import.meta.url);
