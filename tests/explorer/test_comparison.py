"""Runs side by side in a window: what it shows, how it follows width, screen and theme, what it saves, and what it refuses."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.export.figures import CURVES_HEIGHT, Curve, curves
from core.export.images import grid
from core.export.report import SHEET_WIDTH, Report
from explorer.compare import window as report_saving
from explorer.compare.page import FigurePainter, ReportPage, painted, screen_look, sharply
from explorer.compare.window import ComparisonChoice, ComparisonWindow, ReportSaving
from explorer.look.pixels import from_large_qimage
from explorer.look.theme import apply_theme, colors
from explorer.messages import Messenger
from explorer.widgets.long_work import LongWork
from explorer.widgets.progress_strip import ProgressStrip
from tests.explorer.train_bench import TrainBench, make_bench
from tests.helpers.runs import family_runs, shared_run, toy_folder

SHORT = 10_000
LONG = 60_000


def small_report() -> Report:
    """A drawing, a sheet of two rows, a table and words."""
    report = Report("Comparison of a, b", "On <2> pictures.")
    report.heading("Settings")
    report.table(["run", "beta"], [["a", 1.0], ["b & c", float("nan")]], "What differs.")
    line = Curve(np.arange(1, 4), None, np.array([3.0, 2.0, 1.5]))
    report.drawing("curves", lambda paper: curves({"KL, nats": [line, line]}, ["a", "b"], paper), CURVES_HEIGHT, "Two curves.")
    rows = [np.full((3, 16, 16, 1), level, np.uint8) for level in (10, 200)]
    report.pictures("sheet", lambda ground: grid(rows, paper=ground), "Two rows.", ["original", "a"], ["x", "y", "z"])
    return report


@pytest.fixture
def page(qtbot: QtBot) -> ReportPage:
    messenger = Messenger()
    made = ReportPage(FigurePainter(messenger.report, messenger))
    made.messenger = messenger  # type: ignore[attr-defined]
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show_report(small_report())
    made.show()
    qtbot.waitUntil(lambda: made.is_whole and all(box.view.pixmap is not None for box in made.figures), timeout=SHORT)
    return made


def same_look(page: ReportPage) -> bool:
    """Whether every picture is the one that its place wants now."""
    return all(box.view.look == screen_look(box.view.picture_rect().width(), box.view.devicePixelRatioF()) for box in page.figures)


def texts(page: ReportPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel))


def test_a_page_shows_every_part_of_a_report(page: ReportPage) -> None:
    said = texts(page)
    for words in (
        "Comparison of a, b",
        "On &lt;2&gt; pictures.",
        "Table 1. What differs.",
        "Figure 1. Two curves.",
        "Figure 2. Two rows.",
    ):
        assert words in said
    assert "b &amp; c" in said
    assert '<td align="right"' in said
    assert ">–<" in said  # NaN
    tops = [box.mapTo(page.widget(), QPoint(0, 0)).y() for box in page.figures]
    assert tops == sorted(tops)


def test_figures_are_as_wide_as_the_page_and_follow_it(qtbot: QtBot, page: ReportPage) -> None:
    drawing, sheet = (box.view for box in page.figures)
    for width in (700, 900):
        page.resize(width, 500)
        qtbot.waitUntil(lambda: same_look(page), timeout=SHORT)
        assert drawing.picture_rect().width() == drawing.width()
        assert drawing.pixmap.width() == round(drawing.width() * drawing.devicePixelRatioF())
        assert drawing.pixmap.height() == pytest.approx(drawing.pixmap.width() * 3.2 / 9, abs=2)
        assert drawing.height() >= drawing.picture_rect().height()
    assert sheet.picture_rect().left() > 0  # names of the rows stand before it
    assert sheet.picture_rect().top() > 0  # and of the columns above it
    assert sheet.height() >= sheet.picture_rect().bottom()
    assert sheet.picture_rect().width() == 4 * 64  # not larger than four times its own pixels


def test_figures_follow_the_theme(qtbot: QtBot, page: ReportPage, themed_app: QApplication) -> None:
    for theme in ("light", "dark"):
        apply_theme(themed_app, theme)
        qtbot.waitUntil(lambda: same_look(page), timeout=SHORT)
        for box in page.figures:
            image = box.view.pixmap.toImage()
            assert image.pixelColor(1, 1).name() == colors().window.name()
        assert colors().border.name() in texts(page)


def test_a_figure_is_drawn_for_the_pixels_of_the_screen(qtbot: QtBot) -> None:
    figure = small_report().figures[0]
    once, twice = (painted(figure, screen_look(400, ratio)) for ratio in (1.0, 2.0))
    assert twice.width() == 2 * once.width() == 800
    pixels = from_large_qimage(twice)[0]
    enlarged = pixels[::2, ::2].repeat(2, axis=0).repeat(2, axis=1)
    assert (pixels != enlarged).any()  # drawn, not enlarged


def test_a_sheet_is_enlarged_without_smoothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 10, 3), np.uint8)
    np.testing.assert_array_equal(sharply(pixels, 30), pixels.repeat(3, axis=0).repeat(3, axis=1))
    uneven = sharply(pixels, 25)  # 2.5 times: two pixels of five are whole in each run of 2.5
    assert uneven.shape == (15, 25, 3)
    np.testing.assert_array_equal(uneven[:2, :2], np.broadcast_to(pixels[0, 0], (2, 2, 3)))
    assert sharply(pixels, 5).shape == (3, 5, 3)


@pytest.mark.long
def test_another_report_takes_the_place_of_one_that_is_still_painted(
    qtbot: QtBot, page: ReportPage, themed_app: QApplication
) -> None:
    apply_theme(themed_app, "dark")  # all pictures are wanted anew
    page.show_report(small_report())
    qtbot.waitUntil(lambda: page.is_whole and same_look(page), timeout=SHORT)
    assert len(page.figures) == 2
    page.show_report(Report("Nothing"))
    assert page.figures == []


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> TrainBench:
    for name in ("first", "second"):
        shutil.copytree(shared_run(), tmp_path / "runs" / name)
    made = make_bench(qtbot, tmp_path)
    made.panel.stage.show_table(True)
    return made


def compared(qtbot: QtBot, bench: TrainBench) -> ComparisonWindow:
    """The window, opened as with the mouse."""
    table = bench.panel.stage.table
    table.table.select([bench.root / name for name in ("first", "second")], bench.root / "first")
    QTest.mouseClick(table.compare_button, Qt.MouseButton.LeftButton)
    return bench.panel.findChild(ComparisonWindow)


def wait_compared(qtbot: QtBot, window: ComparisonWindow, again: Callable[[], None] | None = None) -> None:
    before = window.report
    if again is not None:
        again()
    qtbot.waitUntil(lambda: window.report is not before and not window.work.is_busy, timeout=LONG)
    qtbot.waitUntil(lambda: window.page.is_whole, timeout=SHORT)


@pytest.mark.long
def test_runs_of_three_families_are_compared_on_the_same_faces(qtbot: QtBot) -> None:
    window = ComparisonWindow(list(family_runs()), str(toy_folder()))
    qtbot.addWidget(window)
    window.resize(900, 700)
    window.show()
    wait_compared(qtbot, window)
    said = texts(window.page)
    assert "sparse (SC-VAE) has learned no prior to draw samples from." in said
    assert all(title in said for title in ("PSNR, dB", "SSIM", "Numbers, a picture", "Bits, a picture", "Bits beyond the prior"))
    names = [figure.name for figure in window.report.figures]
    assert names[:4] == ["curves", "reconstructions", "samples", "measures"]
    rows = {figure.name: figure.row_names for figure in window.report.figures}
    assert rows["reconstructions"] == ("original", *(run.name for run in family_runs()))
    assert rows["samples"] == tuple(run.name for run in family_runs()[:2])


@pytest.mark.long
def test_two_runs_are_compared_and_coloured_anew(qtbot: QtBot, bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    window = compared(qtbot, bench)
    assert not window.isModal()
    wait_compared(qtbot, window)
    figures = window.report.figures
    assert [figure.name for figure in figures] == [
        "curves", "reconstructions", "samples", "measures", "codes", "traversals-1", "traversals-2",
    ]  # fmt: skip
    assert "Comparison of first, second" in texts(window.page)
    assert compared(qtbot, bench) is window  # the same runs: the same window

    choice = window.choice
    assert [choice.colour.itemText(place) for place in range(choice.colour.count())] == ["class", "dark"]
    assert choice.measures == ()  # these pictures' factors aren't known
    assert not choice.again_button.isEnabled()
    choice.colour.setCurrentIndex(1)
    assert choice.again_button.isEnabled()
    wait_compared(qtbot, window, choice.again_button.click)
    assert "coloured by dark" in window.report.figures[4].caption
    assert not choice.again_button.isEnabled()

    choice.judge_box.setChecked(True)
    assert choice.again_button.isEnabled()
    wait_compared(qtbot, window, choice.again_button.click)
    assert "No judge was trained: it takes 200 held-out pictures" in texts(window.page)
    assert "Feature distances are left out" in texts(window.page)

    assert window.report_button.isEnabled()
    asked: list[str] = []
    monkeypatch.setattr(report_saving, "ask_save_path", lambda *given: asked.append(given[4]))
    assert window.report_button.shortcut() == QKeySequence(QKeySequence.StandardKey.Save)
    window.report_button.click()
    assert ["html" in kinds and "pdf" in kinds for kinds in asked] == [True]
    window.close()
    qtbot.waitUntil(lambda: not bench.panel.findChildren(ComparisonWindow), timeout=SHORT)


def test_the_judge_is_explained_with_its_time_and_off(qtbot: QtBot) -> None:
    choice = ComparisonChoice()
    qtbot.addWidget(choice)
    assert not choice.judge
    assert "a minute a run" in choice.judge_box.toolTip()
    choice.offer(("class",), (), ())
    choice.set_shown()
    assert not choice.again_button.isEnabled()
    QTest.mouseClick(choice.judge_box, Qt.MouseButton.LeftButton, pos=QPoint(8, choice.judge_box.height() // 2))
    assert choice.judge
    assert choice.again_button.isEnabled()


def test_a_report_is_saved_where_the_person_says(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window, messenger = QWidget(), Messenger()
    qtbot.addWidget(window)
    strip = ProgressStrip(window)
    work = LongWork(lambda: strip, messenger, window)
    saving, report = ReportSaving(messenger, work, window), small_report()
    drawing, sheet = report.figures
    asked: list[str] = []
    said: list[str] = []
    messenger.message_posted.connect(lambda message: said.append(message.text))

    def answer(_parent: object, _title: str, _folder: str, name: str, kinds: str) -> Path:
        asked.append(f"{name} {kinds.count('*')}")
        return tmp_path / (f"{Path(name).stem}.svg" if "curves" in name else name)

    def ask(question: Callable[[], None]) -> None:
        question()
        qtbot.waitUntil(lambda: not work.is_busy, timeout=SHORT)

    monkeypatch.setattr(report_saving, "ask_save_path", answer)
    ask(lambda: saving.ask_figure(drawing))
    ask(lambda: saving.ask_figure(sheet))
    ask(lambda: saving.save_report(report, saving.ask_report(["A run", "b"]) or tmp_path))
    assert asked == ["figure-1-curves.png 3", "figure-2-sheet.png 1", "a-run-b-compared.html 2"]
    assert (tmp_path / "figure-1-curves.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    assert (tmp_path / "figure-2-sheet.png").read_bytes() == sheet.png
    assert (tmp_path / "a-run-b-compared.html").read_text(encoding="utf-8") == report.text()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    for folder in ("a-run-b-figures", "a-run-b-figures-2"):  # nothing is overwritten
        ask(lambda: saving.save_figures(report, saving.ask_figures(["A run", "b"]) or tmp_path))
        assert len(list((tmp_path / folder).glob("figure-*.png"))) == 2
        assert "Figure 2. Two rows." in (tmp_path / folder / "captions.txt").read_text(encoding="utf-8")
    assert said[-2:] == ["Saved a-run-b-figures.", "Saved a-run-b-figures-2."]


def test_what_could_not_be_saved_is_forgotten_once_it_is_saved_elsewhere(qtbot: QtBot, tmp_path: Path) -> None:
    window = ComparisonWindow([tmp_path / "a", tmp_path / "b"], "demo")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    window.toasts.clear()
    (tmp_path / "no folder").touch()
    for path in (tmp_path / "no folder" / "x.html", tmp_path / "cmp.html"):
        window.saving.save_report(small_report(), path)
        qtbot.waitUntil(lambda: not window.work.is_busy, timeout=SHORT)
        if path.parent != tmp_path:
            assert [toast.kind for toast in window.toasts.toasts()] == ["error"]
    assert [toast.text for toast in window.toasts.toasts()] == ["Saved cmp.html."]


def test_a_comparison_can_be_cancelled_and_begun_again(qtbot: QtBot, bench: TrainBench) -> None:
    window = compared(qtbot, bench)
    window.progress.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    assert window.report is None
    assert window.empty.buttons[0].isVisible()
    assert not window.choice.isVisible()
    window.empty.buttons[0].click()
    assert window.work.is_busy
    assert not window.empty.buttons[0].isVisible()
    window.work.cancel()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)


def test_closing_ends_the_work(qtbot: QtBot, bench: TrainBench) -> None:
    window = compared(qtbot, bench)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    qtbot.waitUntil(lambda: not bench.panel.findChildren(ComparisonWindow), timeout=LONG)


def test_runs_that_cannot_be_compared_say_why(qtbot: QtBot, tmp_path: Path) -> None:
    window = ComparisonWindow([shared_run(), tmp_path / "gone"], str(toy_folder()))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    said = "\n".join(label.text() for label in window.empty.findChildren(QLabel))
    assert "These runs can't be compared" in said
    assert "no checkpoint" in said
    assert "no checkpoint" in window.toasts.toasts()[-1].text


def test_a_report_on_one_run_does_not_speak_of_comparing(qtbot: QtBot, tmp_path: Path) -> None:
    window = ComparisonWindow([tmp_path / "gone"], str(toy_folder()))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    words = [label.text() for label in window.findChildren(QLabel)] + [button.text() for button in window.findChildren(QPushButton)]
    assert "There can be no report on this run" in words
    assert {"Update the report", "Make the report"} <= set(words)
    assert not [text for text in words if "ompar" in text]


def test_comparing_again_while_a_file_is_written_says_what_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    window = ComparisonWindow([shared_run(), tmp_path / "gone"], str(toy_folder()))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    written = threading.Event()
    window.work.start("Saving a.html", lambda _: written.wait(LONG / 1000), lambda _: None, "save comparison")
    window.compare()
    assert "“Saving a.html” isn't done yet" in window.toasts.toasts()[-1].text
    assert window.choice.isEnabled()  # what is chosen can be changed meanwhile
    written.set()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)


def test_work_that_waits_for_other_work_names_it(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    reports = bench.panel.stage.reports
    reports.write(list(bench.panel.runs.list.runs), tmp_path / "a.html")
    reports.write(list(bench.panel.runs.list.runs), tmp_path / "b.html")
    assert bench.messages[-1].text == "This is done after “Comparing 2 runs”."
    reports.work.cancel()
    qtbot.waitUntil(lambda: not reports.work._waiting, timeout=LONG)  # the second has begun
    assert reports.work.is_busy
    reports.work.cancel()
    qtbot.waitUntil(lambda: not reports.work.is_busy, timeout=LONG)


def test_saving_waits_until_the_comparison_is_made(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed while it is made, or with other choices than the page shows: what is chosen is what is saved."""
    go_on = threading.Event()

    class Slow:
        colours, measures, quick_measures = ("class", "dark"), (), ()

        def __init__(self, *_: object) -> None:
            go_on.wait(LONG / 1000)

        def report(self, measures: object, color: str, progress: object, *, judge: bool = False) -> Report:
            return Report("Comparison", f"coloured by {color or 'class'}")

    monkeypatch.setattr("core.compare.comparison.Comparison", Slow)
    window = ComparisonWindow([tmp_path / "a", tmp_path / "b"], "demo")
    qtbot.addWidget(window)
    window.show()
    assert window.report_button.isEnabled()
    window.save_report(tmp_path / "first.html")
    assert "This is done after" in window.toasts.toasts()[-1].text
    go_on.set()
    qtbot.waitUntil((tmp_path / "first.html").exists, timeout=LONG)
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    window.choice.colour.setCurrentIndex(1)
    window.save_report(tmp_path / "second.html")
    qtbot.waitUntil((tmp_path / "second.html").exists, timeout=LONG)
    assert "coloured by dark" in (tmp_path / "second.html").read_text(encoding="utf-8")
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)


@pytest.mark.long
def test_a_cancelled_comparison_saves_nothing(qtbot: QtBot, bench: TrainBench, tmp_path: Path) -> None:
    window = compared(qtbot, bench)
    window.save_report(tmp_path / "a.html")
    window.work.cancel()
    qtbot.waitUntil(lambda: not window.work.is_busy, timeout=LONG)
    assert "Nothing was saved" in window.toasts.toasts()[-1].text
    assert not window.report_button.isEnabled()


@pytest.mark.long
def test_a_figure_for_the_page_is_the_one_that_is_saved(qtbot: QtBot) -> None:
    """On white and at its own resolution the painted picture is the report's PNG."""
    from dataclasses import replace

    from core.export.drawn import to_pixels
    from core.export.paper import WHITE

    figure = small_report().figures[0]
    with Image.open(io.BytesIO(figure.png)) as saved:
        np.testing.assert_array_equal(to_pixels(figure.draw, WHITE)[..., :3], np.asarray(saved)[..., :3])
    dark = to_pixels(figure.draw, replace(WHITE, ground="#101010"))
    assert (dark[0, 0, :3] == 0x10).all()
    for one in small_report().figures:
        image = QImage.fromData(one.png)
        times = SHEET_WIDTH // one.size[0] if one.sheet is not None else 1  # small pictures are enlarged in a file
        names = image.width() - times * one.size[0]
        assert (names > 0) == bool(one.row_names)
        assert (image.height() > times * one.size[1]) == bool(one.column_names)
