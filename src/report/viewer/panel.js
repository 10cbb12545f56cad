// The head of the page, and the panel with the state at the selected event.
"use strict";

// --- Head. ---

function showHead(run) {
  const found = run.finding;
  const target = `${run.subject}/${run.variant}`;
  byId("verdict").textContent = found ? found.kind : "no finding";
  byId("verdict").className = found ? "found" : "clean";
  byId("target").textContent = target;
  byId("summary").textContent = run.summary;
  byId("explanation").replaceChildren(...run.explanation.map((sentence) =>
    element("li", {}, ...marked(sentence, {links: true}))));
  byId("schedule").textContent = run.schedule_text.trimEnd();
  byId("file").textContent = run.file;
  byId("replay").textContent = run.replay;
  byId("signature").textContent = found?.signature ?? "";
  byId("signature-line").hidden = !found?.signature;
}

// The last line of the timeline: the finding, or that there is none.
function showEnd(run, timeline) {
  const found = run.finding;
  const column = found ? Math.max(0, run.columnOf(found)) : 0;
  const text = element("div", {class: "text"}, ...(found
    ? [element("b", {}, `${found.kind}: `), ...marked(found.text, {links: true})]
    : ["The run ends without a finding."]));
  text.style.gridColumn = `${timeline.gridColumn(column)} / -1`;
  text.style.marginLeft = `${timeline.gutterWidth(column)}px`;
  byId("end").className = `grid ${found ? "found" : "clean"}`;
  byId("end").replaceChildren(element("span", {class: "step"}, `${found?.step ?? ""}`),
    element("span", {class: "source"}, found?.source ?? ""), text);
}

// --- Panel. ---

class Panel {
  constructor(run) { this.run = run; }

  select(index) {
    const event = this.run.events[index];
    byId("panel").replaceChildren(this.title(event, index), this.source(event), this.facts(event, index),
      this.objects(index), this.cpus(index), this.order(event, index));
    byId("live").textContent = `step ${event.step}, ${this.run.nameOf(event)}, ${event.text}`;
  }

  title(event, index) {
    return element("div", {class: "title"},
      element("div", {class: "stepper"}, ...kButtons.map(([label, action, hint]) =>
        element("button", {type: "button", "data-action": action, title: hint, "aria-label": hint}, label)),
        element("span", {class: "count"}, `${index + 1} of ${this.run.count}`)),
      element("h2", {}, element("span", {id: "current-step"}, `step ${event.step}`), ` · ${this.run.nameOf(event)}`),
      element("p", {class: "op"}, event.op));
  }

  source(event) {
    if (!event.source) return element("p", {class: "muted"}, event.text);
    return element("section", {class: "code"},
      element("p", {class: "where"}, element("b", {}, event.source), ` in ${event.function}()`),
      event.code ? element("pre", {}, event.code) : null);
  }

  facts(event, index) {
    const value = valueOf(event);
    const readers = this.run.readers.get(index) ?? [];
    const rows = [
      event.what === "begin" || event.what === "end" ? null : fact("does", ...marked(event.text, {links: false})),
      event.place ? fact("place", ...marked(event.place, {links: false})) : null,
      value ? fact("value", ...marked(value, {links: false})) : null,
      event.reads_from !== null ? fact("read from", ...this.eventLink(event.reads_from)) : null,
      event.loads && event.reads_from === null ? fact("read from", "what was there before the run") : null,
      ...readers.slice(0, kMostReaders).map((reader) => fact("read by", ...this.eventLink(reader))),
      readers.length > kMostReaders ? fact("read by", `${readers.length - kMostReaders} more`) : null,
    ];
    return element("dl", {class: "facts"}, ...rows.flatMap((row) => row ?? []));
  }

  eventLink(index) {
    const event = this.run.events[index];
    return [element("a", {href: `#event=${index}`}, `step ${event.step}`), ` ${this.run.nameOf(event)}: `,
      ...marked(event.text, {links: false})];
  }

  step(index) { return element("a", {href: `#event=${index}`}, `${this.run.events[index].step}`); }

  range(first, last) {
    const isOneStep = this.run.events[first].step === this.run.events[last].step;
    return isOneStep ? ["step ", this.step(first)] : ["steps ", this.step(first), " to ", this.step(last)];
  }

  objects(index) {
    const rows = [...this.run.objects.keys()].map((object) => this.object(object, index)).filter((row) => row);
    const more = rows.length - kMostObjects;
    return section("Objects", rows.length > 0 ? element("table", {id: "objects"}, ...rows.slice(0, kMostObjects)) : "none yet",
      more > 0 ? element("p", {class: "muted"}, `and ${more} more`) : "");
  }

  object(object, index) {
    const state = this.run.lifeAt(object, index);
    if (!state) return null;
    const name = state.life ? element("span", {class: `name ${lifeClass(state.life)}`}, `${object}#${state.life}`) : object;
    const isTouched = this.run.events[index].object === object;
    return element("tr", {"data-object": object, "data-life": state.life, class: isTouched ? "touched" : null},
      element("th", {}, element("i", {class: `band ${state.life ? lifeClass(state.life) : "free"}`}), name),
      element("td", {}, state.life ? "since " : "free since ", this.step(state.since), `, ${this.run.nameOf(state)}`));
  }

  cpus(index) {
    return section("CPUs", element("table", {id: "cpus"}, ...this.run.cpus.map((cpu, column) => this.cpu(cpu, column, index))));
  }

  cpu({cpu, name}, column, index) {
    const isHere = (span) => span.cpu === cpu;
    const sections = this.run.openAt(this.run.sections.filter(isHere), index);
    const holds = this.run.openAt(this.run.holds.filter(isHere), index);
    return element("tr", {class: this.run.events[index].cpu === cpu ? "current" : null},
      element("th", {}, name),
      element("td", {}, this.doing(column, index),
        ...sections.map(({domain, from}) => element("div", {}, element("i", {class: "bar section"}), `in ${domain} section since `, this.step(from))),
        ...holds.map(({lock, shared, from}) => element("div", {}, element("i", {class: shared ? "bar hold shared" : "bar hold"}),
          `${lock}${shared ? " (shared)" : ""} since `, this.step(from)))));
  }

  doing(column, index) {
    const last = this.run.lastOf(column, index);
    if (last === null) return element("div", {class: "muted"}, "has not begun");
    const {what, op, place} = this.run.events[last];
    if (what === "end") return element("div", {class: "muted"}, `after ${op}`);
    const state = {"begin": ": begins", "waits for": `, waits for ${place ?? "a grace period"}`}[what] ?? "";
    return element("div", {}, element("code", {}, op), state);
  }

  order(event, index) {
    if (!event.clock) return "";
    const concurrent = this.run.concurrentWith(index);
    const clock = this.run.cpus.map(({cpu}) => event.clock[clockIndex(cpu)]).join(" ");
    const ranges = concurrent.map(({column, first, last, count}) => element("tr", {},
      element("th", {}, this.run.cpus[column].name),
      element("td", {}, ...this.range(first, last), `, ${count} event${count === 1 ? "" : "s"}`)));
    return section("Concurrent with it",
      ranges.length > 0 ? element("table", {id: "concurrent"}, ...ranges) : "nothing: every other event is ordered before or after it",
      element("p", {class: "clock", title: "How many events of each CPU happened before, this one included"},
        "vector clock ", element("code", {}, clock)));
  }
}

const kMostReaders = 4;
const kMostObjects = 24;
const kButtons = [
  ["⇤", "previous-switch", "Previous context switch ([)"],
  ["←", "previous", "Previous event (k)"],
  ["→", "next", "Next event (j)"],
  ["⇥", "next-switch", "Next context switch (])"],
];

const fact = (name, ...value) => [element("dt", {}, name), element("dd", {}, ...value)];
const section = (title, ...content) => element("section", {}, element("h3", {}, title), ...content);
