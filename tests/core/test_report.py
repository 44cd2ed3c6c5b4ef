"""The report on one model: what it holds, what it leaves out with a sentence, and its PDF."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context

from core.cli import run
from core.commands.terminal import ProgressBar
from core.compare import comparison
from core.compare.assignment import mean_difference
from core.compare.comparison import Comparison
from core.compare.runs import Compared, open_runs
from core.errors import Cancelled
from core.export.drawn import to_pixels, to_png, write_drawn
from core.export.paper import WHITE, WIDTH
from core.export.pdf import A4, BOTTOM, TOP, Block, paged, report_blocks, write_pdf
from core.export.report import Paragraph, Report, Table
from core.latent import directions
from tests.helpers.digits import write_digits
from tests.helpers.pictures import draw_folder
from tests.helpers.runs import shared_run, tiny, toy_folder, trained


@pytest.fixture(scope="module")
def report() -> Report:
    return Comparison([str(shared_run())], str(toy_folder()), ProgressBar()).report((), "", ProgressBar())


def opened() -> Compared:
    return open_runs([str(shared_run())], str(toy_folder()), ProgressBar())[0]


def paragraphs(report: Report) -> str:
    return "\n".join(part.text for part in report.parts if isinstance(part, Paragraph))


def letters(pdf: bytes) -> str:
    """What an uncompressed PDF writes, without the distances between its letters."""
    arrays = (part[part.rfind(b"\n[") :] for part in pdf.split(b"TJ") if len(part) < 5000)  # the others are pictures
    return b"".join(b"".join(re.findall(rb"\(((?:\\.|[^\\)])*)\)", one)) for one in arrays).decode("latin-1")


def test_it_holds_what_an_assignment_asks_for_with_model_and_settings_in_each_caption(report: Report) -> None:
    held_out = len(opened().data.split.valid)
    names = [figure.name for figure in report.figures]
    assert names[0] == "curves"
    assert {f"reconstructions-{min(count, held_out)}" for count in (8, 32)} <= set(names)
    assert names[names.index("samples-8") :][:4] == ["samples-8", "samples-32", "class-means-4-steps", "class-means-6-steps"]
    assert {"codes", "traversals-1"} <= set(names)
    assert [figure.number for figure in report.figures] == list(range(1, len(names) + 1))
    for figure in report.figures:
        assert re.search(r"latent 6, beta 1; VAE, \d+ epochs\)\.$", figure.caption), figure.caption
        assert f"Model: {shared_run().name} (" in figure.caption


def test_steps_begin_with_the_original_and_add_the_difference_of_the_class_means(report: Report) -> None:
    one = opened()
    assert one.latent is not None
    direction = mean_difference(one, one.latent, ProgressBar())
    train, labels = one.data.split.train, one.data.attribute("smile", one.data.split.train)
    z = one.latent.encode(one.data.images[train]).mean
    means = z[labels > 0.5].mean(axis=0) - z[labels <= 0.5].mean(axis=0)
    np.testing.assert_allclose(direction.difference, means, atol=1e-4)
    for count in (4, 6):
        figure = next(figure for figure in report.figures if figure.name == f"class-means-{count}-steps")
        assert figure.column_names[0] == "original"
        assert (figure.column_names[1], figure.column_names[-1]) == ("k = 0.00", "k = 1.00")
        assert len(figure.column_names) == count + 1
    valid = one.data.split.valid
    without = valid[one.data.attribute("smile", valid) <= 0.5][:1]
    code = one.latent.encode(one.data.images[without]).mean
    last = one.latent.decode(directions.move_by_coefficient(code, direction, 1.0))[0]
    sheet = next(figure for figure in report.figures if figure.name == "class-means-4-steps").sheet
    assert sheet is not None
    side = last.shape[0]
    assert (sheet((255, 255, 255))[4 : 4 + side, -side - 4 : -4] == last).all()


def test_pictures_without_classes_leave_the_steps_out_with_a_sentence(tmp_path: Path) -> None:
    folder = draw_folder(tmp_path / "faces", per_class=8) / "smile"
    alone = trained(tiny(epochs=1, data__source=str(folder), data__positive=""), tmp_path / "runs" / "alone")
    report = Comparison([str(alone)], str(folder), ProgressBar()).report((), "", ProgressBar())
    assert "Steps along the difference of two class means are left out. All pictures are of one class" in paragraphs(report)
    assert not [figure for figure in report.figures if figure.name.startswith("class-means")]


def test_a_model_told_the_class_shows_each_class_in_the_same_styles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_digits(tmp_path / "digits")
    words = ["train", "--data", f"mnist:{folder}", "--latent-dim", "2", "--epochs", "1", "--threads", "1"]
    words += ["--out", str(tmp_path / "told"), "--set", "model.name=conditional_vae", "--set", "model.hidden_units=16"]
    assert run(words) == 0
    (one,) = open_runs([str(tmp_path / "told")], f"mnist:{folder}", ProgressBar())
    report = Comparison([str(tmp_path / "told")], f"mnist:{folder}", ProgressBar()).report((), "", ProgressBar())
    figure = next(figure for figure in report.figures if figure.name == "class-by-style")
    assert figure.row_names == one.engine.classes
    assert len(figure.column_names) == 8
    assert "This model is told the class" in paragraphs(report)
    capsys.readouterr()


@pytest.mark.long
def test_one_command_writes_pdf_and_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["report", "--checkpoint", str(shared_run()), "--data", str(toy_folder())]
    out = [tmp_path / "one.pdf", tmp_path / "one.html"]
    with rc_context({"pdf.compression": 0}):
        assert run([*words, "--out", *map(str, out)]) == 0
    assert capsys.readouterr().out.splitlines() == list(map(str, out))
    content = out[0].read_bytes()
    pages = len(re.findall(rb"/Type /Page\b", content))
    assert pages > 2
    words_on_pages = letters(content)
    assert all(f"{number} / {pages}" in words_on_pages for number in range(1, pages + 1))
    assert "Figure 1. Loss terms by epoch" in words_on_pages
    assert "Figure 7." in out[1].read_text(encoding="utf-8")
    assert run([*words, "--out", str(tmp_path / "r.docx")]) == 3
    assert "ends in .pdf or .html" in capsys.readouterr().err


@pytest.mark.long
def test_a_pdf_that_is_cancelled_leaves_no_file(report: Report, tmp_path: Path) -> None:
    def progress(what: str, done: int, total: int) -> None:
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_pdf(report, tmp_path / "one.pdf", progress)
    assert list(tmp_path.iterdir()) == []


def test_drawings_are_laid_out_within_their_place_on_the_page(report: Report) -> None:
    """The names of their axes lie between the margins, and the page is white beside them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from core.export.pdf import SIDE, _blocks, _page

    curves = report.figures[0]
    page = _page([next(_blocks(curves))], "title", "1 / 1")
    assert isinstance(page, Figure)
    canvas = FigureCanvasAgg(page)
    canvas.draw()
    ink = np.asarray(canvas.buffer_rgba())[..., :3].min(axis=(1, 2)) < 200
    columns = np.asarray(canvas.buffer_rgba())[..., :3].min(axis=2).min(axis=0) < 200
    height, width = len(ink), len(columns)
    left, right = np.flatnonzero(columns)[[0, -1]] / width * A4[0]
    assert left >= SIDE - 0.02
    assert right <= A4[0] - SIDE + 0.02
    drawn = ink[: int(height * (1 - BOTTOM / A4[1]))]
    assert np.flatnonzero(drawn)[0] / height * A4[1] >= TOP
    assert curves.size[0] / curves.size[1] > 2
    assert A4[0] - 2 * SIDE < WIDTH


def test_what_stays_goes_over_to_the_page_of_what_follows_it() -> None:
    room = A4[1] - TOP - BOTTOM
    text = Block(room - 1.0, lambda _: None)
    heading, figure = Block(0.5, lambda _: None, stays=True, before=0.3), Block(2.0, lambda _: None)
    pages = paged([text, heading, figure])
    assert [[block.height for block in page] for page in pages] == [[room - 1.0], [0.5, 2.0]]
    assert pages[1][0].before == 0.0  # no gap at a page's top


def test_a_heading_with_its_paragraph_stands_on_the_page_of_the_figure() -> None:
    report = Report("title")
    for number in range(3):
        report.heading(f"Section {number}")
        report.paragraph("What the figure shows.")
        report.pictures(f"sheet-{number}", lambda ground: np.zeros((200, 240, 3), np.uint8), "caption")
    pages = paged(list(report_blocks(report)))
    heights = [[block.height for block in page] for page in pages]
    assert len(pages) == 3
    assert all(len(page) == 4 for page in heights[1:]), "heading, paragraph, figure, caption"


def test_what_leads_to_more_than_a_page_does_not_stick_out_of_it() -> None:
    room = A4[1] - TOP - BOTTOM
    heading, words = Block(0.5, lambda _: None, stays=True), Block(1.0, lambda _: None, leads=True)
    figure = Block(room - 1.0, lambda _: None)
    pages = paged([heading, words, figure])
    assert [[block.height for block in page] for page in pages] == [[0.5, 1.0], [room - 1.0]]


@pytest.mark.parametrize(
    ("numbers", "speaks"), [({"psnr": 20.0}, False), ({"psnr": 20.0, "mig": 0.1}, True), ({"completeness": 0.1}, True)]
)
def test_the_measures_speak_of_disentanglement_only_where_they_hold_some(numbers: dict[str, float], speaks: bool) -> None:
    report = Report("")
    comparison._measures(report, [opened()], [numbers], [[]])
    (table,) = (part for part in report.parts if isinstance(part, Table))
    assert len(table.rows) == len(numbers)
    assert ("disentanglement" in table.caption) == speaks


@pytest.mark.long
def test_a_report_leaves_hardly_anything_to_the_collector_of_garbage(report: Report, tmp_path: Path) -> None:
    """matplotlib's figures are full of references to each other, and a window that makes many reports grew by 60 MB with each."""
    drawn = [figure.draw for figure in report.figures if figure.draw is not None]
    assert drawn

    def make() -> None:
        for draw in drawn:
            to_pixels(draw, WHITE)
            to_png(draw)
            write_drawn(tmp_path / "figure.svg", draw)
        write_pdf(report, tmp_path / "report.pdf")

    make()  # what is cached and imported
    gc.collect()
    make()
    assert gc.collect() < 5000 * len(drawn)  # of 43,000
