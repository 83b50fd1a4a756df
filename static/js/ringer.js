/**
 * Makes a call noticed when nobody looks: title, Salesforce's utility bar, and, where the agent wants it, a ring tone and
 * a notification. The desk phone rings anyway, so tone and notification are off until they are switched on. Of several
 * tabs one rings, the one in view before the others; while one is in view none notifies.
 */

import { createTurn } from "./turns.js";

/** One ring: two soft notes, then silence; seconds. */
const RING = { notes: [659.25, 880], noteS: 0.35, gapS: 0.09, everyMs: 2_400, loudness: 0.12 };
const FLASH_MS = 1_000;

/**
 * @param {{window: Window, document: Document, panel: import("./host.js").Host["panel"], locks?: LockManager,
 *   scope?: string}} parts
 */
export function createRinger({ window, document, panel, locks, scope = "" }) {
  let audio = null;
  let ringTimer = null;
  let flashTimer = null;
  let shown = { title: "", label: "", icon: "" };
  let notification = null;
  let mayNotify = false;
  const isVisible = () => document.visibilityState === "visible";
  const ringing = createTurn({ locks, name: `cti/${scope}/ring`, isVisible, onTurn: setTone });
  const noticing = createTurn({
    locks,
    name: `cti/${scope}/notify`,
    isVisible,
    onTurn(mine) {
      mayNotify = mine;
      if (mine) notify();
    },
  });

  /** Browsers allow sound only after a gesture; the first one anywhere in the panel unlocks it. */
  function unlock() {
    const Context = window.AudioContext;
    if (!Context) return;
    audio ??= new Context();
    if (audio.state === "suspended") audio.resume().catch(() => {});
  }

  function playOnce() {
    if (audio?.state !== "running") return;
    RING.notes.forEach((frequency, index) => note(frequency, audio.currentTime + index * (RING.noteS + RING.gapS)));
  }

  function note(frequency, at) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(RING.loudness, at + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.001, at + RING.noteS);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + RING.noteS);
  }

  function setTone(on) {
    if (on === (ringTimer !== null)) return;
    clearInterval(ringTimer);
    ringTimer = null;
    if (!on) return;
    playOnce();
    ringTimer = setInterval(playOnce, RING.everyMs);
  }

  function setFlash(on, idleTitle) {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const wanted = on && !still;
    if (wanted === (flashTimer !== null)) return;
    clearInterval(flashTimer);
    flashTimer = null;
    if (!wanted) return;
    let odd = false;
    flashTimer = setInterval(() => {
      odd = !odd;
      document.title = odd ? idleTitle : `\u260E ${shown.title}`;
    }, FLASH_MS);
  }

  function notify() {
    const allowed = mayNotify && window.Notification?.permission === "granted";
    if (allowed && !isVisible() && notification === null) {
      try {
        notification = new window.Notification(shown.title, { tag: "cti-incoming", silent: true });
      } catch {
        // Some browsers offer notifications to service workers only.
      }
    } else if (!mayNotify && notification !== null) {
      notification.close();
      notification = null;
    }
  }

  return {
    unlock,
    /** @param {object} vm the `window` part of the view @param {{ring: boolean, notify: boolean}} preferences */
    update(vm, preferences, idleTitle) {
      if (vm.title !== shown.title) document.title = vm.ringing ? `\u260E ${vm.title}` : vm.title;
      if (vm.label !== shown.label) panel.label(vm.label);
      if (vm.icon !== shown.icon) panel.icon(vm.icon);
      shown = { title: vm.title, label: vm.label, icon: vm.icon };
      ringing.want(vm.ringing && preferences.ring && audio?.state === "running");
      setFlash(vm.ringing, idleTitle);
      noticing.want(vm.ringing && preferences.notify);
      notify();
    },
    /** Ask for the permission; resolves with whether it was given. */
    async askToNotify() {
      if (!window.Notification) return false;
      return (await window.Notification.requestPermission()) === "granted";
    },
    stop() {
      ringing.want(false);
      noticing.want(false);
      setFlash(false, "");
    },
  };
}
