// Puts the page together: which event is selected, and how keys, mouse and the address select it.
"use strict";

class Viewer {
  constructor(run) {
    this.run = run;
    this.selected = 0;
    this.timeline = new Timeline(run);
    this.panel = new Panel(run);
    showHead(run);
    showEnd(run, this.timeline);
    this.timeline.update();
  }

  select(index) {
    this.show(index);
    history.replaceState(null, "", `#event=${this.selected}`);
  }

  show(index, {scroll = true} = {}) {
    this.selected = Math.max(0, Math.min(index, this.run.lastEvent()));
    if (scroll) this.timeline.scrollTo(this.selected);
    this.timeline.select(this.selected);
    this.panel.select(this.selected);
  }

  // What the address asks for: "#event=54" or "#step=51"; without either, where the run went wrong.
  followAddress() {
    const match = /^#(event|step)=(\d+)$/.exec(location.hash);
    if (!match) return this.show(this.run.guiltyOrLast(), {scroll: false});
    const number = Number(match[2]);
    this.select(match[1] === "step" ? this.run.atStep(number) : number);
  }

  // The nearest of some events, in order, after or before the selected one; that one if there is none.
  next(events) { return events[firstWhere(events.length, (i) => events[i] > this.selected)] ?? this.selected; }
  previous(events) { return events[firstWhere(events.length, (i) => events[i] >= this.selected) - 1] ?? this.selected; }

  perform(action) { this.select(kActions[action](this)); }
}

// Each names the event that it selects.
const kActions = {
  "next": (viewer) => viewer.selected + 1,
  "previous": (viewer) => viewer.selected - 1,
  "first": () => 0,
  "last": (viewer) => viewer.run.lastEvent(),
  "next-switch": (viewer) => viewer.next(viewer.run.switches),
  "previous-switch": (viewer) => viewer.previous(viewer.run.switches),
  "next-op": (viewer) => viewer.next(viewer.run.opBeginnings),
  "previous-op": (viewer) => viewer.previous(viewer.run.opBeginnings),
  "finding": (viewer) => viewer.run.guiltyOrLast(),
  "origin": (viewer) => viewer.run.events[viewer.selected].reads_from ?? viewer.selected,
};

const kActionOfKey = {
  "j": "next", "ArrowDown": "next", "k": "previous", "ArrowUp": "previous",
  "g": "first", "Home": "first", "G": "last", "End": "last",
  "]": "next-switch", "PageDown": "next-switch", "[": "previous-switch", "PageUp": "previous-switch",
  "o": "next-op", "O": "previous-op", "f": "finding", "r": "origin",
};

// --- Things that are not about the selected event. ---

function toggleTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}

function toggleHelp() {
  const help = byId("help");
  if (help.open) help.close();
  else help.showModal();
}

function nextArrowChoice(viewer) {
  const select = byId("arrow-choice");
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  viewer.timeline.setArrows(select.value);
}

function showAllObjects(viewer, all) {
  byId("all-objects").checked = all;
  viewer.timeline.setAllObjects(all);
  showEnd(viewer.run, viewer.timeline);
}

const kOtherKeys = {
  "t": toggleTheme,
  "?": toggleHelp,
  "a": nextArrowChoice,
  "l": (viewer) => showAllObjects(viewer, !byId("all-objects").checked),
};

// --- Input. ---

// Whether the key belongs to the browser or to a control that has the focus.
function isForOthers(event) {
  return event.ctrlKey || event.altKey || event.metaKey || (byId("help").open && event.key !== "?") ||
    event.target.closest?.("select, dialog form, pre") != null;
}

function onKey(viewer, event) {
  if (isForOthers(event)) return;
  const action = kActionOfKey[event.key];
  if (action) viewer.perform(action);
  else if (kOtherKeys[event.key]) kOtherKeys[event.key](viewer);
  else return;
  event.preventDefault();
}

function onClick(viewer, event) {
  const index = viewer.timeline.eventAt(event.clientY);
  if (index !== null) viewer.select(index);
}

// A card with the source line and the state of the CPU, beside the mouse.
function onHover(viewer, event) {
  const card = byId("hover");
  const row = event.target.closest?.(".event, .source");
  card.hidden = !row;
  if (!row) return;
  const index = Number(row.parentElement.id.replace("event-", ""));
  if (card.dataset.index !== `${index}`) fillCard(viewer.run, card, index);
  const left = Math.min(event.clientX + 16, window.innerWidth - card.offsetWidth - 8);
  const below = event.clientY + 18;
  const fits = below + card.offsetHeight < window.innerHeight;
  card.style.left = `${Math.max(4, left)}px`;
  card.style.top = `${fits ? below : event.clientY - card.offsetHeight - 10}px`;
}

function fillCard(run, card, index) {
  const event = run.events[index];
  const isHere = (span) => span.cpu === event.cpu;
  const state = [
    ...run.openAt(run.sections.filter(isHere), index).map(({domain, from}) => `in ${domain} section since step ${run.events[from].step}`),
    ...run.openAt(run.holds.filter(isHere), index).map(({lock}) => `holds ${lock}`),
  ];
  card.dataset.index = index;
  card.replaceChildren(
    element("b", {}, `${run.nameOf(event)} in ${event.op}`),
    element("div", {class: "where"}, event.source && `${event.source} in ${event.function}()`),
    element("pre", {}, event.code),
    element("div", {class: "where"}, state.join(" · ")));
}

function listen(viewer) {
  const body = byId("body");
  document.addEventListener("keydown", (event) => onKey(viewer, event));
  body.addEventListener("click", (event) => onClick(viewer, event));
  body.addEventListener("mousemove", (event) => onHover(viewer, event));
  body.addEventListener("mouseleave", () => { byId("hover").hidden = true; });
  byId("end").addEventListener("click", () => viewer.perform("finding"));
  byId("theme").addEventListener("click", toggleTheme);
  byId("help-button").addEventListener("click", toggleHelp);
  byId("arrow-choice").addEventListener("change", ({target}) => viewer.timeline.setArrows(target.value));
  byId("all-objects").addEventListener("change", ({target}) => showAllObjects(viewer, target.checked));
  byId("panel").addEventListener("click", ({target}) => {
    const action = target.closest("button")?.dataset.action;
    if (action) viewer.perform(action);
  });
  window.addEventListener("hashchange", () => viewer.followAddress());
  window.addEventListener("scroll", () => viewer.timeline.update(), {passive: true});
  window.addEventListener("beforeprint", () => {
    document.documentElement.style.setProperty("--printed", `${byId("timeline").offsetWidth}px`);
  });
  new ResizeObserver(() => {
    viewer.timeline.update();
    viewer.timeline.drawArrows();
  }).observe(body);
}

const viewer = new Viewer(new Run(JSON.parse(byId("run").textContent)));
listen(viewer);
viewer.followAddress();
