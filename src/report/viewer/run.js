// A run as the page asks about it: what its document (docs/run-format.md) says, indexed. Knows
// nothing of the page. An event is named by its index; "at" an event means right after it.
"use strict";

const kCallbacksClock = 4;
const kFewObjects = 4;

class Run {
  constructor(json) {
    Object.assign(this, json);
    this.count = this.events.length;
    this.columns = new Map(this.cpus.map(({cpu}, column) => [cpu, column]));
    this.indexEvents();
    this.objects = this.groupLives();
  }

  indexEvents() {
    this.eventsOfColumn = this.cpus.map(() => []);
    this.readers = new Map();
    this.eventOfStep = new Map();
    this.usedFreed = new Set();
    this.switches = [];
    this.opBeginnings = [];
    this.events.forEach((event, index) => this.indexEvent(event, index));
  }

  indexEvent(event, index) {
    this.eventsOfColumn[this.columnOf(event)].push(index);
    if (event.reads_from !== null) {
      const readers = this.readers.get(event.reads_from);
      if (readers) readers.push(index);
      else this.readers.set(event.reads_from, [index]);
    }
    if (event.what !== "end" && !this.eventOfStep.has(event.step)) this.eventOfStep.set(event.step, index);
    if (event.freed) this.usedFreed.add(event.object);
    if (event.what === "begin") this.opBeginnings.push(index);
    if (index === 0 || this.events[index - 1].cpu !== event.cpu) this.switches.push(index);
  }

  groupLives() {
    const objects = new Map();
    for (const life of this.lives) {
      if (!objects.has(life.object)) objects.set(life.object, []);
      objects.get(life.object).push(life);
    }
    return objects;
  }

  columnOf({cpu}) { return this.columns.get(cpu) ?? -1; }
  nameOf({cpu}) { return this.cpus[this.columnOf({cpu})]?.name ?? "no CPU"; }
  lastEvent() { return this.count - 1; }
  guilty() { return this.finding?.event ?? null; }
  guiltyOrLast() { return this.guilty() ?? this.lastEvent(); }

  // The event of a step, or of the last one before it that has any.
  atStep(step) {
    for (let s = step; s >= 0; --s) {
      if (this.eventOfStep.has(s)) return this.eventOfStep.get(s);
    }
    return 0;
  }

  // "named", "freed", "allocated": the parts that the event played in the finding.
  rolesOf(index) {
    const roles = this.finding?.roles ?? {};
    return Object.keys(roles).filter((role) => roles[role] === index);
  }

  // Objects in the finding, then those with more than one life or used when they had none; where
  // there are no such, the first few.
  concernedObjects() {
    const text = this.finding?.text ?? "";
    const roles = Object.values(this.finding?.roles ?? {}).map((index) => this.events[index]?.object);
    const isInFinding = (object) => roles.includes(object) || text.includes(`${object}#`);
    const isRecycled = (object) => this.objects.get(object).length > 1 || this.usedFreed.has(object);
    const objects = [...this.objects.keys()];
    const concerned = [...objects.filter(isInFinding),
      ...objects.filter((object) => !isInFinding(object) && isRecycled(object))];
    return concerned.length > 0 ? concerned : objects.slice(0, kFewObjects);
  }

  // Of spans with `from` and `to`, those open at the event.
  openAt(spans, index) {
    return spans.filter(({from, to}) => from <= index && (to === null || index < to));
  }

  // What the memory of an object is at the event: {life, since, cpu}; life is 0 while it is free,
  // and the result null before its first life.
  lifeAt(object, index) {
    let state = null;
    for (const {life, from, to, cpu} of this.objects.get(object)) {
      if (from > index) break;
      const over = to !== null && to <= index;
      state = over ? {life: 0, since: to, cpu: this.events[to].cpu} : {life, since: from, cpu};
    }
    return state;
  }

  // The CPU's last event at this one; null before its first.
  lastOf(column, index) {
    const events = this.eventsOfColumn[column];
    const after = firstWhere(events.length, (i) => events[i] > index);
    return after === 0 ? null : events[after - 1];
  }

  // Of each other CPU with events concurrent with this one: {column, first, last, count}. A CPU's
  // own events are ordered, so they follow each other among its events.
  concurrentWith(index) {
    const {cpu, clock} = this.events[index];
    if (!clock) return [];
    const own = clockIndex(cpu);
    return this.cpus.flatMap((other, column) => {
      if (other.cpu === cpu) return [];
      const events = this.eventsOfColumn[column];
      const begin = clock[clockIndex(other.cpu)];
      const end = firstWhere(events.length, (i) => this.events[events[i]].clock[own] >= clock[own]);
      return begin < end ? [{column, first: events[begin], last: events[end - 1], count: end - begin}] : [];
    });
  }
}

const clockIndex = (cpu) => (cpu === "rcu" ? kCallbacksClock : cpu);

// The first of 0 to count - 1 for which `holds`, which must not fail again once it holds; count if
// there is none.
function firstWhere(count, holds) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// What an event took or left: the text behind its closing bracket, or the last operand of a store.
function valueOf({text, stores}) {
  const result = /\)\s+(?:= )?(.+)$/.exec(text);
  if (result) return result[1];
  const operand = /,\s*([^,]+)\)$/.exec(text);
  return stores && operand ? operand[1] : null;
}
