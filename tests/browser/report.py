"""Looks at an audit's report in Chromium: light and dark, wide and narrow, and on paper.

    python tests/browser/report.py REPORT_FOLDER SCREENSHOT_FOLDER

Needs Debian's chromium, chromium-driver and poppler-utils, and selenium.
"""

from __future__ import annotations

import base64
import json
import pathlib
import subprocess
import sys

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# Least ratio of text to its background, WCAG 2.1 level AA.
CONTRAST = 4.5

CHECKS = """
const seen = [];
function luminance(c) {
  const [r, g, b] = c.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v => {
    v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function background(e) {
  for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor;
    if (!c.startsWith('rgba(0, 0, 0, 0')) return c;
  }
  return 'rgb(255, 255, 255)';
}
let least = 99, worst = '';
for (const e of document.querySelectorAll('main :not(title), header *, footer *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const style = getComputedStyle(e);
  const color = e.namespaceURI.endsWith('svg') ? style.fill : style.color;
  const [a, b] = [luminance(color), luminance(background(e.closest('svg')?.parentElement ?? e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < least) { least = ratio; worst = e.outerHTML.slice(0, 80); }
}
return {
  least, worst,
  overflow: document.documentElement.scrollWidth - innerWidth,
  background: getComputedStyle(document.body).backgroundColor,
  cells: document.querySelectorAll('svg rect').length,
  scripts: document.scripts.length,
  loaded: performance.getEntriesByType('resource').length,
  title: document.title,
};
"""


def main() -> None:
    folder, shots = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    shots.mkdir(parents=True, exist_ok=True)
    report = json.loads((folder / "report.json").read_text())
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    ):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    backgrounds = set()
    try:
        for scheme in ("light", "dark"):
            for width, height in ((1100, 1600), (390, 844)):
                browser.execute_cdp_cmd(
                    "Emulation.setEmulatedMedia",
                    {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
                )
                browser.execute_cdp_cmd(
                    "Emulation.setDeviceMetricsOverride",
                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
                )
                browser.get((folder / "report.html").as_uri())
                found = browser.execute_script(CHECKS)
                browser.save_screenshot(str(shots / f"{scheme}-{width}.png"))
                print(scheme, width, {k: v for k, v in found.items() if k not in ("worst", "title")})
                assert found["overflow"] <= 0, f"wider than the window by {found['overflow']}"
                assert found["least"] >= CONTRAST, f"contrast {found['least']:.2f}: {found['worst']}"
                assert found["scripts"] == 0 and found["loaded"] == 0
                assert found["cells"] > 0 and report["method"]["name"] in found["title"]
                backgrounds.add(found["background"])
        assert len(backgrounds) == 2, "dark and light look the same"
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
        printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": False, "paperWidth": 8.27, "paperHeight": 11.69})
        (shots / "report.pdf").write_bytes(base64.b64decode(printed["data"]))
    finally:
        browser.quit()
    text = subprocess.run(["pdftotext", "-layout", shots / "report.pdf", "-"], capture_output=True, text=True, check=True).stdout
    # What is folded on the screen is open on paper.
    for needed in (report["method"]["name"], "marks signed by the venue", "How to repeat it", "does not show"):
        assert needed in text, f"not on paper: {needed}"
    print("paper:", text.count("\f"), "pages")


if __name__ == "__main__":
    main()
