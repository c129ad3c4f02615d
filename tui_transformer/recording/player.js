
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const el = (id) => document.getElementById(id);
const canvas = el("screen");
const ctx = canvas.getContext("2d", { alpha: false });
const CELL_W = 9, CELL_H = 19, FONT = 15, BOLD = 1, ITALIC = 4, UNDERLINE = 8, STRIKE = 32;
const FAMILY = '"Fira Code","Cascadia Mono","DejaVu Sans Mono",Menlo,Consolas,monospace';

/* The screen after frame `at`: cells as [text, pen], lines that changed since they were drawn. */
let at = -1, width = 0, height = 0, cells = [], dirty = new Set();

function clear(w, h) {
  width = w; height = h; cells = [];
  for (let y = 0; y < h; y++) { cells.push(Array.from({ length: w }, () => [" ", 0])); dirty.add(y); }
  resize();
}

function advance() {
  const [, w, h, runs] = data.frames[++at];
  if (w !== width || h !== height) clear(w, h);
  for (const [y, start, pieces] of runs) {
    let x = start;
    for (const [texts, pen] of pieces) for (const text of texts) cells[y][x++] = [text, pen];
    dirty.add(y);
  }
}

function show(frame) {
  if (frame < at) { at = -1; width = 0; }
  while (at < frame) advance();
  draw();
}

/* Drawing */
let scale = 1;
function resize() {
  scale = Math.max(1, Math.min(3, window.devicePixelRatio || 1));
  canvas.width = Math.round(width * CELL_W * scale);
  canvas.height = Math.round(height * CELL_H * scale);
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

function drawLine(y) {
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  const row = cells[y], top = y * CELL_H;
  for (let x = 0, end; x < width; x = end) {
    const pen = row[x][1];
    for (end = x + 1; end < width && row[end][1] === pen;) end++;
    ctx.fillStyle = data.pens[pen][1];
    ctx.fillRect(x * CELL_W, top, (end - x) * CELL_W, CELL_H);
  }
  ctx.textBaseline = "alphabetic";
  for (let x = 0; x < width; x++) {
    const [text, pen] = row[x];
    if (text === " " || text === "") continue;
    const [fore, , attrs] = data.pens[pen];
    ctx.fillStyle = ctx.strokeStyle = fore;
    const left = x * CELL_W;
    const wide = x + 1 < width && row[x + 1][0] === "" ? 2 : 1;
    if (!shape(text, left, top)) {
      ctx.font = `${attrs & ITALIC ? "italic " : ""}${attrs & BOLD ? "bold " : ""}${FONT}px ${FAMILY}`;
      ctx.fillText(text, left, top + 14, wide * CELL_W);
    }
    if (attrs & UNDERLINE) ctx.fillRect(left, top + 16, wide * CELL_W, 1);
    if (attrs & STRIKE) ctx.fillRect(left, top + 9, wide * CELL_W, 1);
  }
}

/* Blocks and lines have to fill their cells exactly; fonts leave gaps between lines. */
const QUADRANTS = { "▘": 1, "▝": 2, "▀": 3, "▖": 4, "▌": 5, "▞": 6, "▛": 7, "▗": 8, "▚": 9, "▐": 10, "▜": 11, "▄": 12, "▙": 13, "▟": 14 };
const LINES = { "─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "udr", "┤": "udl", "┬": "lrd", "┴": "lru", "┼": "lrud", "╴": "l", "╵": "u", "╶": "r", "╷": "d" };
const ARCS = { "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu" };
const SHADES = { "░": 0.25, "▒": 0.5, "▓": 0.75 };

function shape(text, x, y) {
  const code = text.codePointAt(0);
  if (QUADRANTS[text]) {
    for (let bit = 0; bit < 4; bit++) if (QUADRANTS[text] >> bit & 1) {
      const half = bit >> 1 ? CELL_H - 9.5 : 9.5;
      ctx.fillRect(x + (bit & 1) * CELL_W / 2, y + (bit >> 1) * 9.5, CELL_W / 2, half);
    }
  } else if (code >= 0x2581 && code <= 0x2588) {
    const tall = (code - 0x2580) / 8 * CELL_H;
    ctx.fillRect(x, y + CELL_H - tall, CELL_W, tall);
  } else if (code >= 0x2589 && code <= 0x258f) {
    ctx.fillRect(x, y, (0x2590 - code) / 8 * CELL_W, CELL_H);
  } else if (SHADES[text]) {
    ctx.globalAlpha = SHADES[text];
    ctx.fillRect(x, y, CELL_W, CELL_H);
    ctx.globalAlpha = 1;
  } else if (LINES[text] || ARCS[text]) {
    const mx = x + CELL_W / 2, my = y + CELL_H / 2;
    const ends = { l: [x, my], r: [x + CELL_W, my], u: [mx, y], d: [mx, y + CELL_H] };
    ctx.beginPath();
    if (ARCS[text]) {
      const [a, b] = ARCS[text];
      ctx.moveTo(...ends[a]);
      ctx.quadraticCurveTo(mx, my, ...ends[b]);
    } else for (const end of LINES[text]) { ctx.moveTo(mx, my); ctx.lineTo(...ends[end]); }
    ctx.stroke();
  } else return false;
  return true;
}

/* Time */
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
  el("time").textContent = `${clock(now)} / ${clock(duration)}`;
  let current = -1;
  data.markers.forEach(([t], n) => { if (t <= now) current = n; });
  for (const button of el("chapters").children) button.setAttribute("aria-current", button.dataset.n === String(current));
}

function tick(stamp) {
  if (!playing) return;
  seek(now + (stamp - last) * speed);
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
  const next = by > 0 ? times.find((t) => t > now + 1) : times.filter((t) => t < now - (playing ? 1000 : 1)).pop();
  if (next !== undefined) seek(next);
}

function frame(by) { pause(); const n = Math.max(0, Math.min(data.frames.length - 1, at + by)); seek(data.frames[n][0]); }

function pace(by) {
  const box = el("speed");
  box.selectedIndex = Math.max(0, Math.min(box.options.length - 1, box.selectedIndex + by));
  speed = Number(box.value);
}

el("play").onclick = toggle;
canvas.onclick = toggle;
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
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (["INPUT", "SELECT"].includes(event.target.tagName) && event.key.startsWith("Arrow")) return;
  if (event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key)) return;
  const act = { " ": toggle, "ArrowRight": () => chapter(1), "ArrowLeft": () => chapter(-1), ".": () => frame(1), ",": () => frame(-1), "+": () => pace(1), "=": () => pace(1), "-": () => pace(-1), "Home": () => seek(0), "End": () => seek(duration) }[event.key];
  if (act) { act(); event.preventDefault(); }
});
window.addEventListener("resize", () => { resize(); draw(); });
seek(0);
