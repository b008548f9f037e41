// Elements of the page. Whatever the engine says becomes text nodes and attributes that cannot act:
// names of images, histories and advisories are written by strangers.

export const SEVERITIES = ["critical", "high", "medium", "low", "unknown"];

// Control characters, and those that turn the direction of what follows: a name must look like what
// it is.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export const clean = (value) => String(value).replace(UNSEEN, "\ufffd");

const ATTRIBUTES = new Set([
  "class", "id", "role", "tabindex", "type", "name", "value", "placeholder", "for", "list", "title",
  "href", "colspan", "scope", "max", "open", "autocomplete", "spellcheck", "checked", "disabled",
  "selected", "required",
]);

/** An element: h("p", {class: "x", onclick: f}, "text", node, [more]). Null and false are left out. */
export function h(tag, given, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (name === "href" && !String(value).startsWith("#")) {
      throw new Error("links stay on this page: " + value);
    } else if (ATTRIBUTES.has(name) || name.startsWith("aria-") || name.startsWith("data-")) {
      element.setAttribute(name, value === true ? "" : clean(value));
    } else {
      throw new Error("no attribute of this page: " + name);
    }
  }
  add(element, children);
  return element;
}

export function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) {
      continue;
    }
    element.append(child instanceof Node ? child : document.createTextNode(clean(child)));
  }
}

export const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes ?? 0;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (value >= 100 || unit === 0 ? value.toFixed(0) : value.toPrecision(2)) + " " + units[unit];
}

export const short = (digest) => String(digest ?? "").replace(/^sha256:/, "").slice(0, 12);

export function when(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) || at.getTime() <= 0
    ? "unknown time"
    : at.toLocaleString("en-GB", {dateStyle: "medium", timeStyle: "short"});
}

/** What an image is called here: its first name, else its short id. */
export function title(node) {
  return node?.names?.[0] ?? (node?.ghost ? "removed " : "") + short(node?.id ?? node?.image ?? "");
}

export const imageLink = (id, text) => h("a", {href: "#/image/" + id}, text);

export const sum = (counts) => SEVERITIES.reduce((all, s) => all + (counts?.[s] ?? 0), 0);

/** "2 critical, 9 high" for ears. */
export function spoken(counts) {
  const parts = SEVERITIES.filter((s) => counts?.[s] > 0).map((s) => counts[s] + " " + s);
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** The same for eyes: each pill has a letter, so colour is never all there is. */
export function pills(counts) {
  const all = SEVERITIES.filter((s) => counts?.[s] > 0).map((s) =>
    h("span", {class: "pill " + s, title: counts[s] + " " + s},
      String(counts[s]), h("span", {class: "letter"}, s === "unknown" ? "?" : s[0].toUpperCase())));
  return h("span", {class: "pills"}, all);
}

export function severity(name) {
  const known = SEVERITIES.includes(name) ? name : "unknown";
  return h("span", {class: "pill wide " + known}, known);
}

/** A number with its name, for a `dl`. */
export const figure = (name, ...value) => h("div", null, h("dt", null, name), h("dd", null, value));

/** A table whose header cells say what is in them; rows are lists of cells. */
export function table(caption, heads, rows) {
  return h("div", {class: "scroll"}, h("table", null,
    h("caption", {class: "unseen"}, caption),
    h("thead", null, h("tr", null, heads.map((text) => h("th", {scope: "col"}, text)))),
    h("tbody", null, rows.map((cells) => h("tr", null, cells.map((cell) => h("td", null, cell)))))));
}

/** The first rows at once, the rest when asked for: a Debian image has hundreds of packages. */
export function longTable(caption, heads, items, row, first = 100) {
  const body = table(caption, heads, items.slice(0, first).map(row));
  if (items.length > first) {
    const more = h("button", {type: "button", class: "more", onclick: () => {
      const rows = items.slice(first).map((item) =>
        h("tr", null, row(item).map((cell) => h("td", null, cell))));
      body.querySelector("tbody").append(...rows);
      rows[0].setAttribute("tabindex", "-1");
      rows[0].focus();
      more.remove();
    }}, `Show all ${items.length.toLocaleString("en")}`);
    body.append(more);
  }
  return body;
}

/** Where in an image something came in: layer, line of its Dockerfile, instruction. */
export function place(p, nodeOf) {
  if (!p) {
    return h("span", {class: "faint"}, "unknown");
  }
  const known = nodeOf?.(p.image);
  const line = p.step ? `${p.step.file ?? "Dockerfile"}:${p.step.line}` : null;
  const text = p.step?.instruction ?? p.createdBy;
  return h("span", {class: "place"},
    imageLink(p.image, title(known ?? p)), ` layer ${(p.layer ?? 0) + 1}`,
    line && h("span", {class: "line"}, " " + line),
    text && h("code", {class: "brief", title: text}, text));
}

export function notice(kind, ...children) {
  return h("div", {class: "notice " + kind, role: kind === "bad" ? "alert" : null}, children);
}

/** Tells those who cannot see it. */
export function announce(text) {
  document.getElementById("status").textContent = clean(text);
}

/** Asks before something is done. Resolves to true or false; Escape is no. */
export function confirm(question, detail, yes) {
  return new Promise((resolve) => {
    const dialog = h("dialog", {"aria-labelledby": "question", "aria-describedby": "detail"},
      h("h2", {id: "question"}, question), h("p", {id: "detail"}, detail),
      h("div", {class: "actions"},
        h("button", {type: "button", onclick: () => dialog.close("no")}, "Cancel"),
        h("button", {type: "button", class: "primary", onclick: () => dialog.close("yes")}, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
