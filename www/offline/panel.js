import "../engine/trusted-types.js";
import { size } from "../page/format.js";
import { element, setText } from "../page/view.js";
import { Keeper, NotKept } from "./keeper.js";

/** @import { Kept } from "./keeper.js" */

const NOT_KEPT = {
  storage:
    "This browser refused to store it. PlotLens goes on from memory; it will load the models again next time.",
  network:
    "The download stopped. Check the connection, then try again; it goes on where it stopped.",
};

/** The lines about offline use: an offer, its progress, and how to take it back. */
class Panel {
  #keeper = new Keeper();
  #keep = element("offline-keep");
  #remove = element("offline-remove");
  #progress = /** @type {HTMLProgressElement} */ (element("offline-progress"));

  async start() {
    if (!this.#keeper.supported) return;
    element("offline").hidden = false;
    this.#keep.addEventListener("click", () => void this.#onKeep());
    this.#remove.addEventListener("click", () => void this.#onRemove());
    const state = await this.#keeper.state().catch(() => null);
    this.#show(state);
    // Who installed it as an app wants it to start without a network.
    const installed = matchMedia("(display-mode: standalone)").matches;
    if ((state === null || state.begun) && installed) return this.#onKeep();
    await this.#keeper.renew().catch(() => {});
  }

  async #onKeep() {
    const hadFocus = document.activeElement === this.#keep;
    this.#keep.hidden = true;
    this.#progress.hidden = false;
    setText("offline-note", "Keeping PlotLens in this browser…");
    try {
      this.#show(await this.#keeper.keep((share) => (this.#progress.value = share)));
    } catch (error) {
      this.#show(await this.#keeper.state().catch(() => null));
      setText("offline-note", NOT_KEPT[error instanceof NotKept ? error.why : "network"]);
    }
    this.#progress.hidden = true;
    // A hidden button loses the focus to the page.
    const goesOn = hadFocus && document.activeElement === document.body;
    if (goesOn) (this.#keep.hidden ? this.#remove : this.#keep).focus();
  }

  async #onRemove() {
    await this.#keeper.remove();
    this.#show(null);
    setText("offline-note", "Removed; nothing of PlotLens is kept in this browser any more.");
    this.#keep.focus();
  }

  /** @param {Kept | null} state */
  #show(state) {
    this.#keep.hidden = state?.ready === true;
    this.#remove.hidden = state === null;
    if (state === null)
      setText("offline-note", "It takes about 14.5 MB of this browser’s storage.");
    else if (state.ready) setText("offline-note", `Ready offline: ${size(state.bytes)} are kept.`);
    else if (state.begun)
      setText("offline-note", `A download stopped at ${size(state.bytes)}; keep it to go on.`);
    else
      setText("offline-note", "What was kept is damaged; keep it again while there is a network.");
  }
}

void new Panel().start();
