"""The model bundle: a folder with ``bundle.json`` and ONNX graphs, verified before anything of it is used."""

from OsteoScreenLib.bundle.loading import hash_files, load_bundle, sha256_of
from OsteoScreenLib.bundle.location import DEFAULT_BUNDLE, resources_folder
from OsteoScreenLib.bundle.values import BUNDLE_SCHEMA_VERSION, Bundle

__all__ = ["BUNDLE_SCHEMA_VERSION", "DEFAULT_BUNDLE", "Bundle", "hash_files", "load_bundle", "resources_folder", "sha256_of"]
