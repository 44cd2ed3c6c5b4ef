"""The program's version, written into checkpoints, recipes and reports."""

VERSION = "0.1.0"
