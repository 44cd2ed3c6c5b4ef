"""What `pyproject.toml` can't say: the packages, and that models and icons are installed as `core/shipped` (see `core.places`)."""

from setuptools import find_packages, setup

SHIPPED = {
    f"core.shipped.{folder.replace('/', '.')}": folder
    for folder in ("checkpoints", "resources", "resources/icons", "resources/styles")
}

setup(
    packages=[*find_packages(include=["core", "core.*", "explorer", "explorer.*"]), *SHIPPED],
    package_dir=SHIPPED,
    package_data={package: ["*.*"] for package in SHIPPED},
)
