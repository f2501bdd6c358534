"""Adds the resources to the installed package; everything else is declared in pyproject.toml."""

from setuptools import find_packages, setup

# In the repository and in Slicer the resources lie beside the package, in an installation inside it.
setup(
    packages=[*find_packages(include=["OsteoScreenLib", "OsteoScreenLib.*"]), "OsteoScreenLib.resources"],
    package_dir={"OsteoScreenLib.resources": "Resources"},
    package_data={
        "OsteoScreenLib.archive": ["templates/*"],
        "OsteoScreenLib.reports": ["templates/*"],
        "OsteoScreenLib.resources": ["Models/**/*", "SampleData/*", "Terminologies/*"],
    },
)
