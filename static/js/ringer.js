/**
 * Makes a call noticed when nobody looks: title, Salesforce's utility bar, and, where the agent wants it, a ring tone and
 * a notification. The desk phone rings anyway, so tone and notification are off until they are switched on. Of several
 * tabs one rings, the one in view before the others; while one is in view none notifies.
 */

import { createTurn } from "./turns.js";

/** Tones to choose from: notes of one ring as `[hertz, begins, lasts]` in seconds. */
export const TONES = Object.freeze({
  notes: [
    [659.25, 0, 0.35],
    [880, 0.44, 0.35],
  ],
  phone: Array.from({ length: 16 }, (_, n) => [n % 2 === 0 ? 440 : 480, n * 0.06, 0.06]),
  pulse: [0, 0.22, 0.44].map((begins) => [1_046.5, begins, 0.12]),
});
const EVERY_MS = 2_400;
/** Amplitude at full volume; louder would distort where several notes meet. */
const LOUDEST = 0.3;
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
  let chosen = { tone: "notes", volume: 60 };
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
    const { tone, volume } = chosen;
    // What is heard as half as loud has much less than half of the amplitude.
    const loudness = LOUDEST * (volume / 100) ** 2;
    if (loudness === 0) return;
    for (const [frequency, begins, lasts] of TONES[tone] ?? TONES.notes)
      note(frequency, audio.currentTime + begins, lasts, loudness);
  }

  function note(frequency, at, lasts, loudness) {
    const oscillator = audio.createOscillator();
    const gain = audio.createGain();
    oscillator.type = "triangle";
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudness, at + Math.min(0.03, lasts / 3));
    gain.gain.exponentialRampToValueAtTime(0.001, at + lasts);
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(at);
    oscillator.stop(at + lasts);
  }

  function setTone(on) {
    if (on === (ringTimer !== null)) return;
    clearInterval(ringTimer);
    ringTimer = null;
    if (!on) return;
    playOnce();
    ringTimer = setInterval(playOnce, EVERY_MS);
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
    /** @param {object} vm the `window` part of the view @param object} preferences ring, notify, tone, volume (0 to 100) */
    update(vm, preferences, idleTitle) {
      if (vm.title !== shown.title) document.title = vm.ringing ? `\u260E ${vm.title}` : vm.title;
      if (vm.label !== shown.label) panel.label(vm.label);
      if (vm.icon !== shown.icon) panel.icon(vm.icon);
      chosen = preferences;
      shown = { title: vm.title, label: vm.label, icon: vm.icon };
      ringing.want(vm.ringing && preferences.ring && audio?.state === "running");
      setFlash(vm.ringing, idleTitle);
      noticing.want(vm.ringing && preferences.notify);
      notify();
    },
    /** One ring, to hear what was chosen. */
    preview(preferences) {
      chosen = preferences;
      unlock();
      if (audio?.state === "running") playOnce();
      else audio?.resume().then(playOnce, () => {});
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
