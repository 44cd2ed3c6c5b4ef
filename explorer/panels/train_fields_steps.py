"""The settings of how a run learns: its steps, the learning rate over time, the average of the weights, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from explorer.panels.train_field import Field

if TYPE_CHECKING:

    def QT_TRANSLATE_NOOP(context: str, text: str) -> str: ...  # PySide6's stubs make it an object
else:
    from PySide6.QtCore import QT_TRANSLATE_NOOP

STEPS: Final[tuple[Field, ...]] = (
    Field(
        "batch_size",
        QT_TRANSLATE_NOOP("train", "Batch size"),
        "whole",
        QT_TRANSLATE_NOOP("train", "Pictures in one step. Smaller takes less memory and more steps; larger is steadier."),
        "steps",
        unit=QT_TRANSLATE_NOOP("train", "pictures"),
        step=16,
    ),
    Field(
        "learning_rate",
        QT_TRANSLATE_NOOP("train", "Learning rate"),
        "number",
        QT_TRANSLATE_NOOP("train", "How far a step goes (Adam). Lower it when the curves jump or the loss stops being a number."),
        "steps",
        step=0,
    ),
    Field(
        "lr_schedule",
        QT_TRANSLATE_NOOP("train", "Rate schedule"),
        "choice",
        QT_TRANSLATE_NOOP(
            "train",
            "Constant keeps the learning rate. Linear and cosine let it fall to a hundredth at the last epoch, which "
            "sharpens the end of a run: cosine stays high for longer, linear falls evenly.",
        ),
        "steps",
        choices=(
            ("constant", QT_TRANSLATE_NOOP("train", "Constant")),
            ("linear", QT_TRANSLATE_NOOP("train", "Linear")),
            ("cosine", QT_TRANSLATE_NOOP("train", "Cosine")),
        ),
    ),
    Field(
        "lr_warmup_epochs",
        QT_TRANSLATE_NOOP("train", "Rate warm-up"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "The learning rate rises from a hundredth over that many epochs. Try a half or one when the first steps jump, "
            "or with a large learning rate.",
        ),
        "steps",
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        step=0.5,
        zero=QT_TRANSLATE_NOOP("train", "Off"),
    ),
    Field(
        "gradient_clip",
        QT_TRANSLATE_NOOP("train", "Clip gradient"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "A step's gradient that is longer than this is shortened to it, in nats. Keeps a few odd pictures from undoing "
            "much. At 128 px gradients are 5,000 to 50,000 long; metrics.csv says in what share of the steps it was clipped.",
        ),
        "steps",
        step=1000,
        zero=QT_TRANSLATE_NOOP("train", "Off"),
    ),
    Field(
        "ema_decay",
        QT_TRANSLATE_NOOP("train", "Average weights"),
        "number",
        QT_TRANSLATE_NOOP(
            "train",
            "Validates, shows and keeps a moving average of the weights (EMA) instead of the newest ones; this is the share of "
            "it that each step keeps: 0.99 looks back on 100 steps, 0.999 on 1,000. Helps where validation goes up and down "
            "from epoch to epoch, above all with a constant learning rate.",
        ),
        "steps",
        step=0.01,
        zero=QT_TRANSLATE_NOOP("train", "Off"),
    ),
    Field(
        "early_stopping",
        QT_TRANSLATE_NOOP("train", "Early stopping"),
        "whole",
        QT_TRANSLATE_NOOP(
            "train",
            "Ends the run once so many epochs in a row brought no better ELBO on the validation pictures; the best epoch is "
            "kept either way. Saves time in long runs and with few pictures. 10 is patient enough for most.",
        ),
        "stopping",
        unit=QT_TRANSLATE_NOOP("train", "epochs"),
        zero=QT_TRANSLATE_NOOP("train", "Never"),
    ),
)
