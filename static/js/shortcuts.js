/**
 * Keys for what must be quick. They work while the focus is in the softphone.
 *
 * Alt+Shift, because single letters would catch typing, Ctrl+Alt is AltGr on European keyboards, Alt alone opens menus of
 * browsers; the letters are those that Chromium, Edge and Firefox leave free with it (they take A, B, D, F, I, S, T).
 */

export const SHORTCUTS = Object.freeze([
  { action: "answer", keys: "Alt+Shift+P", code: "KeyP" },
  { action: "hold", keys: "Alt+Shift+H", code: "KeyH" },
  { action: "mute", keys: "Alt+Shift+M", code: "KeyM" },
  { action: "end", keys: "Alt+Shift+X", code: "KeyX" },
  { action: "dial", keys: "Alt+Shift+N", code: "KeyN" },
]);

/** @returns {string|null} the action that a keyboard event asks for */
export function shortcutOf({ altKey, shiftKey, ctrlKey, metaKey, code }) {
  if (!altKey || !shiftKey || ctrlKey || metaKey) return null;
  // By place on the keyboard: with Option the Mac gives other characters.
  return SHORTCUTS.find((shortcut) => shortcut.code === code)?.action ?? null;
}
