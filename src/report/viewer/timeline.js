// The main view: a row per event, a column per CPU, bands for the lives of objects, bars for what a
// CPU holds, arrows from stores to loads. All rows are equally high, so where things are follows
// from the index of an event. Of a long run only the part near the window is in the page.
"use strict";

const kRowHeight = 20;
const kWholeRun = 1500;  // Up to so many events all are in the page, for searching and printing.
const kOverscan = 120;   // Rows kept beyond either end of the window.
const kBarWidth = 14;
const kLaneWidth = 22;
const kLeastColumn = 72;  // Text runs over into the next column, which is empty in that row.
const kLeastLastColumn = 400;
const kLifeColours = 6;
const kLabelCharacter = 5.6;  // How much of a bar's height one character of its label takes.
const kRoleNames = {named: "got the name", freed: "freed", allocated: "allocated again"};

const byId = (id) => document.getElementById(id);

// An HTML element with attributes and children; those that are null are left out.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const lifeClass = (life) => `life-${((life - 1) % kLifeColours) + 1}`;

// Text with its parts marked: `code`, "step 51" as a link, "anon_vma0#2" in the colour of its life.
function marked(text, {links}) {
  const parts = [];
  let rest = 0;
  for (const match of text.matchAll(/`([^`]*)`|\b(steps? )(\d+(?:(?:, | and | to )\d+)*)|([A-Za-z_]\w*\d)#(\d+)(:freed)?/g)) {
    parts.push(text.slice(rest, match.index));
    rest = match.index + match[0].length;
    if (match[1] !== undefined) parts.push(element("code", {}, match[1]));
    else if (match[4] !== undefined) parts.push(objectName(match[5], match[0]));
    else if (links) parts.push(match[2], ...match[3].split(/(\d+)/).map(stepLink));
    else parts.push(match[0]);
  }
  return [...parts, text.slice(rest)];
}

// "anon_vma0#1:freed" is a name of a life that is over.
const objectName = (life, text) =>
  element("span", {class: `name ${lifeClass(life)} ${text.endsWith(":freed") ? "over" : ""}`}, text);

const stepLink = (part) => (/^\d+$/.test(part) ? element("a", {href: `#step=${part}`}, part) : part);

class Timeline {
  constructor(run) {
    this.run = run;
    this.shown = null;  // {first, end}: the rows that are in the page.
    this.arrowChoice = "across";
    this.allObjects = false;
    this.selected = 0;
    this.slots = this.assignSlots();
    this.layOut();
  }

  // --- Geometry. ---

  // Columns of the grid: step, source, a lane per object, the CPUs. Text of the last CPU cannot run
  // over into the next column, so it gets more room.
  layOut() {
    const lanes = this.objects();
    const root = document.documentElement.style;
    root.setProperty("--row", `${kRowHeight}px`);
    const widths = ["38px", "102px", ...[...lanes, ""].map(() => `${kLaneWidth}px`),
      ...this.run.cpus.slice(1).map(() => `minmax(${kLeastColumn}px, 1fr)`), `minmax(${kLeastLastColumn}px, 1.7fr)`];
    const least = 140 + (lanes.length + 1) * kLaneWidth + (this.run.cpus.length - 1) * kLeastColumn + kLeastLastColumn;
    root.setProperty("--columns", widths.join(" "));
    root.setProperty("--least", `${least}px`);
    byId("columns").replaceChildren(
      this.heading(1, 1, "step"), this.heading(2, 1, "source"),
      this.heading(3, lanes.length, lanes.length > 1 ? "lives" : ""),
      ...this.run.cpus.map(({name}, column) => this.heading(this.gridColumn(column), 1, name, "cpu")));
    byId("body").style.height = `${this.run.count * kRowHeight}px`;
    this.shown = null;
  }

  heading(column, span, text, kind = "aside") {
    const made = element("div", {class: kind}, text);
    made.style.gridColumn = `${column} / span ${Math.max(span, 1)}`;
    return made;
  }

  objects() { return this.allObjects ? [...this.run.objects.keys()] : this.run.concernedObjects(); }
  gridColumn(column) { return 4 + this.objects().length + column; }
  middleOf(index) { return (index + 0.5) * kRowHeight; }
  endOf(span) { return span.to === null ? this.run.count * kRowHeight : this.middleOf(span.to); }

  // Where each bar stands beside its column: sections, then locks, each in the first place that is
  // empty again.
  assignSlots() {
    const slots = new Map();
    const busyUntil = this.run.cpus.map(() => []);
    const assign = (span) => {
      const busy = busyUntil[this.run.columnOf(span)];
      const empty = busy.findIndex((end) => end < span.from);
      const slot = empty < 0 ? busy.length : empty;
      busy[slot] = span.to ?? Infinity;
      slots.set(span, slot);
    };
    this.run.sections.forEach(assign);
    for (const busy of busyUntil) busy.fill(Infinity);
    this.run.holds.toSorted((a, b) => a.from - b.from).forEach(assign);
    this.gutters = busyUntil.map((busy) => busy.length);
    return slots;
  }

  gutterWidth(column) { return this.gutters[column] * kBarWidth + 8; }

  // --- What is in the page. ---

  // The rows that the window shows, and some more.
  rangeInView() {
    if (this.run.count <= kWholeRun) return {first: 0, end: this.run.count};
    const top = -byId("body").getBoundingClientRect().top;
    const first = Math.floor(top / kRowHeight) - kOverscan;
    const end = Math.ceil((top + window.innerHeight) / kRowHeight) + kOverscan;
    return {first: Math.max(0, Math.min(first, this.run.count - 1)), end: Math.max(1, Math.min(end, this.run.count))};
  }

  // Puts into the page what the window shows, unless it is there already.
  update() {
    const range = this.rangeInView();
    const slack = this.run.count <= kWholeRun ? 0 : kOverscan / 2;
    if (this.shown && this.shown.first <= Math.max(0, range.first + slack) &&
        this.shown.end >= Math.min(this.run.count, range.end - slack)) return;
    this.shown = range;
    this.drawRows();
    this.drawLanes();
    this.drawArrows();
    this.markSelected();
  }

  isShown({from, to}) { return from < this.shown.end && (to === null || to >= this.shown.first); }

  drawRows() {
    const rows = [];
    for (let index = this.shown.first; index < this.shown.end; ++index) rows.push(this.row(index));
    byId("rows").replaceChildren(...rows);
  }

  row(index) {
    const event = this.run.events[index];
    const column = this.run.columnOf(event);
    const roles = this.run.rolesOf(index);
    const isGuilty = index === this.run.guilty();
    const what = element("span", {class: "event"}, ...this.eventText(event), ...roles.map(roleTag),
      isGuilty ? element("b", {class: "tag guilty"}, "blamed") : null);
    what.style.gridColumn = this.gridColumn(column);
    what.style.setProperty("--gutter", `${this.gutterWidth(column)}px`);
    const isSwitch = index > 0 && this.run.events[index - 1].cpu !== event.cpu;
    const row = element("div", {
      id: `event-${index}`, role: "option", "aria-selected": "false",
      "aria-setsize": this.run.count, "aria-posinset": index + 1,
      "aria-label": [`step ${event.step}`, this.run.nameOf(event), event.text, event.source, ...roles].join(", "),
      class: `row grid ${event.what} ${event.stale ? "stale" : ""} ${isSwitch ? "switch" : ""} ${column + 1 === this.run.cpus.length ? "rightmost" : ""} ${isGuilty ? "guilty" : ""}`,
    }, element("span", {class: "step"}, `${event.step}`), element("span", {class: "source"}, event.source), what);
    row.style.top = `${index * kRowHeight}px`;
    return row;
  }

  eventText(event) {
    if (event.what === "begin") return [event.op];
    if (event.what === "end") return ["end"];
    const [head, result] = splitResult(event.text);
    return [...marked(head, {links: false}), result ? element("span", {class: "result"}, ...marked(result, {links: false})) : null];
  }

  // --- Lanes: lives of objects, sections, locks. ---

  drawLanes() {
    const lanes = this.objects().map((object, number) => this.objectLane(object, number));
    const columns = this.run.cpus.map((_, column) => this.cpuLane(column));
    byId("lanes").replaceChildren(...lanes, ...columns);
  }

  objectLane(object, number) {
    const lives = this.run.objects.get(object);
    const gaps = lives.filter(({to}) => to !== null).map(({to, life}) => ({from: to, to: this.nextLife(lives, life), life}));
    const lane = element("div", {class: "lane", "data-object": object},
      ...gaps.filter((gap) => this.isShown(gap)).map((gap) => this.band(gap, "free", "free",
        `${object} is free from step ${this.step(gap.from)} ${this.until(gap)}`)),
      ...lives.filter((life) => this.isShown(life)).map((life) => this.band(life, lifeClass(life.life), `${object}#${life.life}`,
        `${object}#${life.life}, allocated by ${this.run.nameOf(life)} at step ${this.step(life.from)}, lives ${this.until(life)}`)));
    lane.style.gridColumn = 3 + number;
    return lane;
  }

  nextLife(lives, life) { return lives.find((other) => other.life > life)?.from ?? null; }
  step(index) { return this.run.events[index].step; }
  until({to}) { return to === null ? "to the end" : `until step ${this.step(to)}`; }

  band(span, kind, label, title) {
    const height = this.endOf(span) - this.middleOf(span.from);
    const short = label.includes("#") ? label.slice(label.indexOf("#")) : "";
    const fits = height > label.length * kLabelCharacter + 10;
    const made = element("div", {class: `band ${kind} ${span.to === null ? "open" : ""}`, title},
      element("span", {class: fits ? "label along" : "label"}, fits ? label : height > 14 ? short : ""));
    this.place(made, span);
    return made;
  }

  cpuLane(column) {
    const isHere = (span) => this.run.columnOf(span) === column && this.isShown(span);
    const lane = element("div", {class: "column", "data-column": column},
      ...this.run.sections.filter(isHere).map((section) => this.bar(section, "section", `${section.domain} read-side section`,
        `${section.domain} read-side section of ${this.run.nameOf(section)}, from step ${this.step(section.from)} ${this.until(section)}`)),
      ...this.run.holds.filter(isHere).map((hold) => this.bar(hold, hold.shared ? "hold shared" : "hold", hold.lock,
        `${this.run.nameOf(hold)} holds ${hold.lock}${hold.shared ? " shared" : ""} from step ${this.step(hold.from)} ${this.until(hold)}`)));
    lane.style.gridColumn = this.gridColumn(column);
    return lane;
  }

  bar(span, kind, label, title) {
    const height = this.endOf(span) - this.middleOf(span.from);
    const text = [label, label.replace(" read-side section", ""), ""].find((candidate) =>
      height > candidate.length * kLabelCharacter + 8) ?? "";
    const made = element("div", {class: `bar ${kind} ${span.to === null ? "open" : ""}`, title},
      element("span", {class: "label along"}, text));
    made.style.left = `${this.slots.get(span) * kBarWidth + 4}px`;
    this.place(made, span);
    return made;
  }

  place(made, span) {
    made.style.top = `${this.middleOf(span.from)}px`;
    made.style.height = `${Math.max(4, this.endOf(span) - this.middleOf(span.from))}px`;
  }

  // --- Arrows. ---

  wants({from, to}) {
    if (this.arrowChoice === "across") return this.run.events[from].cpu !== this.run.events[to].cpu;
    return this.arrowChoice === "all";
  }

  drawArrows() {
    const flows = [];
    this.run.events.forEach(({reads_from: from}, to) => {
      if (from !== null && this.isShown({from, to}) && this.wants({from, to})) flows.push({from, to});
    });
    this.paint("arrows", flows);
    this.drawSelectedArrows();
  }

  drawSelectedArrows() {
    const from = this.run.events[this.selected].reads_from;
    const flows = from === null ? [] : [{from, to: this.selected}];
    for (const to of this.run.readers.get(this.selected) ?? []) flows.push({from: this.selected, to});
    this.paint("selected-arrows", this.arrowChoice === "none" ? [] : flows);
  }

  paint(id, flows) {
    const left = byId("body").getBoundingClientRect().left;
    const starts = [...document.querySelectorAll("#lanes .column")].map((column, number) =>
      column.getBoundingClientRect().left - left + this.gutterWidth(number));
    byId(id).replaceChildren(...flows.flatMap((flow) => this.arrow(flow, starts)));
  }

  // From the left end of the store's text to that of the load's: first across, then down beside the
  // load's column, where there is no text.
  arrow({from, to}, starts) {
    const [x1, x2] = [from, to].map((index) => starts[this.run.columnOf(this.run.events[index])] - 3);
    const [y1, y2] = [this.middleOf(from), this.middleOf(to)];
    const corner = x2 - (x1 === x2 ? Math.min(34, 10 + (y2 - y1) / 20) : 24);
    const path = `M${x1} ${y1}C${corner} ${y1 + Math.min(12, (y2 - y1) / 3)},${corner} ${y2 - 6},${x2 - 4} ${y2}`;
    return [
      shape("path", {class: "flow", d: path, "data-from": from, "data-to": to}),
      shape("circle", {cx: x1, cy: y1, r: 2.2}),
      shape("path", {class: "tip", d: `M${x2 + 1} ${y2}l-6 -3.2v6.4z`}),
    ];
  }

  // --- The selected event. ---

  select(index) {
    this.selected = index;
    this.update();
    this.markSelected();
    this.drawSelectedArrows();
  }

  markSelected() {
    const top = this.selected * kRowHeight;
    byId("cursor").style.top = `${top}px`;
    byId("veil").style.top = `${top + kRowHeight}px`;
    for (const row of document.querySelectorAll("#rows [aria-selected=true]")) row.setAttribute("aria-selected", "false");
    byId(`event-${this.selected}`)?.setAttribute("aria-selected", "true");
    byId("body").setAttribute("aria-activedescendant", `event-${this.selected}`);
    this.markConcurrent();
  }

  markConcurrent() {
    for (const old of document.querySelectorAll(".concurrent")) old.remove();
    for (const {column, first, last} of this.run.concurrentWith(this.selected)) {
      const made = element("div", {class: "concurrent"});
      made.style.top = `${first * kRowHeight}px`;
      made.style.height = `${(last - first + 1) * kRowHeight}px`;
      document.querySelector(`#lanes .column[data-column="${column}"]`)?.append(made);
    }
  }

  // Scrolls only as far as needed, and not at all while the page stands as it was opened.
  scrollTo(index) {
    const top = byId("body").getBoundingClientRect().top + index * kRowHeight;
    const low = byId("columns").offsetHeight + 2 * kRowHeight;
    const panel = byId("panel");
    const covered = getComputedStyle(panel).position === "fixed" ? panel.offsetHeight : 0;
    const high = window.innerHeight - covered - 3 * kRowHeight;
    if (top >= low && top <= high) return;
    const isNear = top > low - window.innerHeight / 4 && top < high + window.innerHeight / 4;
    window.scrollBy(0, !isNear ? top - (low + high) / 2 : top < low ? top - low : top - high);
  }

  // The event at a place in the window; null outside the rows.
  eventAt(clientY) {
    const index = Math.floor((clientY - byId("body").getBoundingClientRect().top) / kRowHeight);
    return index >= 0 && index < this.run.count ? index : null;
  }

  setArrows(choice) {
    this.arrowChoice = choice;
    this.drawArrows();
  }

  setAllObjects(all) {
    this.allObjects = all;
    this.layOut();
    this.update();
  }
}

const roleTag = (role) => element("b", {class: "tag"}, kRoleNames[role] ?? role);

// "READ_ONCE(x) = 1" as ["READ_ONCE(x)", " = 1"].
function splitResult(text) {
  const end = text.lastIndexOf(")");
  return end < 0 ? [text, ""] : [text.slice(0, end + 1), text.slice(end + 1)];
}
