#!/usr/bin/env python3
"""What a fuzzing service makes of the output of a failing target, and a summary of many runs.

A bucket is what ClusterFuzz files a crash under: its type, and the first three frames of its stack that are
not ignored. Two crashes are one bug when the buckets are equal or have two frames in common. The rules are
those that ClusterFuzz publishes (stack_parsing, crash_comparer.py), as far as our targets can meet them.

  crash_report.py bucket LOG...         prints a JSON list, a bucket for each output
  crash_report.py same LOG LOG          exit status 0 if they are one bug, 1 if not
  crash_report.py collect FOLDER MODE   writes summary.json and results.sarif of the runs in runs.jsonl
"""

import json
import pathlib
import re
import sys

IGNORED_FRAME = re.compile(
    r"^(raise|abort|__GI_|gsignal|_?_?sanitizer|__asan|__tsan|__ubsan|__msan|__interceptor|fuzzer::|"
    r"LLVMFuzzer|New|new|free|delete|operator|main$|_start|alloc::|std::|__libc_start)|assert|logger|sighandler"
)
IGNORED_FILE = re.compile(r"/gcc/|/libc\+\+/|/include/c\+\+/|compiler-rt")
FRAME = re.compile(r"^\s*#(\d+) 0x[0-9a-f]+ in (.+?)(?: (/\S+|\(\S+.*))?$")
CHECK = re.compile(r"^# Check failed: (.*)$", re.M)
FATAL = re.compile(r"^# Fatal error in (.*), line (\d+)$", re.M)
TOKEN = re.compile(r"^DEDUP_TOKEN: (.*)$", re.M)
RACE = re.compile(r"WARNING: ThreadSanitizer: data race")
ACCESS = re.compile(r"^\s*(?:Previous )?(?:atomic )?(read|write) of size (\d+)", re.M | re.I)
ASAN = re.compile(r"ERROR: AddressSanitizer: ([\w-]+)")
ASAN_ACCESS = re.compile(r"^(READ|WRITE) of size (\d+)", re.M)
UBSAN = re.compile(r"^(\S+?):(\d+):\d+: runtime error: (.*)$", re.M)
PLACE = re.compile(r"(?:^|/)((?:src|fuzz)/[\w./-]+):(\d+)")
STATE_FRAMES = 3


def function_name(text):
    """The function without arguments, template arguments and the words for anonymous scopes."""
    text = text.replace("(anonymous namespace)::", "")
    text = re.sub(r"\(lambda at [^)]*\)", "lambda", text)
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"<[^<>]*>", "", text)
    return text.split("(")[0].strip()


def stacks(text):
    """The stacks of a report in order: each a list of (function, place)."""
    result = []
    for line in text.splitlines():
        match = FRAME.match(line)
        if not match:
            continue
        if match.group(1) == "0":
            result.append([])
        if result:
            result[-1].append((function_name(match.group(2)), match.group(3) or ""))
    return result


def kept(stack):
    return [f for f, place in stack if f and not IGNORED_FRAME.search(f) and not IGNORED_FILE.search(place)]


def place_of(stack):
    for _, place in stack:
        match = PLACE.search(place)
        if match:
            return match.group(1), int(match.group(2))
    return "", 0


def race(text):
    """Both sides of a race count, one frame of each."""
    sides = stacks(text[RACE.search(text).start() :])[:2]
    access = ACCESS.search(text)
    kind = f"Data race {access.group(1).upper()} {access.group(2)}" if access else "Data race"
    file, line = place_of(sides[0]) if sides else ("", 0)
    return {"type": kind, "state": [f for s in sides for f in kept(s)[:1]], "security": False,
            "kind": "data-race", "file": file, "line": line}


def bucket(text):
    """The bucket of a target's output; None if it did not fail."""
    check, fatal, token = CHECK.search(text), FATAL.search(text), TOKEN.search(text)
    asan, ubsan = ASAN.search(text), UBSAN.search(text)
    if RACE.search(text) and not check:
        crash = race(text)
    elif check and fatal:
        stack = next(iter(stacks(text[fatal.start() :])), [])
        name = f"{check.group(1)} in {pathlib.PurePath(fatal.group(1)).name}"
        crash = {"type": "CHECK failure", "state": [name] + kept(stack)[: STATE_FRAMES - 1], "security": False,
                 "kind": check.group(1).split(" ")[0], "file": fatal.group(1), "line": int(fatal.group(2))}
    elif asan and asan.group(1) != "ABRT":
        stack = next(iter(stacks(text[asan.start() :])), [])
        access = ASAN_ACCESS.search(text)
        name = asan.group(1).capitalize() + (f" {access.group(1)} {access.group(2)}" if access else "")
        file, line = place_of(stack)
        crash = {"type": name, "state": kept(stack)[:STATE_FRAMES], "security": True, "kind": "asan",
                 "file": file, "line": line}
    elif ubsan:
        stack = next(iter(stacks(text[ubsan.start() :])), [])
        crash = {"type": "Undefined: " + ubsan.group(3).split(":")[0], "state": kept(stack)[:STATE_FRAMES],
                 "security": False, "kind": "ubsan", "file": ubsan.group(1), "line": int(ubsan.group(2))}
    elif "SUMMARY:" in text:
        stack = next(iter(stacks(text)), [])
        file, line = place_of(stack)
        crash = {"type": re.search(r"SUMMARY: \S+ ([\w-]+)", text).group(1), "state": kept(stack)[:STATE_FRAMES],
                 "security": False, "kind": "crash", "file": file, "line": line}
    else:
        return None
    crash["token"] = token.group(1) if token else ""
    return crash


def same_bug(a, b):
    """One type and security, and states that are equal or have two frames in common."""
    if a["type"] != b["type"] or a["security"] != b["security"]:
        return False
    return a["state"] == b["state"] or len(set(a["state"]) & set(b["state"])) >= 2


def missed_result(variant):
    """A variant that is not as it declares: a fuzzer that no longer finds it is at fault, wherever that lies."""
    return {
        "ruleId": "canary-missed",
        "level": "error",
        "message": {"text": f"{variant} is not found, or not as it declares: see matrix.json"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "docs/variants.md"},
                                            "region": {"startLine": 1}}}],
        "partialFingerprints": {"revenantBucket/v1": f"canary-missed; {variant}"},
    }


def sarif(findings, missed):
    results = [
        {
            "ruleId": f["kind"],
            "level": "error",
            "message": {"text": f"{f['type']} in {f['target']} ({f['sanitizer']}): " + "; ".join(f["state"])},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f["file"] or "fuzz/CMakeLists.txt"},
                                                "region": {"startLine": max(f["line"], 1)}}}],
            "partialFingerprints": {"revenantBucket/v1": "; ".join([f["type"], *f["state"]])},
        }
        for f in findings
    ] + [missed_result(variant) for variant in missed]
    rules = sorted({r["ruleId"] for r in results})
    driver = {"name": "Revenant", "rules": [{"id": r} for r in rules]}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "results": results}]}


def collect(folder, mode):
    runs, findings = [], []
    for line in (folder / "runs.jsonl").read_text().splitlines():
        run = json.loads(line)
        log = run.pop("log", "")
        if run.get("status", 0) != 0 and log:
            crash = bucket((folder / log).read_text(errors="replace")) or {
                "type": f"exit status {run['status']}", "state": [], "security": False, "kind": "crash",
                "file": "", "line": 0, "token": ""}
            findings.append({**crash, "target": run["target"], "sanitizer": run["sanitizer"], "log": log,
                             "input": run.get("input", "")})
        runs.append(run)
    known = set()
    if (folder / "known.txt").exists():
        known = set((folder / "known.txt").read_text().splitlines())
    for f in findings:
        f["bucket"] = "; ".join([f["type"], *f["state"]])
        # Only a change is not to blame for what is known; nor is every failure without a stack the same one.
        f["new"] = mode != "code-change" or not f["state"] or f["bucket"] not in known
    extra = json.loads((folder / "extra.json").read_text()) if (folder / "extra.json").exists() else {}
    summary = {"mode": mode, "ok": not any(f["new"] for f in findings) and extra.get("ok", True),
               "runs": runs, "findings": findings, **{k: v for k, v in extra.items() if k != "ok"}}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    (folder / "results.sarif").write_text(json.dumps(sarif(findings, extra.get("missed", [])), indent=2) + "\n")
    return 0 if summary["ok"] else 1


def main(arguments):
    if len(arguments) >= 2 and arguments[0] == "bucket":
        print(json.dumps([bucket(pathlib.Path(p).read_text(errors="replace")) for p in arguments[1:]], indent=2))
        return 0
    if len(arguments) == 3 and arguments[0] == "same":
        a, b = (bucket(pathlib.Path(p).read_text(errors="replace")) for p in arguments[1:])
        return 0 if a and b and same_bug(a, b) else 1
    if len(arguments) == 3 and arguments[0] == "collect":
        return collect(pathlib.Path(arguments[1]), arguments[2])
    print("crash_report.py: see the top of the file for what it takes", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
