"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const el = (id) => document.getElementById(id);
const canvas = el("screen");
const ctx = canvas.getContext("2d", { alpha: false });
const RATIO = 19 / 9, WIDEST = 14, BOLD = 1, ITALIC = 4, UNDERLINE = 8, STRIKE = 32;
const AROUND = 32, BELOW = 130, NARROWEST = 280;
const FAMILY = '"Fira Code","Cascadia Mono","DejaVu Sans Mono",Menlo,Consolas,monospace';

/* The screen after frame `at`: lines of cells [text, pen], and those that changed since they were
   drawn. A line is never written into, so that a screen that is kept for going back is its lines. */
const EVERY = 200;
let at = -1, width = 0, height = 0, cells = [], dirty = new Set();
const kept = new Map();

function clear(w, h) {
  width = w; height = h;
  cells = Array.from({ length: h }, () => Array.from({ length: w }, () => [" ", 0]));
  resize();
}

function advance() {
  const [, w, h, runs] = data.frames[++at];
  if (w !== width || h !== height) clear(w, h);
  for (const [y, start, pieces] of runs) {
    const row = cells[y].slice();
    let x = start;
    for (const [texts, pen] of pieces) for (const text of texts) row[x++] = [text, pen];
    cells[y] = row;
    dirty.add(y);
  }
  if (at % EVERY === 0 && !kept.has(at)) kept.set(at, [width, height, cells.slice()]);
}

function show(frame) {
  const from = frame - frame % EVERY;
  if ((frame < at || from > at) && kept.has(from)) {
    const [w, h, rows] = kept.get(from);
    if (w !== width || h !== height) clear(w, h);
    at = from; cells = rows.slice();
    for (let y = 0; y < height; y++) dirty.add(y);
  } else if (frame < at) { at = -1; width = 0; }
  while (at < frame) advance();
  draw();
}

/* Drawing: in pixels of the display, each cell from one whole pixel to another, so that blocks and
   lines of neighbours meet. */
let wide = 9, tall = 19, font = 15, base = 14, line = 1;
const column = (x) => Math.round(x * wide), row = (y) => Math.round(y * tall);

function resize() {
  if (!width || !height) return;
  const page = document.documentElement, dense = Math.max(1, Math.min(4, window.devicePixelRatio || 1));
  const room = Math.max(NARROWEST, page.clientWidth - AROUND);
  const high = Math.max(160, window.innerHeight - BELOW);
  const css = Math.min(room, high / height / RATIO * width, width * WIDEST);
  canvas.width = Math.round(css * dense);
  canvas.height = Math.round(css / width * RATIO * height * dense);
  canvas.style.width = `${canvas.width / dense}px`;
  canvas.style.height = `${canvas.height / dense}px`;
  el("player").style.maxWidth = el("title").style.maxWidth = `${Math.max(css, Math.min(room, 600))}px`;
  wide = canvas.width / width; tall = canvas.height / height; line = Math.max(1, Math.round(wide / 9));
  ctx.font = set = `100px ${FAMILY}`;
  const size = ctx.measureText("0");
  font = Math.min(wide * 100 / size.width, tall * 0.86);
  base = Math.round((tall + (size.fontBoundingBoxAscent - size.fontBoundingBoxDescent) * font / 100) / 2);
  for (let y = 0; y < height; y++) dirty.add(y);
}

function draw() {
  for (const y of dirty) drawLine(y);
  dirty.clear();
  if (!el("text").hidden) el("text").textContent = screenText();
}

function screenText() {
  return cells.map((row) => row.map((cell) => cell[0]).join("").trimEnd()).join("\n");
}

/* A font is looked up anew whenever it is set. */
let set = "";
function inFont(name) {
  if (name !== set) ctx.font = set = name;
}

function drawLine(y) {
  const here = cells[y], top = row(y), bottom = row(y + 1);
  for (let x = 0, end; x < width; x = end) {
    const pen = here[x][1];
    for (end = x + 1; end < width && here[end][1] === pen;) end++;
    ctx.fillStyle = data.pens[pen][1];
    ctx.fillRect(column(x), top, column(end) - column(x), bottom - top);
  }
  ctx.textBaseline = "alphabetic";
  for (let x = 0; x < width; x++) {
    const [text, pen] = here[x];
    if (text === "") continue;
    const [fore, , attrs] = data.pens[pen];
    if (text === " " && !(attrs & (UNDERLINE | STRIKE))) continue;
    ctx.fillStyle = ctx.strokeStyle = fore;
    const left = column(x), right = column(x + 1 < width && here[x + 1][0] === "" ? x + 2 : x + 1);
    if (text !== " " && !shape(text, left, top, right - left, bottom - top)) {
      const slant = attrs & ITALIC ? "italic " : "", weight = attrs & BOLD ? "bold " : "";
      inFont(`${slant}${weight}${font}px ${FAMILY}`);
      ctx.fillText(text, left, top + base, right - left);
    }
    if (attrs & UNDERLINE) ctx.fillRect(left, Math.min(bottom - line, top + base + 2 * line), right - left, line);
    if (attrs & STRIKE) ctx.fillRect(left, Math.round((top + bottom) / 2), right - left, line);
  }
}

/* Blocks and lines have to fill their cells exactly; fonts leave gaps between lines. */
const QUADRANTS = { "▘": 1, "▝": 2, "▀": 3, "▖": 4, "▌": 5, "▞": 6, "▛": 7, "▗": 8, "▚": 9, "▐": 10, "▜": 11, "▄": 12, "▙": 13, "▟": 14 };
const LINES = { "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "udr", "┤": "udl", "┬": "lrd", "┴": "lru", "┼": "lrud", "╴": "l", "╵": "u", "╶": "r", "╷": "d" };
const HEAVY = { "━": "lr", "┃": "ud", "╸": "l", "╹": "u", "╺": "r", "╻": "d" };
const ARCS = { "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu" };
const SHADES = { "░": 0.25, "▒": 0.5, "▓": 0.75 };

function shape(text, x, y, w, h) {
  const code = text.codePointAt(0), mw = Math.round(w / 2), mh = Math.round(h / 2);
  if (QUADRANTS[text]) {
    for (let bit = 0; bit < 4; bit++) if (QUADRANTS[text] >> bit & 1) {
      const right = bit & 1, low = bit >> 1;
      ctx.fillRect(x + right * mw, y + low * mh, right ? w - mw : mw, low ? h - mh : mh);
    }
  } else if (code >= 0x2581 && code <= 0x2588) {
    const part = Math.max(1, Math.round((code - 0x2580) / 8 * h));
    ctx.fillRect(x, y + h - part, w, part);
  } else if (code >= 0x2589 && code <= 0x258f) {
    ctx.fillRect(x, y, Math.max(1, Math.round((0x2590 - code) / 8 * w)), h);
  } else if (text === "▔") {
    ctx.fillRect(x, y, w, Math.max(1, Math.round(h / 8)));
  } else if (text === "▕") {
    const part = Math.max(1, Math.round(w / 8));
    ctx.fillRect(x + w - part, y, part, h);
  } else if (SHADES[text]) {
    ctx.globalAlpha = SHADES[text];
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = 1;
  } else if (LINES[text] || HEAVY[text]) {
    const thick = HEAVY[text] ? 2 * line + 1 : line, half = thick >> 1;
    for (const end of LINES[text] || HEAVY[text]) {
      const left = end === "r" ? mw - half : end === "l" ? 0 : mw - half;
      const top = end === "d" ? mh - half : end === "u" ? 0 : mh - half;
      if (end === "l" || end === "r") ctx.fillRect(x + left, y + mh - half, end === "r" ? w - left : mw - half + thick, thick);
      else ctx.fillRect(x + mw - half, y + top, thick, end === "d" ? h - top : mh - half + thick);
    }
  } else if (ARCS[text]) {
    const mx = x + mw - (line >> 1) + line / 2, my = y + mh - (line >> 1) + line / 2;
    const ends = { l: [x, my], r: [x + w, my], u: [mx, y], d: [mx, y + h] };
    const [side, end] = ARCS[text], bend = w / 2;
    ctx.lineWidth = line;
    ctx.beginPath();
    ctx.moveTo(...ends[side]);
    ctx.quadraticCurveTo(mx, my, mx, my + (end === "d" ? bend : -bend));
    ctx.lineTo(...ends[end]);
    ctx.stroke();
  } else return false;
  return true;
}

/* Time */
const JUMP = 5000, NEAR = 1000, LONGEST = 1000;
let now = 0, playing = false, speed = 1, last = 0;
const duration = Math.max(data.duration, 1);
const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function frameAt(time) {
  let low = 0, high = data.frames.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (data.frames[mid][0] <= time) low = mid; else high = mid - 1;
  }
  return low;
}

function seek(time) {
  now = Math.max(0, Math.min(duration, time));
  if (data.frames.length) show(frameAt(now));
  el("seek").value = now;
  const told = `${clock(now)} / ${clock(duration)}`;
  if (el("time").textContent !== told) el("time").textContent = told;
  let current = -1;
  data.markers.forEach(([t], n) => { if (t <= now) current = n; });
  for (const button of el("chapters").children) button.setAttribute("aria-current", button.dataset.n === String(current));
}

/* A page in the background is not called; it goes on from where it was. */
function tick(stamp) {
  if (!playing) return;
  seek(now + Math.max(0, Math.min(stamp - last, LONGEST)) * speed);
  last = stamp;
  if (now >= duration) pause(); else requestAnimationFrame(tick);
}

function play() {
  if (now >= duration) seek(0);
  playing = true; last = performance.now();
  el("play").textContent = "❚❚"; el("play").setAttribute("aria-label", "pause");
  requestAnimationFrame(tick);
}

function pause() {
  playing = false;
  el("play").textContent = "▶"; el("play").setAttribute("aria-label", "play");
}

const toggle = () => playing ? pause() : play();

function chapter(by) {
  const times = [0, ...data.markers.map(([t]) => t), duration];
  const near = playing ? NEAR * speed : 0;
  const next = by > 0 ? times.find((t) => t > now) : times.filter((t) => t < now - near).pop();
  seek(next ?? (by > 0 ? duration : 0));
}

/* Frame by frame. */
function frame(by) {
  pause();
  const n = Math.max(0, Math.min(data.frames.length - 1, at + by));
  if (data.frames.length) seek(data.frames[n][0]);
}

function pace(by) {
  const box = el("speed");
  box.selectedIndex = Math.max(0, Math.min(box.options.length - 1, box.selectedIndex + by));
  speed = Number(box.value);
}

function full() {
  if (document.fullscreenElement) document.exitFullscreen();
  else el("player").requestFullscreen().catch(() => {});
}

el("play").onclick = toggle;
canvas.onclick = toggle;
el("full").onclick = full;
el("full").hidden = !document.fullscreenEnabled;
el("seek").max = duration;
el("seek").oninput = () => seek(Number(el("seek").value));
el("speed").onchange = () => { speed = Number(el("speed").value); };
el("text-on").onclick = () => {
  el("text").hidden = !el("text").hidden;
  el("text-on").setAttribute("aria-pressed", String(!el("text").hidden));
  draw();
};
data.markers.forEach(([time, label], n) => {
  const tickMark = document.createElement("i");
  tickMark.style.left = `${time / duration * 100}%`;
  el("track").append(tickMark);
  const button = document.createElement("button");
  button.type = "button"; button.dataset.n = n; button.textContent = `${clock(time)} ${label}`;
  button.onclick = () => seek(time);
  el("chapters").append(button);
});

/* The keys of `tuitf play`. */
const KEYS = {
  " ": toggle, k: toggle, n: () => chapter(1), "]": () => chapter(1), p: () => chapter(-1), "[": () => chapter(-1),
  ArrowRight: () => seek(now + JUMP), l: () => seek(now + JUMP), ArrowLeft: () => seek(now - JUMP), h: () => seek(now - JUMP),
  ".": () => frame(1), ",": () => frame(-1), "+": () => pace(1), "=": () => pace(1), "-": () => pace(-1),
  Home: () => seek(0), g: () => seek(0), End: () => seek(duration), G: () => seek(duration), f: full,
};
for (let n = 0; n < 10; n++) KEYS[n] = () => seek(duration * n / 10);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.tagName === "SELECT") return;
  if (event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key)) return;
  if (event.target.id === "text" && (event.key.startsWith("Arrow") || ["Home", "End", " "].includes(event.key))) return;
  const act = Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : null;
  if (act) { act(); event.preventDefault(); }
});
const again = () => { resize(); draw(); };
window.addEventListener("resize", again);
document.addEventListener("fullscreenchange", again);
seek(0);
