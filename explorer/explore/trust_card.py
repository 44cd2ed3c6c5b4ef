"""How far to trust a direction: its score, its stability, what else lies along it, and buttons to remove that."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.data.labels.names import folded
from core.latent.directions import LEAST_SHARE, Direction, share_of_way
from core.latent.session import Session
from core.wording import percent
from explorer.document.document import Document
from explorer.look.theme import SPACE, UNIT
from explorer.widgets.keyboard.choice_box import ChoiceBox
from explorer.widgets.usage_bar import UsageBar

BARS = 16
LEAST_AUC = 0.7
CLEAR_AUC = 0.9  # below it, where a picture lies along the direction tells little of whether it has the attribute
LEAST_STABILITY = 0.8
LITTLE_WAY = 0.5  # of the distance between the averages: 100 % that goes less far hardly shows on a photo
_OF_MEN_AND_WOMEN = ("male", "female", "gender", "sex")
LARGE_SHARE = 0.05  # of a direction's squared length


def title(direction: Direction) -> str:
    """Its name for people."""
    return title_of(direction.shown_name)


def title_of(name: str) -> str:
    """The name of a direction for people."""
    return name.replace("_", " ").capitalize()


def describe(direction: Direction) -> str:
    """The tooltip of its slider, as HTML: what percent means, and how far to trust it."""
    parts = [
        _tr(
            "0 % is this picture as it is; 100 % is where the average picture with “{name}” lies along this direction, "
            "−100 % where the average one without it does. Beyond the marked zone no real picture lies."
        ).format(name=title(direction).lower())
    ]
    if np.isfinite(direction.auc):
        text = _tr("AUC {auc:.3f} over {n} pictures that the fit didn't see (0.5 = chance, 1 = perfect).")
        parts.append(text.format(auc=direction.auc, n=direction.held_out))
    parts.append(_tr("How it was found: {method}.").format(method=method_of(direction)))
    if direction.balance:
        parts.append(_tr("Balanced by “{column}”, so that it leaves that alone.").format(column=direction.balance))
    if direction.kept:
        parts.append(_tr("Kept as they are: {names}.").format(names=", ".join(map(thing, direction.kept))))
    return "".join(f"<p>{escape(part)}</p>" for part in parts)


def method_of(direction: Direction, *, in_short: bool = False) -> str:
    """By what method the direction was fitted, for people; `in_short` for a single line under a slider, in plain words."""
    how = {
        "mean": _tr("Difference of the class means"),
        "balanced": _tr("Difference of the class means"),
        "logistic": _tr("Logistic regression"),
        "visible": (
            _tr("Logistic regression")
            if in_short
            else _tr("Logistic regression, focused on the part of the picture where it shows")
        ),
        "examples": _tr("Taught by examples"),
    }.get(direction.method, direction.method)
    if direction.balance and direction.method in ("balanced", "logistic", "visible"):
        if in_short and direction.method != "balanced":
            how = _tr("From labelled pictures")
        if folded(direction.balance) in _OF_MEN_AND_WOMEN:
            return _tr("{method}; men and women count alike").format(method=how)
        return _tr("{method}; those with and without {column} count alike").format(method=how, column=thing(direction.balance))
    return how


def origin(direction: Direction) -> str:
    """How the direction was made."""
    how = method_of(direction)
    return f"{how}. {direction.source[:1].upper()}{direction.source[1:]}." if direction.source else f"{how}."


def cautions(direction: Direction) -> list[str]:
    """Reasons against trusting it, in sentences; or one sentence that there are none."""
    if np.isnan(direction.stability) and np.isnan(direction.auc):
        return [_tr("How reliable it is hasn't been measured.")]
    sentences = []
    if direction.auc < LEAST_AUC:
        sentences.append(_tr("It hardly tells pictures with it from pictures without."))
    elif direction.auc < CLEAR_AUC:
        text = _tr("It tells them apart only roughly (AUC {auc:.2f}), so 100 % shows much on some pictures and hardly on others.")
        sentences.append(text.format(auc=direction.auc))
    if direction.stability < LEAST_STABILITY:
        sentences.append(_tr("It depends much on which pictures were used: more of them would help."))
    large = [name for name, share in told_shares(direction).items() if share >= LARGE_SHARE and name not in direction.kept]
    if large:
        names = ", ".join(map(thing, sorted(large, key=lambda name: -direction.shares[name])))
        sentences.append(_tr("These change along with it: {names}.").format(names=names))
    if not sentences:
        sentences.append(
            _tr("Whether it also changes something else hasn't been examined.")
            if np.isnan(direction.stability)
            else _tr("No problem was found with it.")
        )
    return sentences


def told_shares(direction: Direction) -> dict[str, float]:
    """What lies along a direction, by name; an earlier version told "smile" and "non smile", which are one thing."""
    shares = direction.shares
    return {name: share for name, share in shares.items() if not any(shares.get(one) == share for one in _opposites(name))}


def _opposites(name: str) -> list[str]:
    """What a name may be the opposite of: `smile` of `non_smile`."""
    return [name.removeprefix(f"{word}_") for word in ("non", "not", "no") if name.startswith(f"{word}_")]


def of_picture(direction: Direction, z: np.ndarray) -> str:
    """A sentence on a picture, by its code (D,), that 100 % changes little; "" for any other."""
    share = share_of_way(z, direction)
    if share >= LITTLE_WAY:
        return ""
    if share <= LEAST_SHARE:
        return _tr(
            "Along this direction, the picture in Explore lies beyond the average with “{name}” already: 100 % takes it {share} of "
            "the way between the averages further, which is the least, and may hardly show."
        ).format(name=title(direction).lower(), share=percent(100.0 * share))
    return _tr(
        "Along this direction, the picture in Explore lies far on the side of “{name}” already: 100 % takes it only {share} of the "
        "way between the averages without and with it, and may hardly show."
    ).format(name=title(direction).lower(), share=percent(100.0 * share))


def thing(name: str) -> str:
    """The name, for people, of something that can lie along a direction."""
    known = {"brightness": _tr("brightness"), "sharpness": _tr("sharpness"), "pose": _tr("turn of the head")}
    return known.get(name) or name.replace("_", " ")


def strongest(direction: Direction) -> list[tuple[int, float]]:
    """The dimensions in which the class means differ most, the most first: (dimension, difference in units of z)."""
    order = np.argsort(-np.abs(direction.difference), kind="stable")[:BARS]
    return [(int(dim), float(direction.difference[dim])) for dim in order]


def _tr(text: str) -> str:
    return QCoreApplication.translate("directions", text)


SHOWN_SHARE = 0.01  # of a direction: smaller shares get no line
MOST_ROWS = 6

Refit = Callable[[Direction, tuple[str, ...]], None]


class TrustCard(QWidget):
    """Shows one direction of the document's model.

    Args:
        document: whose directions.
        refit: fits a direction anew that keeps other things from changing.
        why_not: gives the reason why nothing can be fitted now; "" = it can.
    """

    def __init__(
        self, document: Document, refit: Refit, why_not: Callable[[Direction], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._refit = refit
        self._why_not = why_not
        self._shown = ""
        self._anchor_z: tuple[float, ...] | None = None
        self._choice = ChoiceBox(self)
        self._choice.setAccessibleName(self.tr("Which direction"))
        self._choice.activated.connect(self._on_choice_activated)
        self._caution = QLabel(self)
        self._caution.setWordWrap(True)
        self._of_picture = QLabel(self)
        self._of_picture.setWordWrap(True)
        self._origin = QLabel(self)
        self._origin.setWordWrap(True)
        self._origin.setProperty("muted", True)
        self._rows = QWidget(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for widget in (self._choice, self._caution, self._of_picture, self._rows, self._origin):
            layout.addWidget(widget)
        document.directions_changed.connect(self._rebuild)
        document.model_changed.connect(self._rebuild)
        document.data_changed.connect(self._rebuild)
        document.session_changed.connect(self._on_document_session_changed)
        self._rebuild()

    @property
    def direction(self) -> Direction | None:
        """The direction that it shows."""
        return self._document.directions.get(self._shown) or self._document.main_direction

    def show_direction(self, name: str) -> None:
        """Show another one."""
        self._shown = name
        self._rebuild()

    def _rebuild(self, *_: object) -> None:
        names = list(self._document.directions)
        direction = self.direction
        self._choice.clear()
        for one in self._document.directions.values():
            self._choice.addItem(title(one), one.name)
        self._choice.setVisible(len(names) > 1)
        fresh = QWidget(self)
        layout = self.layout()
        assert layout is not None
        layout.replaceWidget(self._rows, fresh)
        self._rows.hide()
        self._rows.deleteLater()
        self._rows = fresh
        self._caution.setVisible(direction is not None)
        self._origin.setVisible(direction is not None)
        self._show_of_picture()
        if direction is None:
            return
        self._choice.setCurrentIndex(names.index(direction.name))
        self._caution.setText(" ".join(cautions(direction)))
        self._origin.setText(origin(direction))
        self._fill(direction, fresh)
        fresh.show()

    def _show_of_picture(self) -> None:
        direction, anchor = self.direction, self._document.session.anchor
        model = self._document.model
        z = None if anchor is None or model is None else model.vector(anchor)
        fits = direction is not None and z is not None and z.shape == direction.unit.shape
        self._of_picture.setText(of_picture(direction, z) if fits and direction is not None and z is not None else "")
        self._of_picture.setVisible(bool(self._of_picture.text()))

    def _on_document_session_changed(self, session: Session) -> None:
        z = session.anchor.z if session.anchor is not None else None
        if z != self._anchor_z:  # a slider's step changes nothing here
            self._anchor_z = z
            self._show_of_picture()

    def _fill(self, direction: Direction, into: QWidget) -> None:
        grid = QGridLayout(into)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(UNIT)
        grid.setColumnStretch(1, 1)
        tip = self.tr(
            "AUC: the chance that a picture with it, taken at random from those the fit didn't see, lies further along than one "
            "without. 0.5 is chance, 1 is perfect."
        )
        self._measure(grid, self.tr("AUC"), direction.auc, tip, 2.0 * direction.auc - 1.0)
        tip = self.tr(
            "Stability: the mean cosine between this direction and the same fitted on randomly resampled pictures (persons, "
            "where they are known). 1 means that other pictures would give the same."
        )
        self._measure(grid, self.tr("Stability"), direction.stability, tip, direction.stability)
        why_not = self._why_not(direction)
        shares = sorted(told_shares(direction).items(), key=lambda one: -one[1])
        rows = [(name, share) for name, share in shares if share >= SHOWN_SHARE and name not in direction.kept][:MOST_ROWS]
        for name, share in rows:
            tip = self.tr(
                "How much of this direction is {name}: the share of its squared length that lies along the direction by which "
                "codes tell {name}. Taking it out makes it orthogonal to that one."
            ).format(name=thing(name))
            taken = (*direction.kept, name)
            self._part(grid, thing(name), percent(100.0 * share), share, self.tr("Take out"), direction, taken, tip, why_not)
        for name in direction.kept:
            others = tuple(one for one in direction.kept if one != name)
            tip = self.tr("This direction was made orthogonal to {name}, which therefore stays as it is.").format(name=thing(name))
            self._part(grid, thing(name), self.tr("out"), 0.0, self.tr("Put back"), direction, others, tip, why_not)
        if np.isnan(direction.stability):
            button = QPushButton(self.tr("Examine"), into)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Space is "before" in Explore
            button.setToolTip(why_not or self.tr("Fit it again on the data set, and see how stable it is and what it is made of"))
            button.setAccessibleName(button.text())
            button.setEnabled(not why_not)
            button.clicked.connect(lambda: self._refit(direction, direction.kept))
            grid.addWidget(button, grid.rowCount(), 0, 1, 4, Qt.AlignmentFlag.AlignLeading)

    def _measure(self, grid: QGridLayout, text: str, value: float, tip: str, share: float) -> None:
        """A row with a number between 0 and 1."""
        known = bool(np.isfinite(value))
        self._row(grid, text, f"{value:.2f}" if known else "–", max(0.0, share) if known else 0.0, tip)

    def _part(
        self,
        grid: QGridLayout,
        text: str,
        number: str,
        share: float,
        act: str,
        direction: Direction,
        kept: tuple[str, ...],
        tip: str,
        why_not: str,
    ) -> None:
        """A row for something that lies along the direction, or was removed from it."""
        row = self._row(grid, text.capitalize(), number, share, tip)
        button = QPushButton(act, grid.parentWidget())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Space is "before" in Explore
        button.setProperty("compact", True)
        button.setAccessibleName(f"{act}: {text}")
        button.setEnabled(not why_not)
        button.setToolTip(why_not or tip)
        button.clicked.connect(lambda: self._refit(direction, kept))
        grid.addWidget(button, row, 3)

    def _row(self, grid: QGridLayout, text: str, number: str, share: float, tip: str) -> int:
        row = grid.rowCount()
        bar = UsageBar(grid.parentWidget())
        filled = round(1000 * share)
        bar.show_usage(filled, filled, 1000)
        value = QLabel(number, grid.parentWidget())
        value.setAlignment(Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter)
        for column, widget in enumerate((QLabel(text, grid.parentWidget()), bar, value)):
            widget.setToolTip(f"<p>{tip}</p>")
            grid.addWidget(widget, row, column)
        return row

    def _on_choice_activated(self, index: int) -> None:
        self.show_direction(str(self._choice.itemData(index)))
