"""The directions' sliders: the smile on top, the others under it, and how far each can be trusted."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from core.families.base import Can
from core.latent.directions import percent_at
from core.latent.session import Session
from core.wording import percent
from explorer.document.document import Document
from explorer.document.loading import LoadedModel
from explorer.explore.direction_menu import DirectionMenu, is_plain
from explorer.explore.edits import connect_edit
from explorer.explore.trust_card import TrustCard, describe, method_of, title, title_of
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE
from explorer.teach.name_field import LONGEST
from explorer.widgets.section import Section
from explorer.widgets.slider.latent_slider import LatentSlider

PERCENT_REACH = 200.0
LEAST_LABEL, MOST_LABEL = 64, 120  # pixels of the names' column: the groove needs the rest


class DirectionSliders(QWidget):
    """One slider a direction of the loaded model, in percent."""

    def __init__(self, document: Document, menu: DirectionMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._menu = menu
        self._sliders: dict[str, LatentSlider] = {}
        self._anchor_z: tuple[float, ...] | None = None
        self._main_area = QVBoxLayout()
        self._main_area.setSpacing(SPACE)
        self._missing = QLabel(self)
        self._missing.setWordWrap(True)
        self._missing.setProperty("muted", True)
        self._fit = QPushButton(self.tr("Fit a direction…"), self)
        self._fit.clicked.connect(lambda: self._menu.popup_at(self._fit))
        self.plain_button = QPushButton(icon("sliders"), "", self)
        self.plain_button.setCheckable(True)
        self.plain_button.clicked.connect(self._on_plain_button_clicked)
        self._no_plain = QLabel(self)
        self._no_plain.setWordWrap(True)
        self._no_plain.setProperty("muted", True)
        self._others = Section(self.tr("Other directions"), self)
        self._others.add_to_header(menu.button())
        self._none = QLabel(self.tr("None yet. Press + to fit one to a label, or to teach one by marking faces."), self)
        self._none.setWordWrap(True)
        self._none.setProperty("muted", True)
        self._others.body_layout().addWidget(self._none)
        self.saved_button = QPushButton(icon("sliders"), "", self)
        self.saved_button.clicked.connect(self._on_saved_button_clicked)
        self._others.body_layout().addWidget(self.saved_button, 0, Qt.AlignmentFlag.AlignLeading)
        self._trust = Section(self.tr("How far to trust it"), self, is_open=False)
        self.trust_card = TrustCard(document, menu.fit_again, menu.why_not_again, self)
        self._trust.body_layout().addWidget(self.trust_card)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GROUP)
        layout.addLayout(self._main_area)
        layout.addWidget(self._missing)
        layout.addWidget(self._fit, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(self.plain_button, 0, Qt.AlignmentFlag.AlignLeading)
        layout.addWidget(self._no_plain)
        layout.addWidget(self._others)
        layout.addWidget(self._trust)
        document.model_changed.connect(self._on_document_model_changed)
        document.data_changed.connect(self._show_missing)
        document.directions_changed.connect(self._on_document_directions_changed)
        menu.saved_ones_changed.connect(self._offer_saved)
        document.session_changed.connect(self._on_document_session_changed)
        self._rebuild()

    @property
    def main_slider(self) -> LatentSlider | None:
        """The slider on top."""
        direction = self._document.main_direction
        return self._sliders.get(direction.name) if direction else None

    def slider(self, name: str) -> LatentSlider | None:
        """The slider of a direction."""
        return self._sliders.get(name)

    def show_trust(self, is_open: bool = True) -> None:
        """Open or close the trust card."""
        self._trust.set_open(is_open)

    def _rebuild(self) -> None:
        """A slider each direction: there may be one already, in which the person is just typing or which they drag."""
        before, self._sliders = self._sliders, {}
        main = self._document.main_direction
        for direction in self._document.directions.values():
            is_main = main is not None and direction.name == main.name
            slider = before.get(direction.name)
            if slider is not None and slider.look.prominent == is_main:
                del before[direction.name]
            else:
                slider = self._new_slider(direction.name, is_main)
            slider.set_label(title(direction))
            slider.setToolTip(describe(direction))
            if is_main:
                slider.set_caption(method_of(direction, in_short=True))
            self._sliders[direction.name] = slider
            area = self._main_area if is_main else self._others.body_layout()
            area.removeWidget(slider)
            area.addWidget(slider)
        had_focus = next((name for name, slider in before.items() if slider.hasFocus() or slider.is_typing), None)
        for slider in before.values():
            slider.close_editor()  # else hiding it would take what is half typed for done
            slider.hide()  # else a layout that is about to show it would make a window of it
            slider.setParent(None)
            slider.deleteLater()
        others = [slider for slider in self._sliders.values() if slider is not self.main_slider]
        self._none.setVisible(not others)
        self._offer_saved()
        widest = max((self.fontMetrics().horizontalAdvance(slider.label) for slider in others), default=0)
        for slider in others:  # so that their grooves are aligned
            slider.set_label_width(min(max(widest + 1, LEAST_LABEL), MOST_LABEL))
        self._show_missing()
        self._set_zones()
        heir = None if had_focus is None else self._sliders.get(had_focus, self.main_slider)
        if heir is not None:  # else the focus goes to what comes next, and the column scrolls there
            heir.setFocus(Qt.FocusReason.OtherFocusReason)

    def _new_slider(self, name: str, is_main: bool) -> LatentSlider:
        slider = LatentSlider("", self, prominent=is_main)
        slider.set_range(-PERCENT_REACH, PERCENT_REACH)
        slider.set_format(percent)
        slider.set_steps(5.0, 1.0)
        connect_edit(slider, self._document, "direction", name)
        slider.menu_requested.connect(lambda opened: self._add_to_menu(opened, name))
        slider.label_edited.connect(lambda text: self._menu.rename(name, text))
        return slider

    def _offer_saved(self) -> None:
        """Where no other direction is there, offer those that were saved for this model: after a restart, or for a shipped one."""
        has_others = len(self._sliders) > 1
        saved = {} if has_others or self._document.model is None else self._menu.saved_ones()
        names = list(dict.fromkeys(title(direction) for direction in saved.values()))
        self.saved_button.setVisible(bool(names))
        one, more = self.tr("Open {name}, saved for this model"), self.tr("Open {n} saved for this model")
        self.saved_button.setText(one.format(name=names[0]) if len(names) == 1 else more.format(n=len(names)))
        self.saved_button.setToolTip(", ".join(names))
        model = self._document.model
        if model is not None and Can.DIRECTIONS not in model.can:
            self._none.setText(self.tr("None yet. Press + to fit one to a label."))
            return
        fit = self.tr("None yet. Press + to fit one to a label, or to teach one by marking faces.")
        self._none.setText(self.tr("None open. + fits or teaches another one.") if names else fit)

    def _on_saved_button_clicked(self) -> None:
        """Open all of them; of several of one name the newest."""
        newest: dict[tuple[str, str], str] = {}
        for path, direction in self._menu.saved_ones().items():
            newest.setdefault((direction.name, direction.shown_name), str(path))
        for file in newest.values():
            self._menu.open_file(file)

    def _add_to_menu(self, menu: QMenu, name: str) -> None:
        """What can be done with a direction, into the menu of its slider."""
        slider = self._sliders.get(name)
        if slider is not None and self._menu.is_own(name):
            menu.addSeparator()
            menu.addAction(self.tr("Rename…"), lambda: slider.edit_label(self._document.shown_name(name), LONGEST))
            menu.addAction(icon("trash"), self.tr("Remove"), lambda: self._menu.remove(name))

    def _show_missing(self) -> None:
        """Say what to do if the model has no direction; this depends on whether there are pictures."""
        main = self._document.main_direction
        has_model = self._document.model is not None
        self._missing.setVisible(has_model and main is None)
        self._fit.setVisible(has_model and main is None)
        self._show_plain()
        self._missing.setText(
            self.tr("This model has no direction yet. Open labelled pictures in the Data tab, then fit one.")
            if self._document.data is None
            else self.tr("This model has no direction yet. Fit one on the data set.")
            if self._menu.has_choices()
            else self.tr("This model has no direction yet. {why}.").format(why=self._menu.why_none())
        )
        self._others.setVisible(main is not None)
        self._trust.setVisible(main is not None)

    def _show_plain(self) -> None:
        """Offer the class means, and while the slider follows them the way back; the button stays where it is."""
        name = self._menu.plain_choice()
        known, earlier = self._document.directions.get(name), self._menu.earlier(name)
        follows = known is not None and is_plain(known)
        self.plain_button.setVisible(bool(name))
        self._show_no_plain()
        self.plain_button.setText(self.tr("{name} from class means").format(name=title_of(name)))
        self._show_follows(follows)
        what = self.tr(
            "The direction that an assignment asks for: the mean code of the pictures with it less the mean code of those "
            "without. What comes along in the data comes along here; + offers more careful ones"
        )
        if follows:
            what = self.tr("The slider follows the class means. + offers other directions")
        if earlier is not None:
            back = self.tr("The slider follows the class means. Press again to put its earlier direction back: {method}")
            what = back.format(method=method_of(earlier))
        self.plain_button.setToolTip(f"<p>{escape(what)}</p>")

    def _show_no_plain(self) -> None:
        """Where pictures are open that give no class means, say why in the button's place."""
        main = self._document.main_direction
        says = main is not None and self._document.data is not None and not self._menu.has_choices()
        self._no_plain.setVisible(says)
        if main is not None:
            text = self.tr("{name} from class means isn't offered. {why}. Press + for what helps.")
            self._no_plain.setText(text.format(name=title(main), why=self._menu.why_none()))

    def _on_plain_button_clicked(self) -> None:
        """Fit the class means, or put the earlier direction back; the button shows what the slider follows, not what is to come."""
        name = self._menu.plain_choice()
        known = self._document.directions.get(name)
        follows = known is not None and is_plain(known)
        self._show_follows(follows)
        if not follows:
            self._menu.fit(name)
        else:
            self._menu.put_back(name)

    def _show_follows(self, follows: bool) -> None:
        """Say whether the slider follows the class means already, by more than the button's colour."""
        self.plain_button.setChecked(follows)
        self.plain_button.setIcon(icon("check" if follows else "sliders"))

    def _set_zones(self) -> None:
        """Set where real faces lie along each direction, in percent from this face."""
        anchor = self._document.session.anchor
        for name, slider in self._sliders.items():
            direction = self._document.directions.get(name)
            if direction is None:
                continue
            z = self._document.model.vector(anchor) if anchor is not None and self._document.model is not None else None
            if z is None or z.shape != direction.unit.shape:
                slider.set_zone(-100.0, 100.0)
                continue
            slider.set_zone(percent_at(z, direction, direction.low), percent_at(z, direction, direction.high))

    def _on_document_session_changed(self, session: Session) -> None:
        for name, slider in self._sliders.items():
            if slider.value != session.weight("direction", name):
                slider.set_value(session.weight("direction", name))
        z = session.anchor.z if session.anchor else None
        if z != self._anchor_z:
            self._anchor_z = z
            self._set_zones()

    def _on_document_model_changed(self, model: LoadedModel | None) -> None:
        self._anchor_z = None
        for slider in self._sliders.values():
            slider.close_editor()  # it was about the other model
        self._rebuild()

    def _on_document_directions_changed(self) -> None:
        self._rebuild()
        self._on_document_session_changed(self._document.session)
