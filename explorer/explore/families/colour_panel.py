"""What is done to a photo that is coloured, as fields: strength, saturation, the size that the model sees, and colour points."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from core.families.colouriser.edit import MOST_SATURATION, ColourEdit
from explorer.explore.families.colour_choice import ColourChoice
from explorer.explore.families.photo_panel import FULL, PhotoPanel
from explorer.look.icons import icon
from explorer.look.theme import SPACE
from explorer.widgets.number_box import WholeBox
from explorer.widgets.segmented import Segmented

SEEN = (1, 2, 4)  # times as large as the model's pictures


class ColourPanel(PhotoPanel):
    """The fields.

    Signals:
        edited(str): the person changed a field: "strength", "saturation", "seen" or "edges".
        placing_toggled(bool): clicks on the photo are to place points, or no longer.
        colour_chosen(str): for the chosen point, or the next one.
        removal_requested: the chosen point is to go.
    """

    edited = Signal(str)
    placing_toggled = Signal(bool)
    colour_chosen = Signal(str)
    removal_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set_about(
            self.tr("Colourise a photo"),
            self.tr(
                "Lightness stays the photo's own, at its full size; only the colours come from the model. They are a guess, made "
                "from what its training pictures showed: a model of faces paints all else like faces."
            ),
        )
        self.set_tips(
            self.tr("A grey photo, or one whose colours are to be replaced; several at once, too ({keys})"),
            self.tr("Save the photo at its own size, with these colours ({keys})"),
            self.tr(
                "Colour all opened photos with this strength and this saturation, each with its own points, and save them in a "
                "folder, as PNGs"
            ),
        )
        self.strength, self._strength_box = self.percents(
            FULL,
            self.tr("Strength"),
            self.tr("<p>0 % is the photo as it was, 100 % has the model's colours alone. Default 100</p>"),
        )
        self.saturation, self._saturation_box = self.percents(
            int(MOST_SATURATION),
            self.tr("Saturation"),
            self.tr(
                "<p>How much of the chroma that the model gives, in percent. Models that learned by mean errors are duller than "
                "real photos; more is livelier, and no nearer to the truth. Default 100</p>"
            ),
        )
        self.seen_choice = Segmented([f"{times}×" for times in SEEN], self.tr("Seen at"), self)
        self.edges = QCheckBox(self.tr("Keep to edges"), self)
        self.edges.setChecked(True)
        self.edges.setToolTip(
            self.tr(
                "<p>The model gives colours at the size that it sees, and enlarged they run over edges. With this on they follow "
                "the photo's lightness, and end where it changes. Slightly duller where one thing is light and dark. Default on</p>"
            )
        )
        rows = QGridLayout()
        rows.setSpacing(SPACE)
        for number, (slider, box) in enumerate(self._boxes):
            self.add_percents(rows, number, slider, box)
        rows.addWidget(QLabel(self.tr("Seen at"), self), 2, 0)
        rows.addWidget(self.seen_choice, 2, 1, 1, 2, Qt.AlignmentFlag.AlignLeading)
        rows.addWidget(self.edges, 3, 1, 1, 2, Qt.AlignmentFlag.AlignLeading)
        self.lay_out(rows, self._build_points())
        self.edges.toggled.connect(lambda _checked: self.edited.emit("edges"))
        self.strength.valueChanged.connect(lambda _value: self.edited.emit("strength"))
        self.saturation.valueChanged.connect(lambda _value: self.edited.emit("saturation"))
        self.seen_choice.choice_changed.connect(lambda _choice: self.edited.emit("seen"))
        self.placing.toggled.connect(self.placing_toggled)
        self.colours.colour_chosen.connect(self._on_colours_colour_chosen)
        self.remove.clicked.connect(self.removal_requested)
        self.set_points(0, -1)

    @property
    def seen(self) -> int:
        """How many times as large as its own pictures the model sees the photo."""
        return SEEN[self.seen_choice.choice]

    def set_edit(self, edit: ColourEdit, own_side: int) -> None:
        """Show an edit; says nothing.

        Args:
            edit: points are shown by `set_points`.
            own_side: of the model's pictures, in pixels.
        """
        blocked = (self, self.strength, self.saturation, self.edges)
        for one in blocked:
            one.blockSignals(True)
        self.strength.setValue(round(edit.strength))
        self.saturation.setValue(round(edit.saturation))
        self.edges.setChecked(edit.edges)
        for slider, box in self._boxes:
            box.blockSignals(True)
            box.setValue(slider.value())
            box.blockSignals(False)
        for one in blocked:
            one.blockSignals(False)
        seen = edit.side // own_side if edit.side else 1
        self.seen_choice.set_choice(SEEN.index(seen) if seen in SEEN else 0)

    def set_side(self, side: int) -> None:
        """Name the model's picture size in the tips."""
        text = self.tr(
            "<p>The photo's shorter side as the model sees it: {side} pixels. Larger shows it finer details, as where a face fills "
            "only a part of the photo. 1× is the size of its training pictures</p>"
        )
        self.seen_choice.set_tooltips([text.format(side=side * times) for times in SEEN])

    def set_takes_points(self, takes: bool) -> None:
        """Say whether the model takes colour points."""
        for widget in (self.placing, self.colours, self.remove, self.points_note):
            widget.setVisible(takes)
        self.no_points.setVisible(not takes)
        if not takes:
            self.placing.setChecked(False)

    def set_points(self, count: int, current: int) -> None:
        """Show how many points there are, and whether one of them is chosen."""
        self.remove.setEnabled(current >= 0)
        if current >= 0:
            text = self.tr("Point {n} of {all} is chosen: drag it, give it another colour, or take it away.")
            self.points_note.setText(text.format(n=current + 1, all=count))
        elif count:
            text = self.tr("1 point.") if count == 1 else self.tr("{n} points.").format(n=count)
            self.points_note.setText(self.tr("{points} Click one to choose it.").format(points=text))
        else:
            self.points_note.setText(self.tr("Choose a colour, then click where in the photo it belongs."))

    def _build_points(self) -> QVBoxLayout:
        """The section about points."""
        self.placing = QToolButton(self)
        self.placing.setText(self.tr("Place points"))
        self.placing.setIcon(icon("plus"))
        self.placing.setCheckable(True)
        self.placing.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.placing.setToolTip(
            self.tr(
                "While this is on, a click on the photo gives that place the colour, and the model carries it to what belongs "
                "together. How light the place is doesn't change. By keys: Enter on the photo places one in its middle, "
                "arrows move it"
            )
        )
        self.remove = QToolButton(self)
        self.remove.setText(self.tr("Take away"))
        self.remove.setIcon(icon("minus"))
        self.remove.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.remove.setToolTip(self.tr("Take the chosen point away (Delete)"))
        self.colours = ColourChoice(self)
        self.points_note = self.words("")
        self.no_points = self.words(
            self.tr(
                "This model takes no colour points. One that was trained with the preset Vivid, or with Colour points on, does."
            )
        )
        heading = QLabel(self.tr("Colour points"), self)
        first = QHBoxLayout()
        first.setSpacing(SPACE)
        first.addWidget(heading, 1)
        first.addWidget(self.placing)
        first.addWidget(self.remove)
        layout = QVBoxLayout()
        layout.setSpacing(SPACE)
        layout.addLayout(first)
        layout.addWidget(self.colours)
        layout.addWidget(self.points_note)
        layout.addWidget(self.no_points)
        return layout

    @property
    def _boxes(self) -> tuple[tuple[QSlider, WholeBox], ...]:
        return ((self.strength, self._strength_box), (self.saturation, self._saturation_box))

    def _on_colours_colour_chosen(self, colour: str) -> None:
        if not self.remove.isEnabled():  # it is for a point that is to come
            self.placing.setChecked(True)
        self.colour_chosen.emit(colour)
