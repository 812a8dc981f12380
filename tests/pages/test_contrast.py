"""Letters and marks stand out from their ground by the numbers of WCAG 2 (AA), in both themes."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from hardship.admin.timeline import COLORS
from registry.models import Role
from tests.hardship.factories import RecognitionFactory
from tests.hardship.lists import civil, people, plan
from tests.pages import world
from tests.pages.conftest import staff
from tests.pages.test_list_in_a_browser import PASSWORD, log_in
from tests.registry import factories

FAINT = """(least) => {
  const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const paint = (color) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = color;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement)
      layers.push(paint(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = (color) => {
    const [red, green, blue] = color.map((part) => part / 255).map(
      (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (ink, below) => {
    const [more, less] = [light(ink), light(below)].sort((one, other) => other - one);
    return (more + 0.05) / (less + 0.05);
  };
  const found = {};
  const judge = (element, color, wanted, what, around = element) => {
    const below = ground(around);
    const value = ratio(over(paint(color), below), below);
    if (value < wanted) found[what] = Math.round(value * 100) / 100;
  };
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    const words = [...element.childNodes].filter((node) => node.nodeType === 3);
    const text = words.map((node) => node.textContent.trim()).join("");
    const seen = element.checkVisibility({opacityProperty: true, visibilityProperty: true});
    if (!seen || element.closest(".material-symbols-outlined, option, [disabled]")) continue;
    const name = `${element.tagName}.${element.getAttribute("class")} ${text.slice(0, 20)}`;
    if (text) {
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      judge(element, element instanceof SVGElement ? style.fill : style.color, large ? least.large : least.text, name);
    } else if (element.matches(".oy-picture rect, .oy-picture circle") && style.fillOpacity === "1") {
      judge(element, style.fill === "none" ? style.stroke : style.fill, least.mark, name, element.parentElement);
    } else if (element.matches(".oy-key")) {
      judge(element, style.backgroundColor, least.mark, name, element.parentElement);
    }
  }
  return found;
}"""
LEAST = {"text": 4.5, "large": 3, "mark": 3}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_everything_can_be_read_in_both_themes(live_server: LiveServer, page: Page):
    clerk = staff(Role.CLERK, factories.harbin(), username="clerk")
    clerk.set_password(PASSWORD)
    clerk.save()
    resident = world.build(clerk, number=factories.identity_number(99))
    _, gone = people(2)
    RecognitionFactory(resident=gone)
    batch = plan(civil((0, "错名字", "低保"), (0, "人0", "五好家庭"), ("123", "人2", "低保")), user=clerk)
    paths = [
        "",
        f"registry/resident/{resident.pk}/change/",
        f"exchange/inboundbatch/{batch.pk}/change/",
        "exchange/inboundbatch/upload_list/",
        "hardship/categoryalias/waiting_names/",
        "exchange/expectedlist/",
        "casework/case/",
        f"casework/case/{resident.cases.get().pk}/change/",
        "enrollment/balance/?q=nobody",
        "changes/",
    ]

    log_in(page, live_server.url, "clerk")
    faint = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for path in paths:
            page.goto(f"{live_server.url}/admin/{path}")
            assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")
            if found := page.evaluate(FAINT, LEAST):
                faint[theme, path] = found

    assert faint == {}


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", "#111827"])
@pytest.mark.parametrize("color", COLORS)
def test_bars_of_every_colour_stand_out_on_both_grounds(color, ground):
    less, more = sorted(map(luminance, (color, ground)))

    assert (more + 0.05) / (less + 0.05) >= LEAST["mark"]
