#!/usr/bin/python3
"""The page that `revenant show --format html` writes, in a real browser with real keys and clicks.

usage: html_page_test.py REVENANT SOURCE_DIR [unittest arguments]

What the page must show is computed here from the run's JSON document. Pictures are compared for
structure: where bands and columns must be, and how bright the ground is; not pixel by pixel.
"""

import base64
import json
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

INSTALL = "run ci/install.sh, which installs chromium, chromium-driver and python3-selenium"
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    sys.exit(f"html_page_test: no python3-selenium: {INSTALL}")

ROW = 20  # kRowHeight of src/report/viewer/timeline.js
LONG_RUN = 16000
WAIT_SECONDS = 30
REVENANT, SOURCE_DIR = sys.argv[1:3]
FOLDER = tempfile.TemporaryDirectory(prefix="revenant-html-")


def show(target, schedule, form):
    file = Path(SOURCE_DIR) / "corpus/anon_vma" / schedule  # An absolute path stands for itself.
    done = subprocess.run(
        [REVENANT, "show", target, str(file), "--format", form],
        capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"html_page_test: revenant show ended with {done.returncode}: {done.stderr}")
    return done.stdout


FOUR_CPUS = """schedule anon_vma
cpu 0: fault mm0 page0
cpu 1: exit mm0
cpu 2: lock page0
cpu 3: fault mm1 page1, exit mm1
"""


class Page:
    """A page in a file, and the document that it must show."""

    def __init__(self, name, html, run):
        self.run = run
        path = Path(FOLDER.name) / f"{name}.html"
        path.write_text(html, encoding="utf-8")
        self.url = path.as_uri()

    @classmethod
    def of(cls, name, target, schedule):
        return cls(name, show(target, schedule, "html"), json.loads(show(target, schedule, "json")))


def witness_page(name):
    """Of a litmus test, for which there is no other document than the one in the page."""
    done = subprocess.run(
        [REVENANT, "litmus", str(Path(SOURCE_DIR) / "corpus/litmus" / f"{name}.litmus"), "--witness", "html"],
        capture_output=True, text=True, check=True)
    document = re.search(r'<script type="application/json" id="run">(.*?)</script>', done.stdout, re.DOTALL)[1]
    return Page("witness", done.stdout, json.loads(document))


def prolonged(run, count):
    """The run over and over: what links its events is moved along."""
    size = len(run["events"])
    run = json.loads(json.dumps(run))
    events, run["events"] = run["events"], []
    clock = events[-1]["clock"]
    for start in range(0, count, size):
        for event in events:
            moved = dict(event, step=event["step"] + start)
            if event["reads_from"] is not None:
                moved["reads_from"] = event["reads_from"] + start
            moved["clock"] = [a + b * start // size for a, b in zip(event["clock"], clock)]
            run["events"].append(moved)
    for spans in ("sections", "holds"):
        run[spans] = [dict(span, **{"from": span["from"] + start, "to": (size - 1 if span["to"] is None else span["to"]) + start})
                      for start in range(0, count, size) for span in run[spans]]
    return run


def long_page(page):
    run = prolonged(page.run, LONG_RUN)
    html = Path(page.url.removeprefix("file://")).read_text(encoding="utf-8")
    opening = '<script type="application/json" id="run">'
    begin = html.index(opening) + len(opening)
    document = json.dumps(run).replace("<", "\\u003c")
    return Page("long", html[:begin] + document + html[html.index("</script>", begin):], run)


def open_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--hide-scrollbars", "--force-color-profile=srgb", "--window-size=1280,800"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


# --- Pictures. -----------------------------------------------------------------------------------


def pixels(png):
    """The rows of (red, green, blue) of a PNG with 8 bits a channel, as Chromium writes them."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6)
    size = 3 if kind == 2 else 4
    data, position = b"", 8
    while position < len(png):
        length, name = struct.unpack(">I4s", png[position:position + 8])
        if name == b"IDAT":
            data += png[position + 8:position + 8 + length]
        position += length + 12
    data = zlib.decompress(data)
    above, rows = bytearray(width * size), []
    for y in range(height):
        start = y * (width * size + 1)
        above = unfiltered(data[start], bytearray(data[start + 1:start + 1 + width * size]), above, size)
        rows.append([tuple(above[x:x + 3]) for x in range(0, width * size, size)])
    return rows


def unfiltered(kind, line, above, size):
    for x, value in enumerate(line):
        left = line[x - size] if x >= size else 0
        up, corner = above[x], above[x - size] if x >= size else 0
        nearest = min((left, up, corner), key=lambda c: abs(left + up - corner - c))
        line[x] = (value + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return line


def luminance(colour):
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def rgb(css):
    return tuple(int(part) for part in re.findall(r"\d+", css)[:3])


def edges(column):
    """Where a column of pixels changes its colour."""
    return [y for y in range(1, len(column)) if column[y] != column[y - 1]]


# --- The tests. ----------------------------------------------------------------------------------


class HtmlPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.recycle = Page.of("recycle", "anon_vma/as_posted", "recycle_2010.schedule")
        cls.one_cpu = Page.of("one_cpu", "anon_vma/z7_one_counter", "regressions/z7_one_counter_for_two.schedule")
        cls.clean = Page.of("clean", "anon_vma/fixed", "page_given_back.schedule")
        if not Path("/usr/bin/chromium").exists() or not Path("/usr/bin/chromedriver").exists():
            sys.exit(f"html_page_test: no chromium or no chromedriver: {INSTALL}")
        cls.browser = open_browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [], "the console is silent")
        self.assertEqual([url for url in self.requests() if not url.startswith(("file:", "data:", "about:"))], [])

    def requests(self):
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                yield message["params"].get("request", message["params"])["url"]

    def open(self, page, address="", theme="light", width=1280, height=800):
        self.page, self.run_ = page, page.run
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.emulate("", theme)
        self.browser.get("about:blank")
        self.browser.get(page.url + address)
        self.wait_for(lambda: self.all("#panel h2"))

    def emulate(self, media, theme):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": theme}]})

    def wait_for(self, holds):
        return WebDriverWait(self.browser, WAIT_SECONDS, poll_frequency=0.02).until(lambda _: holds())

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    # Of all elements at once: a question per element would take most of the test's time.
    def each(self, selector, expression):
        return self.script(f"return [...document.querySelectorAll({json.dumps(selector)})].map((e) => {expression})")

    def press(self, *keys):
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def style(self, selector, name):
        return self.one(selector).value_of_css_property(name)

    def selected(self):
        """The selected event, on which row, address, panel and announcement must agree."""
        rows, title, count, live, active, url = self.script("""
            const text = (id) => document.querySelector(id).textContent;
            return [[...document.querySelectorAll('#rows [aria-selected=true]')].map((row) => row.id),
                    text('#panel h2'), text('#panel .count'), text('#live'),
                    document.getElementById('body').getAttribute('aria-activedescendant'), location.hash]""")
        self.assertEqual(rows, [active])
        index = int(active.removeprefix("event-"))
        event = self.run_["events"][index]
        self.assertTrue(title.startswith(f"step {event['step']} · "), title)
        self.assertEqual(count, f"{index + 1} of {len(self.run_['events'])}")
        self.assertIn(event["text"], live)
        self.assertIn(url, ("", f"#event={index}"))
        return index

    def strip(self, left, top, width, height):
        """A part of the page as it is painted."""
        shot = self.browser.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": left, "y": top, "width": width, "height": height, "scale": 1}})
        return pixels(base64.b64decode(shot["data"]))

    def box(self, selector):
        return self.script("const r = document.querySelector(arguments[0]).getBoundingClientRect();"
                           "return {left: r.left + scrollX, top: r.top + scrollY, width: r.width, height: r.height}", selector)

    # --- What is there. ---

    def test_has_a_column_per_cpu_and_a_row_per_event(self):
        for page in (self.recycle, self.clean):
            self.open(page)
            self.assertEqual(self.each("#columns .cpu", "e.textContent"), [cpu["name"] for cpu in page.run["cpus"]])
            self.assertEqual(self.each("#rows .row .step", "e.textContent"), [str(event["step"]) for event in page.run["events"]])

    def test_each_event_stands_in_the_column_of_its_cpu(self):
        for page in (self.one_cpu, self.recycle, self.clean):
            self.open(page)
            columns = self.each("#columns .cpu", "e.getBoundingClientRect().left") + [1280]
            numbers = {cpu["cpu"]: number for number, cpu in enumerate(page.run["cpus"])}
            starts = {number: set() for number in numbers.values()}
            for left, event in zip(self.each("#rows .event", "e.getBoundingClientRect().left"), page.run["events"]):
                starts[numbers[event["cpu"]]].add(left)
            for number, lefts in starts.items():
                self.assertEqual(len(lefts), 1, "all begin at one place")
                self.assertTrue(columns[number] <= lefts.pop() < columns[number + 1])

    def test_a_witness_of_a_litmus_test_is_drawn_like_a_run(self):
        self.open(witness_page("seed/Q6a"))
        self.assertEqual(self.one("#verdict").text, "Sometimes")
        self.assertEqual(self.each("#columns .cpu", "e.textContent"), ["P0", "P1"])
        self.assertEqual(self.each("#rows .event", "e.textContent"), [event["text"] for event in self.run_["events"]])
        self.assertEqual(self.each("#lanes .bar.hold", "e.title"), ["P0 holds l from step 1 to the end"])
        self.assertEqual(self.one("#file").text, "Q6a.litmus")
        self.assertTrue(self.one("#schedule").text.startswith("C Q6a"))
        self.assertFalse(self.one("#signature-line").is_displayed())
        self.assertEqual(self.all("#concurrent, .concurrent"), [], "a witness has no clocks")
        stale = self.each(".row.stale .result", "[e.textContent, getComputedStyle(e).color]")
        red = self.style("#end.found b", "color")
        self.assertEqual([(text, rgb(colour)) for text, colour in stale], [(" = 0 [newest: 1]", rgb(red))])
        self.press("k")
        self.assertEqual(self.selected(), 2)

    def test_lives_are_bands_coloured_by_incarnation(self):
        self.open(self.recycle)
        self.assertEqual(len(self.all("#lanes .band:not(.free)")), len(self.run_["lives"]))
        self.assertEqual(len(self.all("#lanes .band.free")), sum(life["to"] is not None for life in self.run_["lives"]))
        colours = self.each(".lane[data-object=anon_vma0] .band:not(.free)", "getComputedStyle(e).backgroundColor")
        self.assertEqual(len(set(colours)), 2)
        other = self.each(".lane[data-object=anon_vma_chain0] .band:not(.free)", "getComputedStyle(e).backgroundColor")
        self.assertEqual(colours, other)

    def test_all_objects_have_lanes_where_that_is_asked_for(self):
        self.open(self.clean)
        lanes = lambda: len(self.all("#lanes .lane"))
        concerned, known = lanes(), len({life["object"] for life in self.run_["lives"]})
        self.assertLess(concerned, known)
        self.one("#all-objects").click()
        self.assertEqual(lanes(), known)
        self.press("l")
        self.assertEqual(lanes(), concerned)
        self.press("l")
        self.assertEqual(lanes(), known)

    def test_sections_and_locks_are_bars(self):
        self.open(self.recycle)
        self.assertEqual(len(self.all("#lanes .bar.section")), len(self.run_["sections"]))
        self.assertEqual(len(self.all("#lanes .bar.hold")), len(self.run_["holds"]))
        titles = " ".join(self.each("#lanes .bar", "e.title"))
        self.assertIn("RCU read-side section of CPU 0, from step 18 until step 54", titles)
        self.assertIn("CPU 0 holds anon_vma0.lock from step 51 to the end", titles)

    def test_arrows_lead_from_stores_to_loads(self):
        self.open(self.recycle)
        events = self.run_["events"]
        flows = [[str(event["reads_from"]), str(i)] for i, event in enumerate(events) if event["reads_from"] is not None]
        across = [flow for flow in flows if events[int(flow[0])]["cpu"] != events[int(flow[1])]["cpu"]]
        self.assertTrue(0 < len(across) < len(flows))
        drawn = lambda: self.each("#arrows .flow", "[e.dataset.from, e.dataset.to]")
        self.assertEqual(drawn(), across)
        Select(self.one("#arrow-choice")).select_by_value("all")
        self.assertEqual(drawn(), flows)
        self.one("#verdict").click()
        self.script("document.activeElement.blur()")
        self.press("a")
        self.assertEqual(drawn(), [])
        self.press("a")
        self.assertEqual(drawn(), across)

    def test_arrows_of_the_selected_event_stand_out(self):
        self.open(self.recycle, "#event=42")
        self.assertEqual(self.each("#selected-arrows .flow", "[e.dataset.from, e.dataset.to]"), [["42", "55"]])
        self.assertNotEqual(self.style("#selected-arrows .flow", "stroke"), self.style("#arrows .flow", "stroke"))

    def test_the_finding_and_its_roles_are_marked(self):
        self.open(self.recycle)
        finding = self.run_["finding"]
        self.assertEqual(self.each(".row.guilty", "e.id"), [f"event-{finding['event']}"])
        for role, text in (("named", "got the name"), ("freed", "freed"), ("allocated", "allocated again")):
            self.assertIn(text, self.one(f"#event-{finding['roles'][role]} .tag").text)
        self.assertIn(finding["kind"], self.one("#end.found").text)
        self.assertEqual(self.one("#verdict").text, finding["kind"])
        self.assertEqual(len(self.all("#explanation li")), len(self.run_["explanation"]))
        self.assertEqual(self.one("#schedule").text, self.run_["schedule_text"].rstrip())

    def test_a_clean_run_has_nothing_red(self):
        self.open(self.clean)
        self.assertEqual(self.one("#verdict").text, "no finding")
        self.assertEqual(self.all(".found, .guilty, .tag"), [])

    # --- What it does. ---

    def test_keys_step_through_the_run(self):
        self.open(self.recycle)
        events = self.run_["events"]
        last, guilty = len(events) - 1, self.run_["finding"]["event"]
        switches = [i for i, event in enumerate(events) if i == 0 or events[i - 1]["cpu"] != event["cpu"]]
        begins = [i for i, event in enumerate(events) if event["what"] == "begin"]
        expected = [
            (Keys.HOME, 0), ("k", 0), ("j", 1), (Keys.ARROW_DOWN, 2), (Keys.ARROW_UP, 1), ("k", 0),
            ("]", switches[1]), (Keys.PAGE_DOWN, switches[2]), ("[", switches[1]), (Keys.PAGE_UP, switches[0]),
            ("o", begins[1]), ("o", begins[2]), ("O", begins[1]), ("g", 0), (Keys.END, last), ("j", last),
            (Keys.HOME, 0), ("f", guilty), ("g", 0), ("G", last), ("k", last - 1), ("r", events[last - 1]["reads_from"]),
        ]
        for key, index in expected:
            self.press(key)
            self.assertEqual(self.selected(), index, f"after {key!r}")
            self.assertEqual(self.script("return location.hash"), f"#event={index}")
            top = self.script("return document.querySelector('[aria-selected=true]').getBoundingClientRect().top")
            self.assertTrue(0 < top < 800, "the selected row is in the window")

    def test_the_panel_tells_the_state_at_the_selected_event(self):
        self.open(self.recycle, "#event=19")
        panel = self.one("#panel").text
        self.assertIn("READ_ONCE(page->mapping)", panel)
        self.assertIn("in find_anon_vma()", panel)
        self.assertIn("in RCU section since 18", panel)
        self.assertIn("step 13 CPU 1: WRITE_ONCE(page0.mapping, anon_vma0#1+1)", panel)
        self.assertIn("vector clock 4 10 0", panel)
        life = lambda: self.one("#objects [data-object=anon_vma0]").get_attribute("data-life")
        self.assertEqual(life(), "1")
        self.press("j", "]")
        self.assertEqual(self.run_["events"][self.selected()]["step"], 21)
        self.browser.get(self.page.url + "#event=33")
        self.wait_for(lambda: life() == "0")
        self.browser.get(self.page.url + "#event=41")
        self.wait_for(lambda: life() == "2")
        self.assertIn("mm1.mmap_lock since 37", self.one("#cpus").text)
        self.assertIn("CPU 0 steps 18 to 20, 3 events", self.one("#concurrent").text)
        self.assertEqual(len(self.all("#lanes .concurrent")), 2)

    def test_a_click_selects(self):
        self.open(self.recycle)
        self.one("#event-5 .event").click()
        self.assertEqual(self.selected(), 5)
        self.one("#panel [data-action=next]").click()
        self.assertEqual(self.selected(), 6)
        self.one("#panel [data-action=next-switch]").click()
        self.assertEqual(self.selected(), 16)
        self.one("#explanation a[href='#step=33']").click()
        self.wait_for(lambda: self.script("return location.hash") == "#event=33")
        self.assertEqual(self.selected(), 33)

    def test_what_comes_after_the_selected_event_is_dimmed(self):
        self.open(self.recycle, "#event=20")
        veil, row = self.box("#veil"), self.box("#event-20")
        self.assertAlmostEqual(veil["top"], row["top"] + ROW, delta=1)
        self.assertAlmostEqual(veil["top"] + veil["height"], row["top"] + ROW * (len(self.run_["events"]) - 20), delta=1)

    def test_the_mouse_over_an_event_shows_its_source(self):
        self.open(self.recycle)
        ActionChains(self.browser, duration=0).move_to_element(self.one("#event-8 .event")).perform()
        self.wait_for(lambda: self.one("#hover").is_displayed())
        card = self.one("#hover").text
        self.assertIn("anon_vma_unlock_write()", card)
        self.assertIn("holds mm0.mmap_lock", card)

    def test_help_opens_and_closes(self):
        self.open(self.recycle)
        self.press("?")
        self.assertTrue(self.one("#help").is_displayed())
        self.press("k")
        self.assertEqual(self.selected(), len(self.run_["events"]) - 1, "keys go to the help")
        self.press(Keys.ESCAPE)
        self.wait_for(lambda: not self.one("#help").is_displayed())

    def test_a_link_to_a_step_opens_there(self):
        self.open(self.recycle, "#event=28")
        self.assertEqual(self.selected(), 28)
        self.open(self.recycle, "#step=51")
        self.assertEqual(self.selected(), 53)
        self.assertTrue(self.script("return scrollY > 0"))
        self.open(self.recycle)
        self.assertEqual(self.selected(), self.run_["finding"]["event"])
        self.assertEqual(self.script("return scrollY"), 0, "the explanation comes first")
        self.open(self.recycle, "#event=99999")
        self.assertEqual(self.selected(), len(self.run_["events"]) - 1)

    # --- How it looks. ---

    def ground(self):
        return luminance(self.strip(1, 1, 2, 2)[0][0])

    def test_the_theme_follows_the_system_until_it_is_toggled(self):
        for theme, is_light in (("light", True), ("dark", False)):
            self.open(self.recycle, theme=theme)
            self.assertEqual(self.ground() > 0.8, is_light)
            self.press("t")
            self.assertEqual(self.ground() > 0.8, not is_light)
            self.assertEqual(self.ground() < 0.05, is_light)
            self.one("#theme").click()
            self.assertEqual(self.ground() > 0.8, is_light)

    def test_text_can_be_read_in_both_themes(self):
        for theme in ("light", "dark"):
            self.open(self.recycle, theme=theme)
            page = rgb(self.style("body", "background-color"))
            run = rgb(self.style("#event-2 .event", "background-color"))
            for selector, ground in (("#event-2 .event", run), (".event .name.life-1", run), (".event .name.life-2", run),
                                     (".event .result", run), (".end .event", run), (".source", page), ("#summary", page),
                                     ("#explanation a", page), ("#current-step", page), ("#end b", None), ("#verdict", None),
                                     (".band.life-1", None), (".band.life-2", None), (".bar.section", None), (".bar.hold", None)):
                own = {"#end b": "#end .text"}.get(selector, selector)
                on = ground or rgb(self.style(own, "background-color"))
                self.assertGreaterEqual(contrast(rgb(self.style(selector, "color")), on), 4.5, f"{selector}, {theme}")

    def test_pictures_show_bands_and_columns_where_they_must_be(self):
        seen = {}
        for theme in ("light", "dark"):
            self.open(self.recycle, theme=theme)
            lane, body = self.box(".lane[data-object=anon_vma0]"), self.box("#body")
            picture = [row[0] for row in self.strip(lane["left"] + 4, body["top"], 1, body["height"])]
            one, two = [rgb(colour) for colour in self.each(
                ".lane[data-object=anon_vma0] .band:not(.free)", "getComputedStyle(e).backgroundColor")]
            first, second = [life for life in self.run_["lives"] if life["object"] == "anon_vma0"]
            for y, colour in enumerate(picture):
                row = y / ROW - 0.5
                if y % ROW == 0:
                    continue  # The line of a context switch.
                # Not where a label may be, nor at the rounded ends.
                if first["from"] + 1 < row < first["to"] - 1 and y > 400:
                    self.assertEqual(colour, one, f"row {row}")
                if first["to"] + 6 < row < second["from"] - 1:
                    self.assertNotIn(colour, (one, two), f"row {row}")
                if second["from"] + 6 < row < len(self.run_["events"]) - 2:
                    self.assertEqual(colour, two, f"row {row}")
            # The lines between columns, in a row where only the last CPU writes.
            line = self.strip(0, body["top"] + 37.5 * ROW, 1280, 1)[0]
            columns = self.each("#lanes .column", "Math.round(e.getBoundingClientRect().left)")
            for left in columns:
                self.assertGreater(len(set(line[left - 2:left + 2])), 1, f"a line at {left}")
            seen[theme] = (columns, edges(picture), line[0])
        self.assertEqual(seen["light"][0], seen["dark"][0])
        self.assertEqual(len(seen["light"][1]) > 4, len(seen["dark"][1]) > 4)
        self.assertGreater(contrast(seen["light"][2], seen["dark"][2]), 12)

    def test_fits_the_window(self):
        schedule = Path(FOLDER.name) / "four.schedule"
        schedule.write_text(FOUR_CPUS, encoding="utf-8")
        for page in (self.recycle, self.clean, Page.of("four", "anon_vma/fixed", schedule)):
            for width, height in ((1280, 800), (1920, 1080)):
                self.open(page, width=width, height=height)
                self.assertLessEqual(self.script("return document.documentElement.scrollWidth"), width)
        self.open(self.recycle, "#event=40", width=600, height=800)
        self.assertEqual(self.style("#panel", "position"), "fixed")
        row, panel = (self.script("return document.querySelector(arguments[0]).getBoundingClientRect()", s) for s in ("#event-40", "#panel"))
        self.assertLess(row["bottom"], panel["top"])

    def test_prints_light_and_whole(self):
        self.open(self.recycle, theme="dark")
        width = self.box("#body")["width"]
        self.script("window.dispatchEvent(new Event('beforeprint'))")
        self.emulate("print", "dark")
        self.assertEqual(self.box("#body")["width"], width, "the arrows fit")
        self.assertEqual(self.style("#veil", "display"), "none")
        self.assertEqual(self.style("#panel", "position"), "static")
        self.assertGreater(luminance(rgb(self.style("body", "background-color"))), 0.8)

    def test_a_long_run_keeps_the_page_light(self):
        self.open(long_page(self.recycle))
        count = len(self.run_["events"])
        self.assertGreaterEqual(count, LONG_RUN)
        for key, index in ((Keys.HOME, 0), (Keys.END, count - 1), ("k", count - 2), ("g", 0), ("]", 16)):
            self.press(key)
            self.assertEqual(self.selected(), index)
            self.assertLess(len(self.all("#rows .row")), 1000)
        self.script("window.scrollTo(0, 8000 * arguments[0])", ROW)
        self.wait_for(lambda: self.all("#event-8000"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
