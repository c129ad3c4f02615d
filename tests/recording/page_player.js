// Runs the script of a recorded page without a browser. What is asked for comes as JSON, a list of
// times to seek and keys to press; for each it prints [time, text of the screen].
const html = require("fs").readFileSync(process.argv[2], "utf8");
const data = html.match(/<script id="data" type="application\/json">([\s\S]*?)<\/script>/)[1];
const script = html.match(/<script>([\s\S]*?)<\/script>\s*<\/body>/)[1];
const elements = {}, listeners = {};
const measured = { width: 60, fontBoundingBoxAscent: 93, fontBoundingBoxDescent: 24 };
const pen = () => new Proxy({}, { get: (own, key) => (key in own ? own[key] : () => measured) });
const element = (id) => elements[id] ??= {
  id, style: {}, dataset: {}, children: [], hidden: id === "text", options: [0, 1, 2, 3],
  textContent: id === "data" ? data : "", value: "1", selectedIndex: 1,
  setAttribute() {}, append(child) { this.children.push(child); }, getContext: pen,
};
globalThis.document = {
  getElementById: element, createElement: () => element(`made ${Math.random()}`),
  addEventListener(name, act) { listeners[name] = act; },
  documentElement: { clientWidth: 1200 },
};
globalThis.window = { devicePixelRatio: 1.25, innerHeight: 800, addEventListener() {} };
globalThis.requestAnimationFrame = () => {};
const player = new Function(`${script}; return { seek, screenText, time: () => now };`)();
console.log(JSON.stringify(JSON.parse(process.argv[3]).map((wanted) => {
  if (typeof wanted === "number") player.seek(wanted);
  else listeners.keydown({ key: wanted, target: { tagName: "BODY" }, preventDefault() {} });
  return [player.time(), player.screenText()];
})));
