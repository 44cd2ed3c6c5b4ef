"""What `pyproject.toml` can't say: the packages, and that models, icons and help are put into `core/shipped` (`core.places`)."""

from setuptools import find_packages, setup

SHIPPED = {
    f"core.shipped.{folder.replace('/', '.')}": folder
    for folder in ("checkpoints", "docs", "docs/pictures", "resources", "resources/icons", "resources/styles")
}

setup(
    packages=[*find_packages(include=["core", "core.*", "explorer", "explorer.*"]), *SHIPPED],
    package_dir=SHIPPED,
    package_data={package: ["*.*"] for package in SHIPPED}
    | {"core.shipped.docs.pictures": ["digits-*.png"]},  # of pages of the help
)
