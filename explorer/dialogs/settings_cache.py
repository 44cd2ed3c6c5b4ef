"""The settings' part about the picture cache: how large it is, what is in it, how large it may grow, and clearing it."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.data.cache import store as cache_store
from core.data.cache.limit import GB, LEAST_LIMIT, size_text, write_limit
from core.data.cache.store import Cleared, Usage
from core.errors import CoreError
from explorer.dialogs.settings_stores import StoreList
from explorer.look.icons import icon
from explorer.look.theme import GROUP, SPACE, UNIT, number_font
from explorer.messages import Messenger
from explorer.qt import override
from explorer.tasks import run_task
from explorer.widgets.number_box import RealBox
from explorer.widgets.section import inset_text
from explorer.widgets.usage_bar import UsageBar


class CacheBox(QWidget):
    """Shows the cache as it is on the disk; everything slow happens off the window's thread."""

    def __init__(self, messenger: Messenger, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messenger = messenger
        self._usage: Usage | None = None
        self._asking = False  # whether a reading of the disk is under way
        self._again = False  # and another is wanted after it
        self.size_label = QLabel(self)
        self.size_label.setFont(number_font())
        self.note = self._muted()
        self.bar = UsageBar(self)
        self.stores = StoreList(self)
        self.limit = RealBox(self)
        self.clear_button = QPushButton(icon("trash"), self.tr("Clear cache…"), self)
        self.folder_button = QPushButton(icon("open-folder"), self.tr("Show folder"), self)
        self.question = QFrame(self)
        self.question_label = QLabel(self.question)
        self.confirm_button = QPushButton(self.question)
        self.keep_button = QPushButton(self.tr("Keep"), self.question)
        self._build()
        self.limit.valueChanged.connect(self._on_limit_value_changed)
        self.clear_button.clicked.connect(lambda _checked=False: self._ask())
        self.keep_button.clicked.connect(lambda _checked=False: self._end_question())
        self.confirm_button.clicked.connect(lambda _checked=False: self.clear())
        self.folder_button.clicked.connect(lambda _checked=False: self._show_folder())
        self._end_question()

    @property
    def usage(self) -> Usage | None:
        """What it shows; None until the disk was first read."""
        return self._usage

    def refresh(self) -> None:
        """Read the disk again."""
        if self._asking:
            self._again = True
            return
        self._asking = True
        run_task(self, lambda _: cache_store.usage(), done=self._on_usage_read, failed=self._on_usage_failed, name="cache size")

    def clear(self) -> None:
        """Delete all that isn't in use."""
        self._end_question()
        self.clear_button.setEnabled(False)
        run_task(self, lambda _: cache_store.clear(), done=self._on_cleared, failed=self._on_clear_failed, name="clear cache")

    def _on_usage_read(self, usage: Usage) -> None:
        self._asking = False
        self._usage = usage
        self._show(usage)
        if self._again:
            self._again = False
            self.refresh()

    def _on_usage_failed(self, error: BaseException) -> None:
        self._asking = self._again = False
        self.size_label.setText(self.tr("Unknown"))
        self.note.setText(self._messenger.reason(error))
        if not isinstance(error, CoreError):
            self._messenger.report(error)

    def _on_cleared(self, cleared: Cleared) -> None:
        text = self.tr("{size} freed").format(size=size_text(cleared.freed))
        if cleared.kept:
            text = self.tr("{text}; {kept} in use stay").format(text=text, kept=size_text(cleared.kept))
        self._messenger.success(text)
        self.refresh()

    def _on_clear_failed(self, error: BaseException) -> None:
        self._messenger.report(error)
        self.refresh()

    def _on_limit_value_changed(self, gigabytes: float) -> None:
        try:
            write_limit(gigabytes)
        except CoreError as error:
            self._messenger.report(error)
        self.refresh()

    def _show(self, usage: Usage) -> None:
        sizes = {"size": size_text(usage.bytes), "limit": size_text(usage.limit)}
        self.size_label.setText(self.tr("{size} of {limit}").format(**sizes))
        held = sum(store.bytes for store in usage.stores if store.in_use)
        self.bar.show_usage(usage.bytes, held, usage.limit)
        over = usage.bytes - usage.limit
        if over > 0:
            text = self.tr("{over} over the limit: what was unused longest is deleted when the next folder is read.")
            self.note.setText(text.format(over=size_text(over)))
        else:
            self.note.setText(self.tr("{free} free on this disk.").format(free=size_text(usage.free)))
        self.limit.blockSignals(True)
        self.limit.setValue(usage.limit / GB)
        self.limit.blockSignals(False)
        self.limit.setEnabled(not usage.fixed)
        fixed = self.tr("Set by the environment variable LABKHAND_CACHE_LIMIT")
        tip = self.tr(
            "<p>How much space decoded pictures may take, in GB: 200,000 pictures of 128 × 128 pixels take about 10. Beyond "
            "that, what was unused longest is deleted. Default: 20, or a quarter of the free disk.</p>"
        )
        self.limit.setToolTip(fixed if usage.fixed else tip)
        self.clear_button.setEnabled(usage.clearable > 0)
        self.clear_button.setToolTip("" if usage.clearable else self.tr("All that is there is in use"))
        self.stores.show_stores(usage.stores)
        if not self.question.isHidden():
            self._ask()

    def _ask(self) -> None:
        """Say what clearing means, and ask, without a modal dialog."""
        usage = self._usage
        if usage is None:
            return
        held = sum(store.bytes for store in usage.stores if store.in_use)
        text = self.tr(
            "This frees {size}. Your own pictures aren't touched: they are decoded again when you open them the next time, "
            "which takes as long as the first time."
        ).format(size=size_text(usage.clearable))
        if held:
            text += " " + self.tr("{held} are in use now and stay.").format(held=size_text(held))
        self.question_label.setText(text)
        self.confirm_button.setText(self.tr("Clear {size}").format(size=size_text(usage.clearable)))
        self.question.setVisible(usage.clearable > 0)
        self.clear_button.setVisible(not usage.clearable)
        self.keep_button.setFocus()

    def _end_question(self) -> None:
        had_focus = self.question.isAncestorOf(self.focusWidget() or self)
        self.question.hide()
        self.clear_button.show()
        if had_focus:
            self.clear_button.setFocus()

    def _show_folder(self) -> None:
        folder = self._usage.folder if self._usage is not None else Path()
        while not os.path.isdir(folder) and folder != folder.parent:
            folder = folder.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _muted(self) -> QLabel:
        label = QLabel(self)
        label.setProperty("muted", True)
        label.setWordWrap(True)
        return label

    def _build(self) -> None:
        about = self._muted()
        about.setText(self.tr("Decoded pictures are kept, so that a folder opens at once the next time."))
        self.size_label.setText("…")
        self.limit.setRange(LEAST_LIMIT / GB, 100_000)
        self.limit.setDecimals(1)
        self.limit.setSuffix(self.tr(" GB"))
        self.limit.setKeyboardTracking(False)
        self.limit.setAccessibleName(self.tr("Limit of the picture cache"))
        inset_text(self.limit)
        label = QLabel(self.tr("At most"), self)
        label.setBuddy(self.limit)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(label)
        row.addWidget(self.limit)
        row.addStretch(1)
        row.addWidget(self.folder_button)
        row.addWidget(self.clear_button)
        self.question.setProperty("card", True)
        self.question_label.setWordWrap(True)
        answers = QHBoxLayout()
        answers.setSpacing(SPACE)
        answers.addStretch(1)
        answers.addWidget(self.keep_button)
        answers.addWidget(self.confirm_button)
        asked = QVBoxLayout(self.question)
        asked.setContentsMargins(GROUP, SPACE + UNIT, GROUP, SPACE + UNIT)
        asked.setSpacing(SPACE)
        asked.addWidget(self.question_label)
        asked.addLayout(answers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(about)
        layout.addWidget(self.size_label)
        layout.addWidget(self.bar)
        layout.addWidget(self.note)
        layout.addWidget(self.stores)
        layout.addLayout(row)
        layout.addWidget(self.question)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.size_label.setFont(number_font())
        super().changeEvent(event)
