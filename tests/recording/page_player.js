// Runs the script of a recorded page without a browser and prints the text at each marker as JSON.
const html = require("fs").readFileSync(process.argv[2], "utf8");
const data = html.match(/<script id="data" type="application\/json">([\s\S]*?)<\/script>/)[1];
const script = html.match(/<script>([\s\S]*?)<\/script>\s*<\/body>/)[1];
const elements = {};
const pen = () => new Proxy({}, { get: (own, key) => (key in own ? own[key] : () => {}) });
const element = (id) => elements[id] ??= {
  id, style: {}, dataset: {}, children: [], hidden: id === "text", options: [0, 1, 2, 3],
  textContent: id === "data" ? data : "", value: "1", selectedIndex: 1,
  setAttribute() {}, append(child) { this.children.push(child); }, getContext: pen,
};
globalThis.document = {
  getElementById: element, createElement: () => element(`made ${Math.random()}`), addEventListener() {},
};
globalThis.window = { devicePixelRatio: 1, addEventListener() {} };
globalThis.requestAnimationFrame = () => {};
const player = new Function(`${script}; return { data, seek, screenText };`)();
const order = [...player.data.markers, ...[...player.data.markers].reverse()];
console.log(JSON.stringify(order.map(([time, label]) => {
  player.seek(time);
  return [label, player.screenText()];
})));
